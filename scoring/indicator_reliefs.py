"""Reliefs of indicators: what a school may count in, or a lower limit, where it needs it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from scoring.conditions import are_passed
from scoring.outcomes import MET, NOT_MET
from scoring.resource_indicators import Reading
from scoring.rows import Row
from scoring.rule_parts import Relief
from scoring.sections import Section


def ease_reading(
    reading: Reading, section: Section, school: Row, reliefs: frozenset[str]
) -> Reading:
    """Return a reading under the reliefs that are switched on and that the school may use.

    A relief is used only where the indicator is not met without it. What is added is counted
    like the amount itself: divided between sections where these share it. Difference coefficients
    are not eased: they stay on the plain amounts.
    """
    for relief in reading.rule.reliefs:
        if reading.outcome != NOT_MET:
            break
        if relief.id in reliefs and are_passed(relief.when, school):
            reading = _ease(reading, relief, section, school)
    return reading


def _ease(reading: Reading, relief: Relief, section: Section, school: Row) -> Reading:
    if reading.value is None:
        return reading
    if not relief.add:
        rule = replace(reading.rule, limit=relief.limit, limit_text=relief.limit_text)
        eased = replace(reading, rule=rule)
    else:
        added = _added(reading, relief, section, school)
        if not added:
            return reading
        value = reading.value + added * reading.indicator.per_pupils / section.pupils
        eased = replace(reading, value=value, added=reading.added + added)
    holds = eased.rule.holds(eased.value or Fraction())
    return replace(eased, outcome=MET if holds else NOT_MET, reliefs=(*reading.reliefs, relief.id))


def _added(reading: Reading, relief: Relief, section: Section, school: Row) -> Fraction:
    """Return what falls to the section of what the relief lets count; 0 where nobody gave it."""
    is_shared = reading.indicator.shared
    cell = school.cell(relief.add if is_shared else f"{section.stage}_{relief.add}")
    amount = cell if isinstance(cell, Fraction) else Fraction()
    return amount * section.share if is_shared else amount
