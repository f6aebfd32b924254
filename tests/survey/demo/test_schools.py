"""The made-up school table, judged by the engine: what should fail fails, and nothing else."""

from __future__ import annotations

from functools import cache

import pytest

from scoring.builtin_engine import BuiltinEngine
from scoring.findings import Finding
from scoring.rule_set import load_rule_set
from scoring.schools import parse_schools, school_row
from survey.demo.invention import RULE_SET, invent

# (stage, short of the limit, below 85 % of it) of the schools that fail
SHORT = [
    ("junior", ["pe_art_teachers"], ["pe_art_teachers"]),
    ("junior", ["rooms_m2", "equipment_yuan"], []),
    ("primary", ["degree_teachers"], ["degree_teachers"]),
    ("primary", ["grounds_m2"], ["grounds_m2"]),
    ("primary", ["rooms_m2", "multimedia_rooms"], []),
]


@cache
def assess(seed: int) -> list[Finding]:
    """Judge a made-up county, once for all tests of it."""
    return BuiltinEngine().assess(invent(seed).schools, load_rule_set(RULE_SET))


@pytest.mark.parametrize("seed", [2026, 7])
def test_five_schools_fail_each_for_its_reason(seed: int) -> None:
    findings = assess(seed)
    failed = [f for f in findings if f.rule.kind == "school" and f.outcome == "not_met"]
    reasons = [(f.subject.stage, f.parts["not_met"], f.parts["below_floor"]) for f in failed]
    assert sorted(reasons, key=str) == sorted(SHORT, key=str)


@pytest.mark.parametrize("seed", [2026, 7])
def test_two_schools_pass_by_six_in_seven(seed: int) -> None:
    findings = assess(seed)
    passed = [f for f in findings if f.rule.kind == "school" and f.outcome == "met"]
    assert [f.parts["not_met"] for f in passed if f.parts["not_met"]] in (
        [["rooms_m2"], ["equipment_yuan"]],
        [["equipment_yuan"], ["rooms_m2"]],
    )


@pytest.mark.parametrize("seed", [2026, 7])
def test_one_difference_coefficient_fails_narrowly(seed: int) -> None:
    findings = [f for f in assess(seed) if f.rule.kind == "difference"]
    assert len(findings) == 14
    [failed] = [f for f in findings if f.outcome == "not_met"]
    assert (failed.rule.indicator, failed.rule.stage) == ("grounds_m2", "primary")
    assert failed.measured is not None
    assert failed.measured["display"] == "0.507"


def test_private_special_and_small_schools_are_there() -> None:
    schools = invent(7).schools
    assert {"primary", "junior", "nine_year", "complete_secondary", "point", "special"} == {
        school.kind for school in schools
    }
    assert sum(school.ownership == "private" for school in schools) == 2
    assert all(sum(s.pupils.values()) < 50 for s in schools if s.kind == "point")


def test_table_is_read_back_unchanged() -> None:
    schools = invent(7, scale=0.02).schools
    rows = [(number, school_row(school)) for number, school in enumerate(schools, 2)]
    assert parse_schools(rows, "schools") == schools
