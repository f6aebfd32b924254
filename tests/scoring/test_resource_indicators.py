from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from scoring.figures import display_text, exact_text
from scoring.resource_indicators import indicator_value, read_indicators, school_outcome
from scoring.schools import parse_schools
from scoring.sections import Section, sections
from tests.scoring.cases_of import read_cases
from tests.scoring.makers import INDICATORS, NATIONAL, make_row, number_rows

(SCHOOL_RULE,) = NATIONAL.of_kind("school")


@pytest.mark.parametrize("case", read_cases("indicators"))
def test_cases_of_one_indicator(case: dict[str, Any]) -> None:
    indicator = next(i for i in NATIONAL.indicators if i.id == case["indicator"])
    section = Section("1", "学校", case["stage"], case["pupils"],
                      {indicator.id: Fraction(case["amount"])})  # fmt: skip
    value = indicator_value(section, indicator)
    assert value is not None
    rule = NATIONAL.rule(f"resources.{indicator.id}.{case['stage']}")
    assert exact_text(value) == case["value"]
    assert display_text(value, rule.limit) == case["display"]
    assert rule.holds(value) is case["met"]


@pytest.mark.parametrize("stage", ["primary", "junior"])
@pytest.mark.parametrize("case", read_cases("school_rule"))
def test_cases_of_a_school(case: dict[str, Any], stage: str) -> None:
    """Blank amounts reach the rule through 教学点, the only kind in scope that may have them."""
    pupils = {stage: 360}
    kind = "point" if stage == "primary" else "special"
    row = make_row(
        "1",
        kind,
        shares=case["shares"],
        primary=pupils.get("primary", 0),
        junior=pupils.get("junior", 0),
    )
    (section,) = sections(parse_schools(number_rows([row]), "x")[0], NATIONAL)
    readings = read_indicators(section, NATIONAL)
    assert [reading.indicator.id for reading in readings] == list(INDICATORS)
    assert school_outcome(readings, SCHOOL_RULE) == case["outcome"]
    assert [r.indicator.id for r in readings if r.outcome == "not_met"] == case["not_met"]
