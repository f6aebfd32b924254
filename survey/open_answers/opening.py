"""Opening open answers with their round, and counting them apart.

Counted are the papers of each place, and of each category over its places, by the counting rule of
the round. Small counts are hidden, and whatever would tell them by subtraction. No rate is made of
them: who passed by is no sample of anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.answers import Paper as CountedPaper
from scoring.counting_rule import CountingRule, Tally, tally_by_stratum
from scoring.rule_set import load_rule_set
from scoring.suppression import CellSystem, Sum, hide_cells
from survey.assessments.models import OPEN_ANSWERS, Round
from survey.assessments.operations import save_record
from survey.open_answers.models import OpenEnvelope, OpenPaper, OpenPlace
from survey.open_answers.operations import label_envelope, list_places
from survey.questionnaires.frozen import read_round_edition
from survey.questionnaires.paper import Edition
from survey.responses.answers import read_answers
from survey.responses.envelope import Opener
from survey.responses.models import random_key

FORMAT = 1
PAYLOAD_KEYS = {"edition", "place", "answers"}
OUTCOMES = ("satisfied", "not_satisfied", "not_counted")
LIMITS = (
    "Anybody could answer, and more than once. These counts have no margin of error, speak for "
    "nobody but the papers themselves, and are in no other figure of this round."
)


@dataclass(frozen=True, slots=True)
class Line:
    """The papers of a place, or of a category over its places; `place` is then empty."""

    place: str
    category: str
    tally: Tally


def open_places(session: Session, round_: Round, private_key: str) -> int:
    """Open what came in at the round's places, keep it shuffled, certify the counts.

    Part of the opening of the round and of its transaction. Returns the number of papers; makes
    no record where the round had no places. Raises `Problem` for a single envelope that does not
    open or holds something else than an answer.
    """
    places = list_places(session, round_)
    if not places:
        return 0
    envelopes = session.scalars(
        select(OpenEnvelope.ciphertext).where(OpenEnvelope.round_id == round_.id)
    )
    known = {place.id: place for place in places}
    opener = Opener.of(private_key, label_envelope(round_.id))
    edition = read_round_edition(session, round_.id, round_.edition)
    rows = [_open_paper(edition, opener, known, sealed) for sealed in envelopes.all()]
    secrets.SystemRandom().shuffle(rows)
    if rows:
        session.execute(insert(OpenPaper), rows)
    session.execute(delete(OpenEnvelope).where(OpenEnvelope.round_id == round_.id))
    save_record(session, round_, OPEN_ANSWERS, make_record(round_, places, rows))
    return len(rows)


def _open_paper(
    edition: Edition, opener: Opener, places: dict[str, OpenPlace], sealed: bytes
) -> dict[str, Any]:
    payload = opener.open(sealed)
    place = places.get(str(payload.get("place")))
    if set(payload) != PAYLOAD_KEYS or payload["edition"] != edition.id or place is None:
        raise Problem(N_("an envelope does not hold what an answer of this round holds"))
    filled = read_answers(edition.paper_for(place.category), payload["answers"])
    if filled.faults or filled.answers != payload["answers"]:
        raise Problem(N_("an envelope holds answers that its paper does not have"))
    return {
        "id": random_key(),
        "round_id": place.round_id,
        "place_id": place.id,
        "answers": payload["answers"],
    }


def make_record(
    round_: Round, places: Sequence[OpenPlace], rows: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Return the record of the open answers (format 1): counts by place and category.

    A count is null where it is from 1 to the rule set's minimum less one, or would tell such a one.
    """
    rule_set = load_rule_set(round_.rule_set)
    rule = rule_set.counting_rule
    counted = count_lines(places, rows, rule)
    return {
        "format": FORMAT,
        "kind": OPEN_ANSWERS,
        "county": round_.county,
        "round": round_.id,
        "rehearsal": round_.is_rehearsal,
        "limits": LIMITS,
        "rule": {
            "item": rule.item,
            "satisfied": list(rule.satisfied),
            "excluded": list(rule.excluded),
        },
        "min_cell": rule_set.min_cell,
        "papers": len(rows) if is_told(len(rows), rule_set.min_cell) else None,
        "places": list(_publish(counted, rule_set.min_cell)),
    }


def count_lines(
    places: Sequence[OpenPlace], rows: Sequence[dict[str, Any]], rule: CountingRule
) -> list[Line]:
    """Return the tally of each place, in the order of `places`."""
    category = {place.id: place.category for place in places}
    papers = [
        CountedPaper(row["place_id"], category[row["place_id"]], row["answers"], {}) for row in rows
    ]
    tallies = tally_by_stratum(papers, rule)
    return [Line(place.name, place.category, tallies.get(place.id, Tally())) for place in places]


def _publish(lines: Sequence[Line], min_cell: int) -> Iterator[dict[str, Any]]:
    """Yield the lines of the categories and of their places, small counts hidden over all."""
    groups = {
        name: [place for place, line in enumerate(lines) if line.category == name]
        for name in dict.fromkeys(line.category for line in lines)
    }
    members = [*groups.values(), *([place] for place in range(len(lines)))]
    titles = [*((name, "") for name in groups), *((line.category, line.place) for line in lines)]
    counts = tuple(count for line in lines for count in line.tally.cells)
    everything = Sum(frozenset(range(len(counts))))
    told = (everything,) if is_told(sum(counts), min_cell) else ()
    shown = tuple(figure for places in members for figure in _figures(places))
    hidden = hide_cells(CellSystem(counts, shown, told=told), min_cell)
    names = ("papers", *OUTCOMES)
    values = [
        None if number in hidden else figure.value(counts) for number, figure in enumerate(shown)
    ]
    for index, (category, place) in enumerate(titles):
        own = values[index * len(names) : (index + 1) * len(names)]
        yield {"category": category, "place": place, **dict(zip(names, own, strict=True))}


def is_told(papers: int, min_cell: int) -> bool:
    """Say whether the number of all open answers of a round may be read.

    >>> [is_told(papers, 5) for papers in (0, 1, 4, 5)]
    [True, False, False, True]
    """
    return papers == 0 or papers >= min_cell


def _figures(places: Sequence[int]) -> Iterator[Sum]:
    """Yield the figures of a line: all papers of its places, then each outcome's."""
    width = len(OUTCOMES)
    yield Sum(frozenset(place * width + k for place in places for k in range(width)))
    for k in range(width):
        yield Sum(frozenset(place * width + k for place in places))
