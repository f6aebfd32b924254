"""Engines that are wrong in one way each, and what the checks say of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import count

import pytest

from sampling.problems import Problems
from scoring.builtin_engine import BuiltinEngine, difference_finding
from scoring.county_data import NOTHING, CountyData
from scoring.engine_checks import check_engine
from scoring.findings import COUNTY, Finding
from scoring.rule_set import RuleSet
from scoring.schools import School
from scoring.sections import sections_in_scope

Spoil = Callable[[list[Finding], Sequence[School], RuleSet], list[Finding]]


class SpoiltEngine:
    """The built-in engine with its findings spoilt."""

    name, distribution, version = "spoilt", "tests", "1"

    def __init__(self, spoil: Spoil) -> None:
        self._spoil = spoil

    def assess(
        self,
        schools: Sequence[School],
        rule_set: RuleSet,
        data: CountyData = NOTHING,
        reliefs: Sequence[str] = (),
    ) -> list[Finding]:
        findings = BuiltinEngine().assess(schools, rule_set, data, reliefs)
        return self._spoil(findings, schools, rule_set)


def rounds(findings: list[Finding], _: Sequence[School], __: RuleSet) -> list[Finding]:
    """Round values to two decimals before judging."""
    return [round_finding(f) if f.rule.kind == "indicator" else f for f in findings]


def round_finding(finding: Finding) -> Finding:
    if finding.measured is None:
        return finding
    value = round(Fraction(finding.measured["exact"]), 2)
    return replace(finding, outcome="met" if finding.rule.holds(value) else "not_met")


def forgets_weights(
    findings: list[Finding], schools: Sequence[School], rule_set: RuleSet
) -> list[Finding]:
    """Take every school for one of 100 pupils: the coefficient of a spreadsheet."""
    equal = [
        replace(s, pupils=100, amounts={n: None if a is None else a * 100 / s.pupils
                for n, a in s.amounts.items()})
        for s in sections_in_scope(schools, rule_set)
    ]  # fmt: skip
    return [
        difference_finding(f.rule, equal, rule_set) if f.rule.kind == "difference" else f
        for f in findings
    ]


def assumes_zero(findings: list[Finding], _: Sequence[School], __: RuleSet) -> list[Finding]:
    return [replace(f, outcome="not_met") if f.outcome == "not_measured" else f for f in findings]


def keeps_the_order(
    findings: list[Finding], schools: Sequence[School], _: RuleSet
) -> list[Finding]:
    order = [school.school_id for school in schools]
    at_schools = [f for f in findings if f.subject.kind == "school"]
    others = [f for f in findings if f.subject.kind != "school"]
    return sorted(at_schools, key=lambda f: order.index(f.subject.id)) + others


def speaks_of_the_survey(
    findings: list[Finding], _: Sequence[School], rule_set: RuleSet
) -> list[Finding]:
    return [*findings, Finding(rule_set.survey_rule, COUNTY, "met")]


def says_it_twice(findings: list[Finding], _: Sequence[School], __: RuleSet) -> list[Finding]:
    return findings + findings[:1]


def divides_by_heads(
    findings: list[Finding], schools: Sequence[School], _: RuleSet
) -> list[Finding]:
    """Divide what sections share by pupils, without weights."""
    heads = {s.school_id: sum(s.pupils.values()) for s in schools}
    totals = {s.school_id: s.shared["rooms_m2"] for s in schools}
    return [
        put_value(f, totals[f.subject.id], heads[f.subject.id])
        if f.rule.indicator == "rooms_m2" and f.subject.id
        else f
        for f in findings
    ]


def put_value(finding: Finding, total: Fraction | None, heads: int) -> Finding:
    exact = "" if total is None else str(total / heads)
    return replace(finding, measured={"exact": exact, "display": exact})


CALLS = count()


def changes_its_mind(findings: list[Finding], _: Sequence[School], __: RuleSet) -> list[Finding]:
    if next(CALLS) % 2:
        return findings
    return [replace(f, outcome="met") if f.rule.kind == "difference" else f for f in findings]


SPOILT: list[tuple[Spoil, str]] = [
    (rounds, "rule resources.degree_teachers.primary: expected not_met, got met"),
    (forgets_weights, "rule difference.rooms_m2.primary: expected not_met, got met"),
    (assumes_zero, "rule resources.rooms_m2.primary: expected not_measured, got not_met"),
    (keeps_the_order, "the order of the school table changes the findings"),
    (speaks_of_the_survey, "gave 'met' for rule survey.rate, which is not its to say"),
    (says_it_twice, "gave two findings for rule resources.school"),
    (divides_by_heads, "rule resources.rooms_m2.primary: expected 500/93, got 50/9"),
    (changes_its_mind, "asked twice, the engine gives different findings"),
    (lambda *_: [], "the engine gave no finding at all"),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILT)
def test_each_way_of_being_wrong_is_told(spoil: Spoil, message: str) -> None:
    with pytest.raises(Problems) as caught:
        check_engine(SpoiltEngine(spoil))
    assert message in str(caught.value)


def test_a_sound_engine_passes_under_any_name() -> None:
    check_engine(SpoiltEngine(lambda findings, *_: findings))
    nameless = SpoiltEngine(lambda findings, *_: findings)
    nameless.version = ""
    with pytest.raises(Problems, match="the engine's version is missing"):
        check_engine(nameless)
