"""The built-in indicator engine: indicators, schools, coefficients, and the rules of the county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from scoring.absent_stages import absent_finding
from scoring.composite_coefficient import CompositeCoefficient
from scoring.county_data import NOTHING, CountyData
from scoring.county_rules import CountyRules
from scoring.difference_coefficient import DifferenceCoefficient, difference_coefficient
from scoring.figures import display_text, exact_text
from scoring.findings import COUNTY, Finding, Subject, measured_text, not_measured
from scoring.indicator_reliefs import ease_reading
from scoring.limits import compare
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, SHOWN
from scoring.part_findings import outcome_of, round_off
from scoring.reasons import ALL_ZERO, NO_AMOUNT, NO_SECTIONS
from scoring.resource_indicators import Reading, read_indicators, school_outcome
from scoring.rows import Row, Rows, make_rows
from scoring.rule_set import Indicator, Rule, RuleSet
from scoring.schools import School
from scoring.sections import Section, sections_in_scope

COEFFICIENT_DIGITS = 3


class BuiltinEngine:
    """Measures exactly, in fractions, whatever the rule set's limits are."""

    name = "built-in"
    distribution = "renkedu"
    version = "3"

    def assess(
        self,
        schools: Sequence[School],
        rule_set: RuleSet,
        data: CountyData = NOTHING,
        reliefs: Sequence[str] = (),
    ) -> list[Finding]:
        """Return per section its indicators and whether it passes, coefficients, the county."""
        sections = sections_in_scope(schools, rule_set)
        rows = make_rows(schools, data, rule_set)
        findings = [
            *resource_findings(sections, rule_set, rows, frozenset(reliefs)),
            *(difference_finding(rule, sections, rule_set, data)
              for rule in rule_set.of_kind("difference")),
            *(composite_finding(rule, sections, rule_set, data)
              for rule in rule_set.of_kind("composite")),
        ]  # fmt: skip
        county = CountyRules(rule_set, schools, data, reliefs, findings)
        return findings + county.findings()


def resource_findings(
    sections: Sequence[Section], rule_set: RuleSet, rows: Rows, reliefs: frozenset[str]
) -> list[Finding]:
    """Return the findings of all sections; without any, the school rule was not measured."""
    if not sections:
        return [not_measured(rule, COUNTY, NO_SECTIONS) for rule in rule_set.of_kind("school")]
    return [
        finding
        for section in sections
        for finding in section_findings(
            section, rule_set, rows.by_school.get(section.school_id), reliefs
        )
    ]


