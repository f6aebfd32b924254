"""Residents by area."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sampling.areas import check_areas, read_areas, share_areas
from sampling.pins import CellKey
from sampling.problems import Problem
from sampling.survey_rules import SurveyRules


@pytest.mark.parametrize(
    ("texts", "part"),
    [
        (["urban"], "got 'urban'"),
        (["urban=5,"], "got ''"),
        (["urban=-5"], "got 'urban=-5'"),
        (["urban=5e3"], "got 'urban=5e3'"),
        (["urban=5", "urban=6"], "urban stands twice"),
    ],
)
def test_what_is_no_list_of_areas(texts: list[str], part: str) -> None:
    with pytest.raises(Problem, match=part):
        read_areas(texts)


@pytest.mark.parametrize(
    ("areas", "part"),
    [
        ({"urban": 50, "town": 50}, "missing: rural; unknown: -"),
        ({"urban": 50, "town": 25, "rural": 25, "moon": 0}, "missing: -; unknown: moon"),
        ({"urban": 50, "town": 25, "rural": 24}, "add up to 99 residents, but the county has 100"),
        ({"urban": 101, "town": 0, "rural": -1}, "expected 0 or more, got -1"),
    ],
)
def test_areas_must_be_those_of_the_county(
    rules: SurveyRules, areas: dict[str, int], part: str
) -> None:
    with pytest.raises(Problem, match=part):
        check_areas(areas, 100, rules)


def test_shares_are_those_of_residents_or_else_of_the_frame(rules: SurveyRules) -> None:
    sizes = {
        CellKey("parent", "urban", "1-2"): 30,
        CellKey("parent", "rural", "1-2"): 10,
        CellKey("deputy", "", ""): 9,
    }
    assert share_areas(sizes, None, rules) == {
        "parent": {"urban": Fraction(3, 4), "town": Fraction(0), "rural": Fraction(1, 4)}
    }
    areas = {"urban": 20, "town": 30, "rural": 50}
    assert share_areas(sizes, areas, rules) == {
        "parent": {"urban": Fraction(1, 5), "town": Fraction(3, 10), "rural": Fraction(1, 2)}
    }
