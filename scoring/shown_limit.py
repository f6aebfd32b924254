"""限值的表述: a limit as it is printed beside a value, on the value's own scale.

A share that is printed in percent is held against a limit in percent: 84.96 % beside 85 %, not
beside 0.85. Only the print changes; what is compared stays the exact limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from scoring.figures import display_text, exact_text

NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?(/[0-9]+)?")
SIGNS = {">=": "≥", "<=": "≤", "<": "<", ">": ">"}
PERCENT = 100


def shown_limit(finding: Mapping[str, object]) -> str:
    """Return the limit of a finding, or of a part of one, as a record has it; "" for none.

    >>> shown_limit({"limit": "0.85", "measured": {"display": "84.96 %"}})
    '85 %'
    >>> shown_limit({"limit": "0.50", "measured": {"display": "0.501"}})
    '0.50'
    """
    text = str(finding.get("limit") or "")
    return percent_of(text) if NUMBER.fullmatch(text) and is_percent(finding) else text


def shown_sign(finding: Mapping[str, object]) -> str:
    """Return the sign that stands before the limit; "" where there is none."""
    return SIGNS.get(str(finding.get("comparison") or ""), "")


def is_percent(finding: Mapping[str, object]) -> bool:
    """Return whether a value is printed in percent; the recognition rate is, measured or not."""
    measured = finding.get("measured")
    shown = str(measured.get("display", "")) if isinstance(measured, Mapping) else ""
    return shown.endswith("%") or (not shown and finding.get("kind") == "survey")


def percent_of(share: str) -> str:
    """Return a share, exact as text, in percent: without loss where its decimals end.

    >>> percent_of("0.85"), percent_of("0.8475"), percent_of("1/12")
    ('85 %', '84.75 %', '8.33 %')
    """
    value = PERCENT * Fraction(share)
    exact = exact_text(value)
    return f"{display_text(value) if '/' in exact else exact} %"
