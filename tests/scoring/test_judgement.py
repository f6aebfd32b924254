from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.counting_rule import Tally
from scoring.intervals import Interval, clopper_pearson
from scoring.judgement import (
    HELD_BACK,
    TOO_FEW,
    fewest_papers,
    is_met,
    judge_categories,
    judgement_record,
    margin,
    settling_papers,
    words,
)
from scoring.publication import Row
from tests.scoring.cases_of import read_cases
from tests.scoring.makers import NATIONAL

RULE = NATIONAL.survey_rule

LIMIT, LEVEL = Fraction(17, 20), Fraction(19, 20)
limits = st.fractions(Fraction(1, 10), Fraction(19, 20), max_denominator=40)
counted = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize("case", read_cases("recognition"))
def test_cases(case: dict[str, Any]) -> None:
    assert is_met(case["satisfied"], case["valid"], RULE) is case["met"]


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.85, 0.9, "shown to be met"),
        (0.84, 0.9, "not shown either way"),
        (0.8, 0.85, "not shown either way"),
        (0.7, 0.8499, "shown to be missed"),
    ],
)
def test_the_three_words(low: float, high: float, said: str) -> None:
    assert words(Interval("korn-graubard", Fraction(19, 20), low, high), RULE) == said
    assert words(None, RULE) == "not shown either way"


@given(counted, limits)
def test_the_margin_is_the_smallest_change_that_turns_it(
    counts: tuple[int, int], limit: Fraction
) -> None:
    numerator, denominator = counts
    before = numerator >= limit * denominator
    change = margin(numerator, denominator, limit) * (-1 if before else 1)
    closer = change + (1 if before else -1)
    assert (numerator + change >= limit * denominator) is not before
    assert (numerator + closer >= limit * denominator) is before


@pytest.mark.parametrize("share", ["0.9", "0.95", "0.86", "1", "0.8", "0.7", "0.84", "0"])
@pytest.mark.parametrize("effective", [1.0, 0.6])
def test_so_many_papers_settle_it_and_one_less_do_not(share: str, effective: float) -> None:
    p = Fraction(share)
    papers = settling_papers(p, effective, LIMIT, LEVEL)
    assert papers is not None
    for n, settles in ((papers, True), (papers - 1, False)):
        low, high = clopper_pearson(float(p), n * effective, float(LEVEL)) if n else (0.0, 1.0)
        assert (low >= 0.85 if p > LIMIT else high < 0.85) is settles


def test_what_would_settle_it_has_known_values() -> None:
    """All satisfied: 0.025 ** (1 / n) reaches 0.85 from n = 23 on; none: 0.975 stays below."""
    assert settling_papers(Fraction(1), 1.0, LIMIT, LEVEL) == fewest_papers(LIMIT, LEVEL) == 23
    assert 0.025 ** (1 / 23) >= 0.85 > 0.025 ** (1 / 22)
    assert settling_papers(Fraction(0), 1.0, LIMIT, LEVEL) == 2
    assert 1 - 0.025 ** (1 / 2) < 0.85 < 1 - 0.025


@pytest.mark.parametrize("share", ["0.85", "0.8500001"])
def test_a_share_at_the_limit_is_settled_by_nothing(share: str) -> None:
    assert settling_papers(Fraction(share), 1.0, LIMIT, LEVEL) is None


def test_worse_papers_take_more_of_them() -> None:
    alone, clustered = (settling_papers(Fraction(9, 10), e, LIMIT, LEVEL) for e in (1.0, 0.5))
    assert alone is not None
    assert clustered in (2 * alone, 2 * alone - 1)


def test_a_census_and_an_empty_round_need_no_number() -> None:
    point = Interval("point", LEVEL, 0.85, 0.85)
    record = judgement_record(Tally(17, 3), point, Fraction(17, 20), NATIONAL)
    assert (record["met"], record["words"], record["settled_by"]) == (True, "shown to be met", None)
    empty = judgement_record(Tally(), None, None, NATIONAL)
    assert (empty["met"], empty["margin"], empty["settled_by"]) == (None, None, None)
    assert empty["words"] == "not shown either way"


def row(category: str, satisfied: int, not_satisfied: int, N: int = 1000) -> Row:
    return Row((category,), (category,), Tally(satisfied, not_satisfied), N)


def test_small_categories_carry_a_warning() -> None:
    rows = [
        row("parent", 400, 20),
        row("teacher", 60, 9),
        row("principal", 22, 0),
        row("deputy", 22, 0, N=22),
        row("cppcc", 23, 0),
        Row(("s", "r"), ("student", "resident"), Tally(30, 6), 9000),
    ]
    papers = {"parent": 420, "teacher": 69, "principal": 22, "deputy": 22, "cppcc": 23,
              "student": 20, "resident": 16}  # fmt: skip
    found: Any = {r["category"]: r for r in judge_categories(rows, papers, NATIONAL)}
    assert [found[c]["words"] for c in papers] == [
        "shown to be met", "not shown either way", "not shown either way", "shown to be met",
        "shown to be met", None, None]  # fmt: skip
    assert [found[c]["warning"] for c in papers] == [
        None, None, TOO_FEW, None, None, HELD_BACK, HELD_BACK]  # fmt: skip
    assert found["student"]["ci"] is None
    assert found["deputy"]["ci"]["method"] == "point"


def test_a_category_that_gave_no_paper_is_not_listed() -> None:
    assert judge_categories([row("parent", 9, 9)], {"parent": 18, "teacher": 0}, NATIONAL)[1:] == []
