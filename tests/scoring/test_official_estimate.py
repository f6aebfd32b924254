from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.answers import AnswerStratum
from scoring.counting_rule import Tally
from scoring.estimation import StratumCount, estimate_share
from scoring.official_estimate import (
    category_estimate,
    group_rows,
    official_estimate,
    population_estimate,
)
from scoring.publication import Row, unite_strata


def row(names: str, satisfied: int, not_satisfied: int, N: int) -> Row:
    """Return a row of strata such as "teacher/a+principal"."""
    strata = tuple(names.split("+"))
    categories = tuple(dict.fromkeys(name.partition("/")[0] for name in strata))
    return Row(strata, categories, Tally(satisfied, not_satisfied), N)


APART = [
    row("parent/a", 40, 10, 5000),
    row("parent/b", 30, 5, 1000),
    row("teacher", 50, 10, 900),
]


def test_categories_of_whole_rows_are_estimated_as_strata() -> None:
    counts = [
        StratumCount("parent", 5000, 50, 40),
        StratumCount("parent", 1000, 35, 30),
        StratumCount("teacher", 900, 60, 50),
    ]
    shares = {"parent": Fraction(85, 145), "teacher": Fraction(60, 145)}
    assert official_estimate(APART) == estimate_share(counts, shares)
    by_people = {"parent": Fraction(6000, 6900), "teacher": Fraction(900, 6900)}
    assert population_estimate(APART) == estimate_share(counts, by_people)
    assert category_estimate(APART, "parent") == estimate_share(counts[:2], {"parent": Fraction(1)})


def test_categories_that_share_a_row_are_one_stratum() -> None:
    rows = [*APART[:2], row("teacher/a", 20, 5, 400), row("teacher/b+principal", 30, 5, 600)]
    groups = group_rows(rows)
    assert [group.categories for group in groups] == [("parent",), ("teacher", "principal")]
    united = [*APART[:2], row("teacher+principal", 50, 10, 1000)]
    assert official_estimate(rows) == official_estimate(united)
    assert population_estimate(rows) is None
    assert category_estimate(rows, "teacher") is None
    assert category_estimate(rows, "parent") == category_estimate(APART, "parent")


def test_rows_are_linked_through_any_of_their_categories() -> None:
    rows = [
        row("student/a", 9, 9, 99),
        row("resident", 9, 9, 99),
        row("teacher/a+principal", 9, 9, 99),
        row("teacher/b+student/b", 9, 9, 99),
    ]
    assert [group.categories for group in group_rows(rows)] == [
        ("teacher", "principal", "student"), ("resident",)]  # fmt: skip


def test_one_row_for_each_category_gives_the_official_rate_itself() -> None:
    rows = [row("parent", 70, 15, 6000), row("teacher", 50, 10, 900)]
    found = official_estimate(rows)
    assert found is not None
    assert found.share == Fraction(120, 145)


def test_without_a_valid_paper_there_is_no_estimate() -> None:
    rows = [row("parent", 0, 0, 99), row("teacher", 0, 0, 99)]
    assert official_estimate(rows) is population_estimate(rows) is None
    assert official_estimate([]) is None
    assert category_estimate(APART, "student") is None


def test_scores_vary_at_most_as_a_yes_or_no_of_their_mean() -> None:
    """Ten papers of nine tenths each count as nine of ten papers."""
    scores = Tally(satisfied=0, not_satisfied=10, credit=90, most=100)
    papers = Tally(9, 1)
    estimates = [official_estimate([Row(("a",), ("parent",), t, 500)]) for t in (scores, papers)]
    assert estimates[0] == estimates[1]


@given(st.lists(st.tuples(st.integers(2, 60), st.integers(0, 60)), min_size=2, max_size=5))
def test_uniting_strata_that_are_drawn_alike_does_not_narrow_much(
    strata: list[tuple[int, int]],
) -> None:
    """A tenth of everybody is drawn: the united variance holds the spread between strata.

    All that separate strata can have above it is n_a / (n_a - 1) against n / (n - 1).
    """
    counts = [(n, min(n, satisfied)) for n, satisfied in strata]
    apart = official_estimate([row(f"parent/{i}", s, n - s, 10 * n)
                               for i, (n, s) in enumerate(counts)])  # fmt: skip
    n, s = (sum(column) for column in zip(*counts, strict=True))
    united = official_estimate([row("parent", s, n - s, 10 * n)])
    assert apart is not None
    assert united is not None
    assert united.share == apart.share
    least = min(n for n, _ in counts)
    assert united.variance * Fraction(n - 1, n) * Fraction(least, least - 1) >= apart.variance


@pytest.mark.parametrize("silent", [0, 40])
def test_people_of_a_category_without_papers_are_not_in_it(silent: int) -> None:
    strata = [AnswerStratum("teacher", "teacher", 900), AnswerStratum("student", "student", 900)]
    strata += [AnswerStratum("principal", "principal", silent)] * bool(silent)
    tallies = {"teacher": Tally(20, 2), "student": Tally(30, 8)}
    (group, *_) = group_rows(unite_strata(tallies, strata))
    assert (group.categories, group.people) == (("teacher", "student"), 1800)
