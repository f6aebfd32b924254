"""Opt-outs (拒访名单): whoever asked to be left alone is not asked again, in no later round.

Kept are keyed digests alone, so that the list survives the erasure of every roster and nobody can
read a number from it. A person is the roster's own number and name within a region together: the
number alone may be a serial number that is somebody else's next year.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import DRAWN, FIELD, Round
from survey.assessments.operations import lock_round
from survey.audit_log import record_event
from survey.frames.identity import Identity, Vault
from survey.reaching.models import PERSON, PHONE, OptOut
from survey.samples.models import PENDING, REFUSED, UNREACHABLE, Selection
from survey.settings import Settings
from survey.tables import clean

LABEL = b"renkedu opt-out 1\n"
SHORTEST, LONGEST = 4, 20


@dataclass(frozen=True, slots=True)
class OptOuts:
    """The list as it was read: answers whether a person or a number stands on it."""

    settings: Settings
    region: str
    digests: frozenset[str]

    @classmethod
    def of(cls, session: Session, settings: Settings, round_: Round) -> OptOuts:
        """Return the whole list, to be asked about the people of a round."""
        return cls(settings, round_.region, frozenset(session.scalars(select(OptOut.digest))))

    def has_phone(self, identity: Identity) -> bool:
        """Say whether this number must get no text."""
        phone = keep_digits(identity.phone)
        return bool(phone) and digest_of(self.settings, PHONE, phone) in self.digests

    def has_person(self, identity: Identity) -> bool:
        """Say whether this person must not be asked in any way."""
        return digest_person(self.settings, self.region, identity) in self.digests

    def choose(self, identities: Mapping[int, Identity]) -> set[int]:
        """Return whose wish it is, of the people given by key.

        A number on the list speaks for its owner. One that several people of a roster share (a
        class teacher's) cannot: they get no text, and are asked by card.
        """
        shared = Counter(keep_digits(identity.phone) for identity in identities.values())
        return {
            key
            for key, identity in identities.items()
            if self.has_person(identity)
            or (shared[keep_digits(identity.phone)] == 1 and self.has_phone(identity))
        }


def opt_out_person(
    session: Session, settings: Settings, round_: Round, selection: Selection, actor: str
) -> None:
    """Note that a person is not to be asked again, by card or by text, here and in later rounds."""
    identity = Vault.of(settings, round_.id).read(selection.person)
    lock_round(session, round_)
    found = {PERSON: digest_person(settings, round_.region, identity)}
    if phone := keep_digits(identity.phone):
        found[PHONE] = digest_of(settings, PHONE, phone)
    added = add_digests(session, round_, found)
    if selection.issued and selection.disposition in (PENDING, UNREACHABLE):
        selection.disposition = REFUSED
    record_event(session, actor, "opt-outs.add", round_.id, added=added, unit=_unit(selection))


def opt_out_phone(
    session: Session, settings: Settings, round_: Round, typed: str, actor: str
) -> int:
    """Note that a number gets no more texts; return how many people asked now it speaks for."""
    phone = read_phone(typed)
    lock_round(session, round_)
    added = add_digests(session, round_, {PHONE: digest_of(settings, PHONE, phone)})
    people = respect_opt_outs(session, settings, round_)
    record_event(session, actor, "opt-outs.add", round_.id, added=added, people=people)
    return people


def respect_opt_outs(session: Session, settings: Settings, round_: Round) -> int:
    """Note as refused whoever is asked, has not answered and opted out; return how many."""
    if round_.status not in (DRAWN, FIELD):
        return 0
    opted = OptOuts.of(session, settings, round_)
    if not opted.digests:
        return 0
    vault = Vault.of(settings, round_.id)
    drawn = {
        selection.id: selection
        for selection in session.scalars(select(Selection).where(Selection.round_id == round_.id))
    }
    wished = opted.choose({key: vault.read(chosen.person) for key, chosen in drawn.items()})
    touched = [
        drawn[key]
        for key in wished
        if drawn[key].issued and drawn[key].disposition in (PENDING, UNREACHABLE)
    ]
    for selection in touched:
        selection.disposition = REFUSED
    session.flush()
    return len(touched)


def count_opt_outs(session: Session, round_: Round) -> dict[str, int]:
    """Return how many numbers and people the round's region has noted."""
    query = select(OptOut.kind, func.count()).where(OptOut.region == round_.region)
    found = {row[0]: row[1] for row in session.execute(query.group_by(OptOut.kind))}
    return {kind: found.get(kind, 0) for kind in (PHONE, PERSON)}


def add_digests(session: Session, round_: Round, found: Mapping[str, str]) -> int:
    """Put digests on the list, by kind; return how many are new."""
    known = set(session.scalars(select(OptOut.digest).where(OptOut.digest.in_(found.values()))))
    fresh = {kind: digest for kind, digest in found.items() if digest not in known}
    session.add_all(
        OptOut(digest=digest, kind=kind, region=round_.region) for kind, digest in fresh.items()
    )
    session.flush()
    return len(fresh)


def read_phone(typed: str) -> str:
    """Return the digits of a number; raise `Problem` for what is none.

    >>> read_phone("+86 138-0000-8000")
    '13800008000'
    """
    digits = keep_digits(typed)
    if not SHORTEST <= len(digits) <= LONGEST:
        raise Problem(N_("expected a telephone number, got {got!r}"), got=typed)
    return digits


def keep_digits(phone: str) -> str:
    """Return the digits of a number without the code of the country."""
    digits = re.sub(r"[^0-9]", "", clean(phone))
    return re.sub(r"^(?:0086|86)(?=1\d{10}$)", "", digits)


def digest_person(settings: Settings, region: str, identity: Identity) -> str:
    """Return what a person is known by on the list."""
    return digest_of(settings, PERSON, region, identity.id, identity.name)


def digest_of(settings: Settings, kind: str, *parts: str) -> str:
    """Return the keyed digest of a number or a person."""
    text = LABEL + "\n".join((kind, *_on_one_line(parts))).encode()
    return hmac.new(bytes.fromhex(settings.link_key), text, "sha256").hexdigest()


def _on_one_line(parts: Iterable[str]) -> Iterable[str]:
    return (clean(part) for part in parts)


def _unit(selection: Selection) -> str:
    return selection.person.unit_id
