from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from scoring.builtin_engine import BuiltinEngine
from scoring.engine import IndicatorEngine
from scoring.findings import Finding
from scoring.schools import School, parse_schools
from tests.scoring.cases_of import read_cases
from tests.scoring.makers import NATIONAL, make_row, number_rows

ENGINE: IndicatorEngine = BuiltinEngine()


def county(*rows: dict[str, str]) -> list[School]:
    return parse_schools(number_rows(rows), "schools.xlsx")


def find(findings: list[Finding], rule: str, school: str = "") -> Finding:
    return next(f for f in findings if f.rule.id == rule and f.subject.id == school)


def test_a_schools_failing_indicators_are_named() -> None:
    schools = county(
        make_row("1", primary=360),
        make_row("2", primary=360, shares=("1", "1", "1", "0.9", "1", "1", "0.84")),
    )
    findings = ENGINE.assess(schools, NATIONAL)
    assert find(findings, "resources.school", "1").outcome == "met"
    failed = find(findings, "resources.school", "2")
    assert failed.outcome == "not_met"
    assert failed.measured == {"exact": "5", "display": "5"}
    assert failed.parts["not_met"] == ["rooms_m2", "multimedia_rooms"]
    assert failed.parts["below_floor"] == ["multimedia_rooms"]
    rooms = find(findings, "resources.rooms_m2.primary", "2")
    assert rooms.measured == {"exact": "4.05", "display": "4.05"}
    assert rooms.parts == {"amount": "1458", "pupils": 360, "per_pupils": "1", "unit": "平方米"}


def test_both_sections_of_an_integrated_school_are_judged() -> None:
    schools = county(make_row("1", "nine_year", primary=600, junior=300, rooms_m2="5000"))
    findings = ENGINE.assess(schools, NATIONAL)
    stages = [f.subject.stage for f in findings if f.rule.id == "resources.school"]
    assert stages == ["primary", "junior"]
    assert [
        f.measured["display"]
        for f in findings
        if f.rule.indicator == "rooms_m2" and f.rule.kind == "indicator" and f.measured
    ] == ["5.38", "5.91"]


def test_the_coefficient_is_pooled_weighted_and_by_stage() -> None:
    schools = county(
        make_row("1", primary=100, rooms_m2="450"),
        make_row("2", primary=300, rooms_m2="2700"),
        make_row("3", "junior", junior=100),
    )
    findings = ENGINE.assess(schools, NATIONAL)
    rooms = find(findings, "difference.rooms_m2.primary")
    assert rooms.measured == {"exact_square": "3/49", "display": "0.247"}
    assert rooms.parts == {
        "schools": 2, "pupils": 400, "mean": "7.88", "sd": "1.95", "unit": "平方米",
        "per_pupils": "1"}  # fmt: skip
    assert find(findings, "difference.rooms_m2.junior").measured == {
        "exact_square": "0", "display": "0.000"}  # fmt: skip


def test_a_coefficient_of_nothing_is_undefined_and_not_met() -> None:
    zero = make_row("1", primary=100, primary_backbone_teachers="0")
    finding = find(ENGINE.assess(county(zero), NATIONAL), "difference.backbone_teachers.primary")
    assert (finding.outcome, finding.measured) == ("not_met", None)
    assert finding.parts["mean"] == "0.00"


def test_a_missing_amount_leaves_the_coefficient_open() -> None:
    schools = county(
        make_row("1", primary=100),
        make_row("2", "point", primary=60, shares=("1", "1", "1", "", "1", "1", "1")),
    )
    findings = ENGINE.assess(schools, NATIONAL)
    assert find(findings, "difference.rooms_m2.primary").outcome == "not_measured"
    assert find(findings, "difference.grounds_m2.primary").outcome == "met"
    assert find(findings, "resources.school", "2").outcome == "not_measured"


def test_no_school_is_no_pass() -> None:
    small = make_row("1", "point", primary=20)
    for schools in ([], county(small)):
        findings = ENGINE.assess(schools, NATIONAL)
        about_schools = [f for f in findings if f.rule.kind in ("school", "difference")]
        assert {f.outcome for f in about_schools} == {"not_measured"}
        assert findings[0].rule.id == "resources.school"


@pytest.mark.parametrize("step", [1, -1])
def test_the_order_of_the_table_does_not_matter(step: int) -> None:
    schools = county(*(make_row(str(n), primary=100 + n) for n in range(5)))
    assert ENGINE.assess(schools[::step], NATIONAL) == ENGINE.assess(schools, NATIONAL)


@pytest.mark.parametrize("case", read_cases("rounding"))
def test_what_rounding_would_turn_is_marked(case: dict[str, Any]) -> None:
    column = case["rule"].split(".")[1]
    name = column if column.endswith("_m2") else f"primary_{column}"
    row = make_row("1", primary=100, shares=("1",) * 7) | {name: case["amount"]}
    finding = find(ENGINE.assess(county(row), NATIONAL), case["rule"], "1")
    assert (finding.outcome, finding.is_flipped) == (case["outcome"], case["flips"])


def test_a_school_that_rounding_would_let_pass_is_marked() -> None:
    """Two indicators just below: 4.196 and 7.496; with two decimals six of seven would be met."""
    row = make_row("1", primary=100) | {
        "primary_degree_teachers": "4.196", "grounds_m2": "749.6"}  # fmt: skip
    finding = find(ENGINE.assess(county(row), NATIONAL), "resources.school", "1")
    assert (finding.outcome, finding.is_flipped) == ("not_met", True)


def test_nothing_is_rounded_before_judging() -> None:
    """3.5699999 of a floor of 3.57 fails, and the page does not say 3.57."""
    low = make_row("1", primary=10**7, primary_degree_teachers="356999.9")
    findings = ENGINE.assess(county(low), NATIONAL)
    assert find(findings, "resources.school", "1").outcome == "not_met"
    finding = find(findings, "resources.degree_teachers.primary", "1")
    assert finding.measured is not None
    assert Fraction(finding.measured["exact"]) == Fraction("3.569999")
