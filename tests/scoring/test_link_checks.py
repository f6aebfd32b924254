from __future__ import annotations

from math import comb

import pytest

from sampling.problems import Problem
from scoring.link_checks import SchoolLinks, compare_schools, find_busy_hour


def make_rows(*pairs: tuple[int, int]) -> list[SchoolLinks]:
    return [SchoolLinks(f"S{i}", "parent", *pair) for i, pair in enumerate(pairs)]


def test_a_school_where_everybody_answered_stands_out() -> None:
    rows = make_rows((30, 30), *[(30, 18)] * 9)
    values = [each.value for each in compare_schools(rows)]
    assert values == ["high", *["usual"] * 9]


def test_a_school_where_nobody_answered_stands_out() -> None:
    rows = make_rows((30, 3), *[(30, 18)] * 9)
    assert next(each.value for each in compare_schools(rows)) == "low"


def test_schools_like_the_others_do_not() -> None:
    rows = make_rows((30, 21), (30, 15), (30, 18), (4, 4), (5, 1))
    assert {each.value for each in compare_schools(rows)} == {"usual"}


def test_the_chance_is_fishers() -> None:
    """4 of 4 in one school, 2 of 6 in the other: C(6, 2) / C(10, 4) of all ways, twice."""
    (first, _) = compare_schools(make_rows((4, 4), (6, 2)))
    assert first.chance == pytest.approx(2 * comb(6, 2) * comb(4, 4) / comb(10, 6))


def test_categories_are_compared_with_themselves() -> None:
    """Teachers all answer and parents half: no school is unusual."""
    rows = [SchoolLinks(f"S{i}", "teacher", 20, 20) for i in range(5)]
    rows += [SchoolLinks(f"S{i}", "parent", 40, 20) for i in range(5)]
    assert {each.value for each in compare_schools(rows)} == {"usual"}


@pytest.mark.parametrize(
    ("hours", "value"),
    [
        ([49, 0], "usual"),
        ([50, 0], "busy"),
        ([50, 51, 100], "usual"),
        ([100, 50, 50], "busy"),
        ([], "usual"),
    ],
)
def test_busy_hours(hours: list[int], value: str) -> None:
    assert find_busy_hour(hours).value == value


@pytest.mark.parametrize(
    "rows",
    [make_rows((3, 4)), make_rows((3, -1)), [*make_rows((3, 2)), *make_rows((3, 2))]],
    ids=str,
)
def test_numbers_that_cannot_be_are_refused(rows: list[SchoolLinks]) -> None:
    with pytest.raises(Problem):
        compare_schools(rows)


def test_an_hour_below_0_is_refused() -> None:
    with pytest.raises(Problem):
        find_busy_hour([3, -1])
