"""Findings in words: limits on the scale of what was measured, rules by their titles."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from flask_babel import gettext

from scoring.figures import rounded_text
from scoring.rule_set import Rule, load_rule_set
from scoring.shown_limit import percent_of, shown_limit, shown_sign
from survey.localization import choose_language, tell_answer
from survey.procedures.operations import BEIJING

Entry = Mapping[str, Any]


def tell_limit(finding: Entry) -> str:
    """Return a finding's limit with its sign, on the scale of the value that stands beside it.

    A share that is printed in percent is held against a limit in percent: 84.96 % beside ≥ 85 %,
    not beside ≥ 0.85. Empty where there is no limit.
    """
    text = shown_limit(finding)
    return f"{shown_sign(finding)} {tell_answer(text)}".strip() if text else ""


def rule_title(rule: Rule) -> str:
    """Return what a rule is called in the reader's language."""
    return rule.title_zh if choose_language() == "zh" else rule.title_en


def rule_set_title(rule_set_id: str) -> str:
    """Return what a rule set is called in the reader's language."""
    rule_set = load_rule_set(rule_set_id)
    return rule_set.title_zh if choose_language() == "zh" else rule_set.title_en


def tell_section(finding: Entry) -> str:
    """Return how a section of a school stands, in the numbers of its own rule.

    So many of so many indicators, how many are asked for, and at what share of the limit the
    others have to be: all from the finding, for a scheme may ask for other numbers.
    """
    parts = finding.get("parts") or {}
    measured = finding.get("measured") or {}
    words = gettext(
        "%(n)s of %(of)s indicators meet their limit", n=measured.get("display", "—"),
        of=parts.get("of", "—"),
    )  # fmt: skip
    if finding.get("limit"):
        words += gettext("; %(limit)s are asked for", limit=finding["limit"])
    if parts.get("floor"):
        words += gettext(
            ", the others at %(floor)s of their limit at least", floor=percent_of(parts["floor"])
        )
    if parts.get("below_floor"):
        words += gettext("; below that: %(n)s", n=len(parts["below_floor"]))
    if parts.get("not_measured"):
        words += gettext("; not measured: %(n)s", n=len(parts["not_measured"]))
    return str(words)


def is_flipped(finding: Entry) -> bool:
    """Say whether rounding to two decimals would turn a finding or one of its parts."""
    parts = (finding.get("parts") or {}).get("parts") or ()
    return bool(finding.get("rounding_flips")) or any(
        part.get("rounding_flips") for part in parts if isinstance(part, Mapping)
    )


def when(time: str) -> str:
    """Return a time that was kept in UTC as China's clocks show it.

    >>> when("2026-11-22T19:00:07+00:00")
    '2026-11-23 03:00'
    """
    return datetime.fromisoformat(time).astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")


def money(exact: str) -> str:
    """Return an amount of money, exact as text, with its thousands parted.

    >>> money("1234567.5"), money("10/3"), money("9000")
    ('1,234,567.50', '3.33', '9,000')
    """
    value = Fraction(exact)
    if value.denominator == 1:
        return f"{value.numerator:,}"
    whole, _, cents = rounded_text(value, 2).partition(".")
    return f"{int(whole):,}.{cents}"
