"""Opening and counting open answers as functions of values, apart from the drawn sample's.

Counted are the papers of each place, and of each category over its places, by the counting rule of
the round. Small counts are hidden, and whatever would tell them by subtraction. No rate is made of
them: who passed by is no sample of anybody. Needs neither database nor Flask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sampling.problems import Problem
from scoring.answers import Paper as CountedPaper
from scoring.counting_rule import CountingRule, Tally, tally_by_stratum
from scoring.merkle import merkle_root
from scoring.rule_set import load_rule_set
from scoring.suppression import CellSystem, Sum, hide_cells
from survey.questionnaires.paper import Edition
from survey.responses.envelope import Opener
from survey.responses.tally import (
    FOREIGN,
    CountedRound,
    Tray,
    list_set_aside,
    read_sealed_answers,
)

FORMAT, KIND = 1, "open_answers"
PAYLOAD_KEYS = {"edition", "place", "answers"}
OUTCOMES = ("satisfied", "not_satisfied", "not_counted")
LIMITS = (
    "Anybody could answer, and more than once. These counts have no margin of error, speak for "
    "nobody but the papers themselves, and are in no other figure of this round."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place where people of a category could answer without a card."""

    id: str
    name: str
    category: str


@dataclass(frozen=True, slots=True)
class OpenAnswers:
    """An opened open answer: its place and what was answered."""

    place_id: str
    answers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """The papers of a place, or of a category over its places; `place` is then empty."""

    place: str
    category: str
    tally: Tally


def make_open_tray(
    round_id: str, edition: Edition, places: Sequence[Place], private_key: str
) -> Tray[OpenAnswers]:
    """Return an empty tray for the places of a round."""
    known = {place.id: place for place in places}

    def read(payload: dict[str, Any]) -> OpenAnswers:
        place = known.get(str(payload.get("place")))
        if set(payload) != PAYLOAD_KEYS or payload["edition"] != edition.id or place is None:
            raise Problem(FOREIGN)
        answers = read_sealed_answers(edition, place.category, payload["answers"])
        return OpenAnswers(place.id, answers)

    return Tray(Opener.of(private_key, label_envelope(round_id)), read)


def label_envelope(round_id: str) -> str:
    """Return what is bound into an open envelope: it never opens as one of the drawn sample's.

    >>> label_envelope("0123456789abcdef")
    '0123456789abcdef open'
    """
    return f"{round_id} open"


def count_open_papers(
    counted: CountedRound,
    places: Sequence[Place],
    tray: Tray[OpenAnswers],
    leaves: Sequence[str],
) -> dict[str, Any]:
    """Return the record of the open answers (format 1): counts by place and category, receipts.

    A count is null where it is from 1 to the rule set's minimum less one, or would tell such a
    one. The list of receipts would tell how many papers there are: it is null where that is.
    """
    rule_set = load_rule_set(counted.rule_set)
    rule, papers = rule_set.counting_rule, len(tray.papers)
    lines = count_lines(places, tray.papers, rule)
    is_open = is_told(papers, rule_set.min_cell)
    ordered = sorted(leaves)
    aside = list_set_aside(tray.set_aside)
    return {
        "format": FORMAT,
        "kind": KIND,
        "county": counted.county,
        "round": counted.id,
        "rehearsal": counted.is_rehearsal,
        "limits": LIMITS,
        "rule": {
            "item": rule.item,
            "satisfied": list(rule.satisfied),
            "excluded": list(rule.excluded),
        },
        "min_cell": rule_set.min_cell,
        "papers": papers if is_open else None,
        "places": list(_publish(lines, rule_set.min_cell)),
        "leaves": ordered if is_open else None,
        "merkle_root": merkle_root(ordered) if is_open else None,
        **({"set_aside": aside} if aside else {}),
    }


def count_lines(
    places: Sequence[Place], open_papers: Sequence[OpenAnswers], rule: CountingRule
) -> list[Line]:
    """Return the tally of each place, in the order of `places`."""
    category = {place.id: place.category for place in places}
    papers = [
        CountedPaper(paper.place_id, category[paper.place_id], paper.answers, {})
        for paper in open_papers
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
