"""What changed since the last round's roster (与上一轮比对), in counts: new, gone, elsewhere.

People are told apart by an HMAC of their key (or number) under a key of this site; nobody without
that key can redo it from a list of numbers. The digests lie sorted and without pseudonyms.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.frames.models import RosterTrace
from survey.frames.roster import CATEGORY_WORDS, RosterRow
from survey.settings import Settings

WHO, WHERE = 16, 8  # bytes
CATEGORY_CODES = tuple(CATEGORY_WORDS)
SIZE = WHO + WHERE + 1


def make_trace(settings: Settings, round_: Round, people: Iterable[RosterRow]) -> bytes:
    """Return the digests of a roster: who, where, and the category, one after the other."""
    key = hmac.digest(
        bytes.fromhex(settings.link_key), f"roster\n{round_.region}".encode(), "sha256"
    )

    def digest(kind: str, *values: str) -> bytes:
        return hmac.digest(key, "\n".join((kind, *values)).encode(), "sha256")

    traces = sorted(
        digest("who", person.person or person.id)[:WHO]
        + digest("where", person.township, person.school)[:WHERE]
        + bytes([CATEGORY_CODES.index(person.category)])
        for person in people
    )
    return b"".join(traces)


def came_before(round_: Round) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the rounds of the same county that came before one."""
    return (
        Round.region == round_.region,
        Round.is_rehearsal == round_.is_rehearsal,
        Round.id != round_.id,
        Round.year <= round_.year,
        Round.created_at <= round_.created_at,
    )


def find_last_trace(session: Session, round_: Round) -> bytes | None:
    """Return the digests of the round before in the same county, or None."""
    query = (
        select(RosterTrace.digests)
        .join(Round, Round.id == RosterTrace.round_id)
        .where(*came_before(round_))
        .order_by(Round.year.desc(), Round.created_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def compare_traces(before: bytes, after: bytes) -> dict[str, dict[str, int]]:
    """Return counts by category: new, gone, moved (another place or list), same."""
    old, new = dict(split_trace(before)), dict(split_trace(after))
    counts: Counter[tuple[str, str]] = Counter()
    for who, place in new.items():
        kind = "new" if who not in old else "same" if old[who] == place else "moved"
        counts[CATEGORY_CODES[place[-1]], kind] += 1
    for who in old.keys() - new.keys():
        counts[CATEGORY_CODES[old[who][-1]], "gone"] += 1
    return {
        category: {kind: counts[category, kind] for kind in ("new", "gone", "moved", "same")}
        for category in CATEGORY_CODES
        if any(counts[category, kind] for kind in ("new", "gone", "moved", "same"))
    }


def split_trace(trace: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield who and where of each person."""
    for start in range(0, len(trace), SIZE):
        yield trace[start : start + WHO], trace[start + WHO : start + SIZE]
