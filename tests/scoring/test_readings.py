from __future__ import annotations

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.answers import AnswerStratum, Paper
from scoring.counting_rule import OPTIONS
from scoring.readings import depends_on, outcomes_differ, read_all, reading_record
from tests.scoring.makers import NATIONAL, make_papers

RULE = NATIONAL.counting_rule
STRATUM = AnswerStratum("parent", "parent", 5000)
MIN_CELL = 5


def records(papers: list[Paper], *items: str) -> list[Any]:
    rule = replace(RULE, items=items)
    return [
        reading_record(reading, rule, NATIONAL.survey_rule, are_categories_open=True)
        for reading in read_all(papers, rule, MIN_CELL)
    ]


option_counts = st.tuples(*[st.integers(0, 9)] * 5)
"""Satisfied, basically, dissatisfied, unknown, blank."""


@given(option_counts)
@example((20, 3, 9, 6, 0))
@example((20, 9, 9, 3, 0))
@example((20, 9, 9, 0, 2))
def test_no_small_option_can_be_solved_from_the_readings_shown(counts: tuple[int, ...]) -> None:
    """Every other county that would show the same: no count of 1 to 4 is the same in all."""
    names = ("satisfied", "basically", "dissatisfied", "unknown", "blank")
    papers = make_papers(STRATUM, **dict(zip(names, counts, strict=True)))
    shown = [(r["numerator"], r["denominator"]) for r in records(papers)]
    fitting = [
        other
        for satisfied, unknown in product(range(sum(counts) + 1), repeat=2)
        if (other := _county(counts, satisfied, unknown))
        and all(
            mine == theirs or mine[0] is None
            for mine, theirs in zip(shown, _all_readings(other), strict=True)
        )
    ]
    printed = {counts[0] + counts[1], counts[2]}
    for place, count in enumerate(counts):
        # Whether two of two are 不了解 or blanks is not printed, though that they are two is.
        if 0 < count < MIN_CELL and (place > 2 or count not in printed):
            assert len({other[place] for other in fitting}) > 1


def _county(counts: tuple[int, ...], satisfied: int, unknown: int) -> tuple[int, ...] | None:
    """Return the county of the same official count with other inner counts; None below 0."""
    basically = counts[0] + counts[1] - satisfied
    blank = counts[3] + counts[4] - unknown
    return None if min(basically, blank) < 0 else (satisfied, basically, counts[2], unknown, blank)


def _all_readings(counts: tuple[int, ...]) -> list[tuple[int, int]]:
    satisfied, basically, dissatisfied, unknown, _ = counts
    valid = satisfied + basically + dissatisfied
    return [
        (numerator, denominator)
        for numerator in (satisfied + basically, satisfied)
        for denominator in (valid, valid + unknown)
    ]


papers_with_items = st.lists(
    st.fixed_dictionaries(
        {name: st.sampled_from([*OPTIONS, ""]) for name in ("overall", "a", "b")}
    ),
    max_size=60,
).map(lambda rows: [Paper("parent", "parent", row) for row in rows])


@given(papers_with_items)
def test_the_readings_shown_tell_no_small_group_apart(papers: list[Paper]) -> None:
    """Groups of papers by what each shown reading of a family makes of them."""
    rule = replace(RULE, items=("a", "b"))
    for asked in (("overall",), ("a", "b")):
        shown = [r.rule for r in read_all(papers, rule, MIN_CELL) if r.is_open]
        family = [r for r in shown if r.asked == asked]
        groups = Counter(
            tuple(r.count(r.profile(paper)).outcome in ("excluded", "blank") for r in family)
            + tuple(r.outcome(paper) == "satisfied" for r in family)
            for paper in papers
        )
        whole = Counter(rule.outcome(paper) for paper in papers)
        printed = {*whole.values(), whole["excluded"] + whole["blank"]}
        for size in groups.values():
            assert not family or size >= MIN_CELL or (rule in family and size in printed)


@given(papers_with_items)
def test_every_reading_has_its_tally_whether_it_is_shown_or_not(papers: list[Paper]) -> None:
    found = read_all(papers, replace(RULE, items=("a", "b")), MIN_CELL)
    assert len(found) == 14
    for reading in found:
        assert reading.total.papers == len(papers)
        assert 0 <= reading.total.numerator <= reading.total.denominator
        assert reading.by_category[0] == reading.total
        assert reading.mean_share == reading.total.share
    assert found[0].is_open


def test_by_category_is_the_plain_mean_of_the_shares() -> None:
    teacher = AnswerStratum("teacher", "teacher", 900)
    papers = make_papers(STRATUM, satisfied=90, dissatisfied=10)
    papers += make_papers(teacher, satisfied=6, dissatisfied=6)
    official, *others = records(papers)
    assert official["by_category"] == {"share": "0.7", "met": False}
    assert official["met"] is True
    assert Fraction("0.7") == (Fraction(90, 100) + Fraction(6, 12)) / 2
    assert all(other["by_category"]["share"] is None for other in others)
    assert depends_on([official, *others]) == ["by_category"]
    assert outcomes_differ([official, *others])


@pytest.mark.parametrize(
    ("counts", "turning"),
    [
        ({"satisfied": 90, "dissatisfied": 10}, []),
        ({"satisfied": 80, "basically": 10, "dissatisfied": 10}, ["satisfied"]),
        ({"satisfied": 86, "dissatisfied": 14, "unknown": 10}, ["excluded"]),
        ({"satisfied": 80, "basically": 10, "dissatisfied": 10, "unknown": 9},
         ["satisfied", "excluded"]),
        # Neither alone turns it, both together do.
        ({"satisfied": 90, "basically": 2, "dissatisfied": 10, "unknown": 5}, []),
    ],
)  # fmt: skip
def test_what_the_outcome_depends_on(counts: dict[str, int], turning: list[str]) -> None:
    found = records(make_papers(STRATUM, **counts))
    assert depends_on(found) == turning
    assert outcomes_differ(found) is (bool(turning) or "unknown" in counts)


def test_text_in_an_item_that_is_counted_is_refused() -> None:
    paper = Paper("parent", "parent", {"wish": "more buses"})
    with pytest.raises(Problem, match=r"item wish: expected one of satisfied.*got 'more buses'"):
        records([paper], "wish")
