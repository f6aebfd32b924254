"""What changed since the last round's roster (与上一轮比对), in counts: new, gone, elsewhere.

People are told apart by an HMAC of their key (or number) under a key of this site; nobody without
that key can redo it from a list of numbers. The digests lie sorted and without pseudonyms.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.frames.models import RosterTrace
from survey.frames.roster import CATEGORY_WORDS, RosterRow
from survey.settings import Settings

WHO, WHERE = 16, 8  # bytes
CATEGORY_CODES = tuple(CATEGORY_WORDS)
CATEGORY_BYTES = {code: bytes([index]) for index, code in enumerate(CATEGORY_CODES)}
SIZE = WHO + WHERE + 1


class Tracer:
    """Takes people one by one and returns the digests of all of them, in their order."""

    def __init__(self, settings: Settings, round_: Round) -> None:
        link_key = bytes.fromhex(settings.link_key)
        self._key = hmac.digest(link_key, f"roster\n{round_.region}".encode(), "sha256")
        self._places: dict[tuple[str, str], bytes] = {}
        self._traces: list[bytes] = []

    def take(self, person: RosterRow) -> None:
        """Keep who somebody is, where, and the category, one after the other."""
        place = (person.township, person.school)
        where = self._places.get(place)
        if where is None:
            where = self._places[place] = self._digest("where", *place)[:WHERE]
        who = self._digest("who", person.person or person.id)[:WHO]
        self._traces.append(who + where + CATEGORY_BYTES[person.category])

    def close(self) -> bytes:
        """Return the digests; their order tells nothing of the roster's."""
        return b"".join(sorted(self._traces))

    def _digest(self, *values: str) -> bytes:
        return hmac.digest(self._key, "\n".join(values).encode(), "sha256")


def find_last_trace(session: Session, round_: Round) -> bytes | None:
    """Return the digests of the round before in the same county, or None."""
    query = (
        select(RosterTrace.digests)
        .join(Round, Round.id == RosterTrace.round_id)
        .where(
            Round.region == round_.region,
            Round.is_rehearsal == round_.is_rehearsal,
            Round.id != round_.id,
            Round.year <= round_.year,
            Round.created_at <= round_.created_at,
        )
        .order_by(Round.year.desc(), Round.created_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def compare_traces(before: bytes, after: bytes) -> dict[str, dict[str, int]]:
    """Return counts by category: new, gone, moved (another place or list), same.

    Both are in the order of who, so that no more than one person of each is looked at.
    """
    counts: Counter[tuple[str, str]] = Counter()
    both = merge(split_trace(before, 0), split_trace(after, 1))
    for _, group in groupby(both, key=itemgetter(0)):
        places = {side: place for _, side, place in group}
        old, new = places.get(0), places.get(1)
        kind = "new" if not old else "gone" if not new else "same" if old == new else "moved"
        counts[CATEGORY_CODES[(new or old or b"")[-1]], kind] += 1
    return {
        category: {kind: counts[category, kind] for kind in ("new", "gone", "moved", "same")}
        for category in CATEGORY_CODES
        if any(counts[category, kind] for kind in ("new", "gone", "moved", "same"))
    }


def split_trace(trace: bytes, side: int) -> Iterator[tuple[bytes, int, bytes]]:
    """Yield who, the side given, and where of each person, in the order of who."""
    for start in range(0, len(trace), SIZE):
        yield trace[start : start + WHO], side, trace[start + WHO : start + SIZE]