def section_findings(
    section: Section,
    rule_set: RuleSet,
    school: Row | None = None,
    reliefs: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Return whether a section passes, where the scheme asks that, and each of its indicators."""
    subject = Subject("school", section.school_id, section.name, section.stage)
    readings = read_indicators(section, rule_set)
    if school is not None and reliefs:
        readings = [ease_reading(reading, section, school, reliefs) for reading in readings]
    whole = [school_finding(rule, subject, readings) for rule in rule_set.of_kind("school")]
    return whole + [_indicator_finding(section, subject, reading) for reading in readings]


def school_finding(rule: Rule, subject: Subject, readings: Sequence[Reading]) -> Finding:
    """Return whether a section passes the school rule (六项达标, the seventh at its floor)."""
    met = str(sum(reading.outcome == MET for reading in readings))
    outcome = school_outcome([*readings], rule)
    return Finding(
        rule,
        subject,
        outcome,
        {"exact": met, "display": met},
        _school_parts(readings, rule),
        why=NO_AMOUNT if outcome == NOT_MEASURED else None,
        reliefs=tuple(dict.fromkeys(r for reading in readings for r in reading.reliefs)),
        is_flipped=school_outcome([_rounded(reading) for reading in readings], rule) != outcome,
    )


def difference_finding(
    rule: Rule, sections: Sequence[Section], rule_set: RuleSet, data: CountyData = NOTHING
) -> Finding:
    """Return the finding of one indicator's coefficient among the sections of its stage.

    A stage without a section in scope is for `scoring.absent_stages`; one in which a section's
    amount is missing is not measured. Where every amount is 0 the coefficient is undefined
    and the rule not met. Without a limit the coefficient is only shown.
    """
    subject = Subject("county", "", "", rule.stage)
    coefficient = stage_coefficient(rule.indicator, rule.stage, sections)
    if not any(section.stage == rule.stage for section in sections):
        return absent_finding(rule, subject, rule_set, data)
    if coefficient is None:
        return not_measured(rule, subject, NO_AMOUNT)
    indicator = next(i for i in rule_set.indicators if i.id == rule.indicator)
    pupils = sum(section.pupils for section in sections if section.stage == rule.stage)
    outcome = _coefficient_outcome(coefficient, rule.limit)
    return Finding(
        rule,
        subject,
        outcome,
        _coefficient_text(coefficient, rule.limit),
        _coefficient_parts(coefficient, indicator, pupils),
        why=ALL_ZERO if coefficient.value is None else None,
        is_flipped=_is_coefficient_flipped(coefficient.value, rule, outcome),
    )


def stage_coefficient(
    indicator: str, stage: str, sections: Sequence[Section]
) -> DifferenceCoefficient | None:
    """Return the coefficient of an amount among the sections of a stage; None if one is missing."""
    staged = [section for section in sections if section.stage == stage]
    amounts = [(section.amounts.get(indicator), section.pupils) for section in staged]
    known = [(amount, pupils) for amount, pupils in amounts if amount is not None]
    return difference_coefficient(known) if known and len(known) == len(amounts) else None


def composite_finding(
    rule: Rule, sections: Sequence[Section], rule_set: RuleSet, data: CountyData = NOTHING
) -> Finding:
    """Return the finding of the mean of the single coefficients of a stage (综合差异系数).

    One that is missing leaves it unmeasured; one that is undefined, because nobody has anything,
    makes it not met where there is a limit.
    """
    subject = Subject("county", "", "", rule.stage)
    found = {one.id: stage_coefficient(one.id, rule.stage, sections) for one in rule_set.indicators}
    known = [coefficient for coefficient in found.values() if coefficient is not None]
    if not any(section.stage == rule.stage for section in sections):
        return absent_finding(rule, subject, rule_set, data)
    if not known or len(known) < len(found):
        return not_measured(rule, subject, NO_AMOUNT)
    squares = tuple(c.square for c in known if c.square is not None)
    if len(squares) < len(known):
        outcome = SHOWN if rule.limit is None else NOT_MET
        return Finding(rule, subject, outcome, why=ALL_ZERO)
    composite = CompositeCoefficient(squares)
    value = composite.value
    outcome = SHOWN if rule.limit is None else outcome_of(composite.is_within(rule.limit))
    parts = {"coefficients": {name: display_text(c.value or Fraction(), digits=COEFFICIENT_DIGITS)
             for name, c in found.items() if c is not None}}  # fmt: skip
    shown = display_text(value, rule.limit, digits=COEFFICIENT_DIGITS)
    return Finding(
        rule, subject, outcome, {"display": shown}, parts,
        is_flipped=_is_coefficient_flipped(value, rule, outcome),
    )  # fmt: skip


def _coefficient_outcome(coefficient: DifferenceCoefficient, limit: Fraction | None) -> str:
    return SHOWN if limit is None else outcome_of(coefficient.is_within(limit) is True)


def _is_coefficient_flipped(value: Fraction | None, rule: Rule, outcome: str) -> bool:
    """Return whether a coefficient with two decimals would fall on the other side of the limit."""
    if value is None or rule.limit is None:
        return False
    return rule.holds(round_off(value)) != (outcome == MET)


def _rounded(reading: Reading) -> Reading:
    if reading.value is None:
        return reading
    value = round_off(reading.value)
    return replace(reading, value=value, outcome=outcome_of(reading.rule.holds(value)))


def _indicator_finding(section: Section, subject: Subject, reading: Reading) -> Finding:
    rule = reading.rule
    if reading.value is None or rule.limit is None:
        return not_measured(rule, subject, NO_AMOUNT)
    amount = section.amounts[reading.indicator.id] or Fraction()
    parts: dict[str, object] = {
        "amount": exact_text(amount),
        "pupils": section.pupils,
        "per_pupils": exact_text(reading.indicator.per_pupils),
        "unit": reading.indicator.unit,
    }
    if reading.added:
        parts["added"] = exact_text(reading.added)
    rounded = compare(round_off(reading.value), rule.comparison, rule.limit)
    return Finding(
        rule,
        subject,
        reading.outcome,
        measured_text(reading.value, rule.limit),
        parts,
        reliefs=reading.reliefs,
        is_flipped=rounded != (reading.outcome == MET),
    )


def _school_parts(readings: Sequence[Reading], rule: Rule) -> dict[str, object]:
    floor = rule.floor or Fraction()
    return {
        "of": len(readings),
        "not_met": [r.indicator.id for r in readings if r.outcome == NOT_MET],
        "below_floor": [r.indicator.id for r in readings if r.is_below_floor(floor)],
        "not_measured": [r.indicator.id for r in readings if r.outcome == NOT_MEASURED],
        "floor": exact_text(floor),
    }


def _coefficient_text(
    coefficient: DifferenceCoefficient, limit: Fraction | None
) -> dict[str, str] | None:
    """Return the coefficient for a finding: its exact square, and its value for people."""
    if coefficient.square is None or coefficient.value is None:
        return None
    return {
        "exact_square": exact_text(coefficient.square),
        "display": display_text(coefficient.value, limit, digits=COEFFICIENT_DIGITS),
    }


def _coefficient_parts(
    coefficient: DifferenceCoefficient, indicator: Indicator, pupils: int
) -> dict[str, object]:
    """Return what the coefficient was made of; mean and spread in the indicator's own measure."""
    return {
        "schools": coefficient.schools,
        "pupils": pupils,
        "mean": display_text(coefficient.mean * indicator.per_pupils),
        "sd": display_text(coefficient.sd * indicator.per_pupils),
        "unit": indicator.unit,
        "per_pupils": exact_text(indicator.per_pupils),
    }
