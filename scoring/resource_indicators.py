"""资源配置: the seven indicators of a section, and whether its school passes (校校达标)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from scoring.outcomes import MET, NOT_MEASURED, NOT_MET
from scoring.rule_set import Indicator, Rule, RuleSet
from scoring.sections import Section

__all__ = [
    "MET",
    "NOT_MEASURED",
    "NOT_MET",
    "Reading",
    "indicator_value",
    "read_indicators",
    "school_outcome",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """One indicator of one section against its rule; `value` is None where nobody measured it.

    Under reliefs (`reliefs`, the switches used) the value holds what was `added` to the amount,
    and the rule the eased limit.
    """

    rule: Rule
    indicator: Indicator
    value: Fraction | None
    outcome: str
    reliefs: tuple[str, ...] = ()
    added: Fraction = Fraction()

    def is_below_floor(self, floor: Fraction) -> bool:
        """Return whether the value is below `floor` (a share) of the limit, exactly."""
        if self.value is None or self.rule.limit is None:
            return False
        return self.value < floor * self.rule.limit


def indicator_value(section: Section, indicator: Indicator) -> Fraction | None:
    """Return the section's amount per so many pupils, exact; None where it was not given.

    The unit is the indicator's, per 100 pupils or per pupil.
    """
    amount = section.amounts.get(indicator.id)
    return None if amount is None else amount * indicator.per_pupils / section.pupils


def read_indicators(section: Section, rule_set: RuleSet) -> list[Reading]:
    """Return the section's indicators against the rules of its stage, in the rule set's order."""
    indicators = {indicator.id: indicator for indicator in rule_set.indicators}
    return [
        _read(section, rule, indicators)
        for rule in rule_set.of_kind("indicator")
        if rule.stage == section.stage
    ]


def school_outcome(readings: list[Reading], rule: Rule) -> str:
    """Return whether a section passes: enough indicators met, no other one below the floor.

    `rule` is the rule set's rule of kind "school": its limit is the number that must be met
    (6 of 7), its floor the share of the limit that the others must reach (0.85). A section that
    fails whatever the unmeasured ones are has failed; else a missing one leaves it unmeasured.
    """
    met = sum(reading.outcome == MET for reading in readings)
    missing = sum(reading.outcome == NOT_MEASURED for reading in readings)
    if rule.floor is None or any(reading.is_below_floor(rule.floor) for reading in readings):
        return NOT_MET
    if not rule.holds(Fraction(met + missing)):
        return NOT_MET
    return NOT_MEASURED if missing else MET


def _read(section: Section, rule: Rule, indicators: Mapping[str, Indicator]) -> Reading:
    indicator = indicators[rule.indicator]
    value = indicator_value(section, indicator)
    if value is None:
        return Reading(rule, indicator, None, NOT_MEASURED)
    return Reading(rule, indicator, value, MET if rule.holds(value) else NOT_MET)
