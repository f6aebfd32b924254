"""What a limit is: a comparison and an exact number, as the law's words have it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

COMPARISONS = (">=", "<=", "<")
"""以上 / 不低于 / 达到; 不超过; 低于."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: `text` as the rule set has it, `value` exact."""

    comparison: str
    text: str
    value: Fraction

    def holds(self, value: Fraction) -> bool:
        """Return whether `value` keeps the limit, compared exactly."""
        return compare(value, self.comparison, self.value)


def compare(value: Fraction, comparison: str, limit: Fraction) -> bool:
    """Return whether `value` stands to `limit` as `comparison` (>=, <=, < or >) says.

    >>> compare(Fraction(17, 20), ">=", Fraction("0.85"))
    True
    >>> compare(Fraction(3, 20), "<", Fraction("0.15"))
    False
    """
    if comparison == ">=":
        return value >= limit
    if comparison == "<=":
        return value <= limit
    return value < limit if comparison == "<" else value > limit
