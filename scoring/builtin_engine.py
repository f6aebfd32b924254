"""The built-in indicator engine: seven indicators, the rule for each school, the coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from scoring.difference_coefficient import DifferenceCoefficient, difference_coefficient
from scoring.figures import display_text, exact_text
from scoring.findings import Finding, Subject, measured_text, not_measured
from scoring.resource_indicators import (
    MET,
    NOT_MEASURED,
    NOT_MET,
    Reading,
    read_indicators,
    school_outcome,
)
from scoring.rule_set import Indicator, Rule, RuleSet
from scoring.schools import School
from scoring.sections import Section, sections_in_scope

COEFFICIENT_DIGITS = 3


class BuiltinEngine:
    """Measures exactly, in fractions, whatever the rule set's limits are."""

    name = "built-in"
    version = "1"

    def assess(self, schools: Sequence[School], rule_set: RuleSet) -> list[Finding]:
        """Return per section its indicators and whether it passes, then the coefficients."""
        sections = sections_in_scope(schools, rule_set)
        findings = [f for section in sections for f in section_findings(section, rule_set)]
        if not sections:
            (rule,) = rule_set.of_kind("school")
            findings = [not_measured(rule, Subject("county", "", ""))]
        differences = rule_set.of_kind("difference")
        return findings + [difference_finding(rule, sections, rule_set) for rule in differences]


def section_findings(section: Section, rule_set: RuleSet) -> list[Finding]:
    """Return the decisive finding of a section and one for each of its indicators."""
    subject = Subject("school", section.school_id, section.name, section.stage)
    readings = read_indicators(section, rule_set)
    (rule,) = rule_set.of_kind("school")
    met = str(sum(reading.outcome == MET for reading in readings))
    whole = Finding(
        rule,
        subject,
        school_outcome(readings, rule),
        {"exact": met, "display": met},
        _school_parts(readings, rule),
    )
    return [whole, *(_indicator_finding(section, subject, reading) for reading in readings)]


def difference_finding(rule: Rule, sections: Sequence[Section], rule_set: RuleSet) -> Finding:
    """Return the finding of one indicator's coefficient among the sections of its stage.

    A stage without a section in scope has nothing to differ and is not measured; nor is one in
    which a section's amount is missing. Where every amount is 0 the coefficient is undefined
    and the rule not met.
    """
    subject = Subject("county", "", "", rule.stage)
    staged = [section for section in sections if section.stage == rule.stage]
    amounts = [(section.amounts.get(rule.indicator), section.pupils) for section in staged]
    known = [(amount, pupils) for amount, pupils in amounts if amount is not None]
    if not known or len(known) < len(amounts) or rule.limit is None:
        return not_measured(rule, subject)
    coefficient = difference_coefficient(known)
    indicator = next(i for i in rule_set.indicators if i.id == rule.indicator)
    return Finding(
        rule,
        subject,
        MET if coefficient.is_within(rule.limit) else NOT_MET,
        _coefficient_text(coefficient, rule.limit),
        _coefficient_parts(coefficient, indicator, sum(pupils for _, pupils in known)),
    )


def _indicator_finding(section: Section, subject: Subject, reading: Reading) -> Finding:
    if reading.value is None:
        return not_measured(reading.rule, subject)
    amount = section.amounts[reading.indicator.id]
    return Finding(
        reading.rule,
        subject,
        reading.outcome,
        measured_text(reading.value, reading.rule.limit),
        {
            "amount": exact_text(amount or Fraction()),
            "pupils": section.pupils,
            "per_pupils": exact_text(reading.indicator.per_pupils),
            "unit": reading.indicator.unit,
        },
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


def _coefficient_text(coefficient: DifferenceCoefficient, limit: Fraction) -> dict[str, str] | None:
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
