"""Outcomes of rules and parts, and how several make one."""

from __future__ import annotations

from collections.abc import Iterable

MET, NOT_MET, NOT_MEASURED, SHOWN = "met", "not_met", "not_measured", "shown"
"""Outcomes. What is only shown has no limit and decides nothing."""

OUTCOMES = (MET, NOT_MET, NOT_MEASURED, SHOWN)


def combine(outcomes: Iterable[str], holds_if: str = "all") -> str:
    """Return the outcome of parts of which all, or any, must hold; what is shown has no say.

    One that settles it does so whatever is open; else one that was not measured leaves it open.

    >>> combine(["met", "not_measured"]), combine(["met", "not_measured"], "any")
    ('not_measured', 'met')
    """
    found = set(outcomes)
    counted = found - {SHOWN}
    if not counted:
        return SHOWN if found else NOT_MEASURED
    settling, other = (NOT_MET, MET) if holds_if == "all" else (MET, NOT_MET)
    if settling in counted:
        return settling
    return NOT_MEASURED if NOT_MEASURED in counted else other
