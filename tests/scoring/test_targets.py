from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pytest

from scoring.builtin_engine import BuiltinEngine
from scoring.county_rules import CountyRules
from scoring.findings import Finding
from scoring.rate import recognition_rate
from scoring.rule_set import RuleSet, load_rule_set
from scoring.targets import TargetFinding, measure_targets, target_record
from scoring.verdict import find_all
from tests.scoring.county_makers import Rows, change, make_sheets, read_sheets
from tests.scoring.makers import make_county

SIX = load_rule_set("county-six-aspects-2020")


def assess(sheets: dict[str, Rows], rule_set: RuleSet) -> list[Finding]:
    schools, data = read_sheets(sheets, rule_set)
    return BuiltinEngine().assess(schools, rule_set, data)


def measure(
    sheets: dict[str, Rows],
    year: int,
    rule_set: RuleSet = SIX,
    *,
    county: str = "",
    recognised: frozenset[str] | None = None,
    earlier: Sequence[Finding] | None = None,
) -> dict[str, TargetFinding]:
    schools, data = read_sheets(sheets, rule_set)
    findings = BuiltinEngine().assess(schools, rule_set, data)
    rules = CountyRules(
        rule_set, schools, data, (), findings, recognised=recognised, earlier=earlier
    )
    return {f.target.id: f for f in measure_targets(rule_set, year, rules, county)}


def break_schools(count: int) -> dict[str, Rows]:
    """Return a county in which the first `count` of the three primary sections fail."""
    sheets = make_sheets(SIX)
    for school in ("1001", "1002", "1003")[:count]:
        change(sheets["schools"], {"school_id": school}, rooms_m2="10")
    return sheets


@pytest.mark.parametrize(
    ("broken", "share", "by_2023", "by_2025"),
    [(0, "1", "met", "met"), (1, "2/3", "met", "met"), (2, "1/3", "not_met", "not_met")],
)
def test_shares_of_schools_are_counted_by_stage(
    broken: int, share: str, by_2023: str, by_2025: str
) -> None:
    """35 % by 2023 and 50 % by 2025 of primary schools; a third is less than 35 %."""
    found = measure(break_schools(broken), 2024)
    primary = found["schools.2023"].parts[0]
    assert Fraction((primary.measured or {})["exact"]) == Fraction(share)
    assert (primary.outcome, found["schools.2025"].parts[0].outcome) == (by_2023, by_2025)


def test_a_target_is_due_from_its_year_on() -> None:
    found = measure(make_sheets(SIX), 2024)
    assert found["schools.2023"].is_due
    assert not found["schools.2025"].is_due
    assert found["classes.2020"].is_due
    record = target_record(found["schools.2023"])
    assert (record["year"], record["is_due"], record["mark"]) == (2023, True, "T")


def test_a_rise_needs_the_year_before() -> None:
    rule_set = load_rule_set("guigang-2022")
    rising = [t.id for t in rule_set.targets if any(getattr(p, "is_rise", False) for p in t.parts)]
    assert rising
    alone = measure(make_sheets(rule_set), 2024, rule_set)
    assert {alone[name].outcome for name in rising} == {"not_measured"}
    before = make_sheets(rule_set)
    for school in ("1001", "1002"):
        change(before["schools"], {"school_id": school}, rooms_m2="10")
    earlier = assess(before, rule_set)
    again = measure(make_sheets(rule_set), 2024, rule_set, earlier=earlier)
    rooms = [p for name in rising for p in again[name].parts if "rooms_m2" in str(p.part)]
    assert rooms
    assert {part.outcome for part in rooms} == {"met"}


def test_stages_passed_are_named_by_whoever_knows() -> None:
    rule_set = load_rule_set("ordos-2024")
    sheets = make_sheets(rule_set)
    outcomes = [
        measure(sheets, 2026, rule_set, county="乌审旗", recognised=stages)["city.2026"].outcome
        for stages in (None, frozenset[str](), frozenset({"nation"}))
    ]
    assert outcomes == ["not_measured", "not_met", "met"]


def test_a_plan_that_names_counties_is_for_these() -> None:
    rule_set = load_rule_set("ordos-2024")
    sheets = make_sheets(rule_set)
    assert list(measure(sheets, 2026, rule_set, county="杭锦旗")) == ["counties.2025", "city.2026"]
    assert measure(sheets, 2026, rule_set, county="别县") == {}


@pytest.mark.parametrize(("satisfied", "outcome"), [(54, "met"), (30, "not_met")])
def test_everything_holds_includes_the_survey(satisfied: int, outcome: str) -> None:
    rule_set = load_rule_set("ordos-2024")
    schools, data = read_sheets(make_sheets(rule_set), rule_set)
    rate = recognition_rate(*make_county(satisfied, 6), rule_set)
    findings = find_all(schools, rate, rule_set, BuiltinEngine(), data=data)
    rules = CountyRules(rule_set, schools, data, (), findings)
    (target, _) = measure_targets(rule_set, 2026, rules, "杭锦旗")
    assert target.outcome == outcome
