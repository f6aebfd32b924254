"""Opening and counting (开封计票) as functions of values: the site does it once, an auditor again.

Needs neither database nor Flask.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeGuard, TypeVar

from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.answers import Paper as CountedPaper
from scoring.rate import recognition_rate
from scoring.record import UNFIT, UNREADABLE, make_answers_certificate
from scoring.rule_set import load_rule_set
from survey.questionnaires.paper import Edition
from survey.responses.answers import read_answers
from survey.responses.envelope import Opener, leaf_hash
from survey.responses.flags import check_flags

Opened = TypeVar("Opened")

PAYLOAD_KEYS = {"edition", "category", "answer_stratum", "answers", "flags"}
FOREIGN = N_("an envelope does not hold what an answer of this round holds")
ONE_IN = 100  # of so many envelopes one may be damaged before something else must be wrong
REASONS = {  # in the words of a message; the certificate has the codes
    UNREADABLE: N_("it was changed, or is sealed to another key"),
    UNFIT: N_("it does not hold what an answer of this round holds"),
}


@dataclass(frozen=True, slots=True)
class CountedRound:
    """What counting needs to know of a round beside its papers.

    `issued` says how many eligible people were asked in each answer stratum.
    """

    id: str
    county: str
    is_rehearsal: bool
    edition: str
    rule_set: str
    public_key: str
    answer_strata: tuple[AnswerStratum, ...]
    issued: Mapping[str, int]


def make_opener(counted: CountedRound, private_key: str) -> Opener:
    """Return what opens the envelopes of a round; raise `Problem` for another round's key."""
    opener = Opener.of(private_key, counted.id)
    if opener.public_key != counted.public_key:
        raise Problem(N_("this is not the private key of this round"))
    return opener


@dataclass(slots=True)
class Tray(Generic[Opened]):
    """What was taken out of envelopes so far, and which of them could not be opened.

    `read` makes a paper of what was sealed, or raises `Problem`; `set_aside` gives the receipt of
    each damaged envelope and why, as a code of `REASONS`.
    """

    opener: Opener
    read: Callable[[dict[str, Any]], Opened]
    papers: list[Opened] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)

    def take(self, leaf: str, ciphertext: bytes) -> None:
        """Open an envelope after checking all that can be checked of it, or set it aside."""
        try:
            payload = self.opener.open(ciphertext)
        except Problem:
            payload = None
        if payload is None or leaf != leaf_hash(ciphertext):
            self.set_aside[leaf] = UNREADABLE
            return
        try:
            self.papers.append(self.read(payload))
        except Problem:
            self.set_aside[leaf] = UNFIT


def make_tray(counted: CountedRound, edition: Edition, private_key: str) -> Tray[CountedPaper]:
    """Return an empty tray for a round's drawn sample; raise `Problem` for another round's key."""
    strata = {(stratum.name, stratum.category) for stratum in counted.answer_strata}

    def read(payload: dict[str, Any]) -> CountedPaper:
        paper = _read_payload(payload, edition)
        if (paper.answer_stratum, paper.category) not in strata:
            raise Problem(FOREIGN)
        return paper

    return Tray(make_opener(counted, private_key), read)


def list_set_aside(set_aside: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the envelopes set aside as certificates list them, sorted."""
    return [{"leaf": leaf, "reason": reason} for leaf, reason in sorted(set_aside.items())]


def check_set_aside(set_aside: Mapping[str, str], total: int, most: int | None = None) -> None:
    """Raise `Problem` where more envelopes are damaged than single accidents explain.

    Parameters
    ----------
    total
        How many envelopes there are: one of them may be damaged, and one in a hundred.
    most
        How many may be, in place of that: somebody looked into it and said so.
    """
    allowed = max(1, total // ONE_IN) if most is None else most
    if len(set_aside) <= allowed:
        return
    first = min(set_aside)
    raise Problem(
        N_(
            "more than {allowed} of {total} envelopes cannot be opened; nothing was changed. The "
            "first: {reason}. Look for a copy of the database that is whole; only then, "
            "“renkedu tally open” with --set-aside opens the others"
        ),
        where=first,
        allowed=allowed,
        total=total,
        reason=REASONS[set_aside[first]],
    )


def count_papers(
    counted: CountedRound,
    edition: Edition,
    papers: Sequence[CountedPaper],
    leaves: Sequence[str],
    set_aside: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rate and the answers certificate: all receipts, tallies with no small cell.

    Whoever sent an envelope that was set aside stays among the people asked, without a paper.
    """
    rule_set = load_rule_set(counted.rule_set)
    rate = recognition_rate(
        papers,
        counted.answer_strata,
        rule_set,
        county=counted.county,
        round_name=counted.id,
        rehearsal=counted.is_rehearsal,
        items=edition.single_choice_items,
        issued=counted.issued,
    )
    certificate = make_answers_certificate(
        round_name=counted.id,
        rehearsal=counted.is_rehearsal,
        leaves=leaves,
        papers=papers,
        answer_strata=counted.answer_strata,
        rate=rate,
        rule_set=rule_set,
        set_aside=set_aside,
    )
    return rate, certificate


def _read_payload(payload: Mapping[str, Any], edition: Edition) -> CountedPaper:
    if set(payload) != PAYLOAD_KEYS or payload["edition"] != edition.id:
        raise Problem(FOREIGN)
    category, stratum = payload["category"], payload["answer_stratum"]
    if not isinstance(category, str) or not isinstance(stratum, str):
        raise Problem(FOREIGN)
    answers = read_sealed_answers(edition, category, payload["answers"])
    flags = payload["flags"]
    if not _is_text_by_name(flags):
        raise Problem(FOREIGN)
    check_flags(flags)
    return CountedPaper(sys.intern(stratum), sys.intern(category), _share(answers), _share(flags))


def read_sealed_answers(edition: Edition, category: str, answers: object) -> dict[str, str]:
    """Return the answers of an opened envelope; raise `Problem` unless its paper has just these."""
    if not _is_text_by_name(answers):
        raise Problem(FOREIGN)
    filled = read_answers(edition.paper_for(category), answers)
    if filled.faults or filled.answers != answers:
        raise Problem(N_("an envelope holds answers that its paper does not have"))
    return answers


def _is_text_by_name(value: object) -> TypeGuard[dict[str, str]]:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())


def _share(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same with each code in memory once: a county has hundreds of thousands."""
    return {
        sys.intern(name): sys.intern(value) if isinstance(value, str) and len(value) < 33 else value
        for name, value in values.items()
    }
