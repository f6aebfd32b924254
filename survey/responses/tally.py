"""Opening and counting (开封计票) as functions of values: the site does it once, an auditor again.

Needs neither database nor Flask.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.answers import Paper as CountedPaper
from scoring.rate import recognition_rate
from scoring.record import make_answers_certificate
from scoring.rule_set import load_rule_set
from survey.questionnaires.paper import Edition
from survey.responses.answers import read_answers
from survey.responses.envelope import Opener, leaf_hash
from survey.responses.flags import check_flags

PAYLOAD_KEYS = {"edition", "category", "answer_stratum", "answers", "flags"}


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


def open_paper(opener: Opener, edition: Edition, leaf: str, ciphertext: bytes) -> CountedPaper:
    """Return an opened answer after checking all that can be checked of it.

    Raises `Problem` with the receipt of an envelope that does not hold what it should.
    """
    try:
        return _read_payload(opener.open(ciphertext), edition, leaf == leaf_hash(ciphertext))
    except Problem as problem:
        raise Problem(problem.message, where=leaf, **problem.values) from problem


def count_papers(
    counted: CountedRound,
    edition: Edition,
    papers: Sequence[CountedPaper],
    leaves: Sequence[str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rate and the answers certificate: all receipts, tallies with no small cell."""
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
    )
    return rate, certificate


def _read_payload(payload: Mapping[str, Any], edition: Edition, fits_leaf: bool) -> CountedPaper:
    if not fits_leaf or set(payload) != PAYLOAD_KEYS or payload["edition"] != edition.id:
        raise Problem(N_("an envelope does not hold what an answer of this round holds"))
    answers = payload["answers"]
    filled = read_answers(edition.paper_for(payload["category"]), answers)
    if filled.faults or filled.answers != answers:
        raise Problem(N_("an envelope holds answers that its paper does not have"))
    check_flags(payload["flags"])
    return CountedPaper(
        sys.intern(payload["answer_stratum"]),
        sys.intern(payload["category"]),
        _share(answers),
        _share(payload["flags"]),
    )


def _share(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same with each code in memory once: a county has hundreds of thousands."""
    return {
        sys.intern(name): sys.intern(value) if isinstance(value, str) and len(value) < 33 else value
        for name, value in values.items()
    }
