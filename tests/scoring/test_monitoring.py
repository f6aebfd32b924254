from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from sampling.problems import Problem
from scoring.monitoring import YearLevel, level_of, monitor
from scoring.rule_set import load_rule_set
from scoring.stages import Monitoring
from tests.scoring.cases_of import read_cases
from tests.scoring.counties import measure
from tests.scoring.makers import make_row

SINCE = 2025
FALLING = load_rule_set("national-2017").monitoring[0]
BELOW = load_rule_set("inner-mongolia-basic-2012").monitoring[0]
ANSWERS = {"yes": True, "no": False, "?": None}


def make_level(case: Any, index: int) -> YearLevel:
    if "levels" in case:
        text = case["levels"][index]
        return YearLevel(level=None if text == "?" else Fraction(text))
    text = case["met"][index]
    return YearLevel(is_met=ANSWERS[text.rstrip("!")], is_exceptional=text.endswith("!"))


def make_years(case: Any) -> dict[int, YearLevel]:
    given = case.get("levels") or case["met"]
    return {SINCE + index: make_level(case, index) for index in range(len(given))}


@pytest.mark.parametrize("case", read_cases("monitoring"))
def test_the_title(case: Any) -> None:
    citation = (FALLING if case["measure"] == "falling" else BELOW).citation
    years = make_years(case)
    condition = Monitoring(case["measure"], case["years"], citation)
    (finding,) = monitor([condition], SINCE, max(years), years)
    assert finding.outcome == case["outcome"]
    assert finding.lost_in == case.get("lost_in")
    if "why" in case:
        assert finding.why is not None
        assert finding.why.en == case["why"]


def test_the_rule_sets_say_how_many_years() -> None:
    assert (FALLING.measure, FALLING.years) == ("falling", 2)
    assert (BELOW.measure, BELOW.years) == ("below", 3)


def test_a_year_that_is_missing_is_not_measured() -> None:
    years = {2025: YearLevel(Fraction(3)), 2027: YearLevel(Fraction(1))}
    (finding,) = monitor([FALLING], SINCE, 2027, years)
    assert finding.outcome == "not_measured"


def test_nothing_is_known_before_the_recognition() -> None:
    with pytest.raises(Problem, match="before the recognition"):
        monitor([FALLING], 2025, 2024, {})


def test_a_coefficient_is_a_level_however_long_its_fraction() -> None:
    """A squared coefficient of a county's schools has terms of a hundred digits and more."""
    rows = [make_row(f"s{n}", primary=200 + 7 * n, rooms_m2=str(1000 + 13 * n)) for n in range(60)]
    level = level_of(measure(rows), "difference.rooms_m2.primary")
    assert level is not None
    assert -1 < level < 0
    assert len(str(level)) > 60
