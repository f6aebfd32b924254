"""综合差异系数: the mean of the single coefficients of a stage, judged exactly.

A coefficient is the square root of a fraction, so a mean of several is no fraction, and a float
could fall on the wrong side of a limit. Roots that are whole fractions are taken out; the rest is
enclosed between two fractions, closer and closer, until the limit lies outside. That ends: a sum
of irrational square roots is irrational and so never equals the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from scoring.figures import square_root

FIRST_DIGITS = 20


@dataclass(frozen=True, slots=True)
class CompositeCoefficient:
    """The mean of coefficients, given by their exact `squares` (CV^2 of each indicator)."""

    squares: tuple[Fraction, ...]

    @property
    def value(self) -> Fraction:
        """The mean to about 30 significant digits, for display."""
        return sum(map(square_root, self.squares), Fraction()) / len(self.squares)

    def is_within(self, limit: Fraction) -> bool:
        """Return whether the mean is at most `limit`, exactly.

        >>> CompositeCoefficient((Fraction(1, 4), Fraction(1, 9))).is_within(Fraction(5, 12))
        True
        >>> CompositeCoefficient((Fraction(1, 4), Fraction(1, 8))).is_within(Fraction("0.4267766"))
        False
        """
        roots = [exact_root(square) for square in self.squares]
        rest = limit * len(self.squares) - sum((root for root in roots if root), Fraction())
        surds = [s for s, root in zip(self.squares, roots, strict=True) if root is None]
        return is_sum_within(surds, rest)


def exact_root(square: Fraction) -> Fraction | None:
    """Return the square root where it is a fraction, else None.

    >>> exact_root(Fraction(4, 9)), exact_root(Fraction(1, 2))
    (Fraction(2, 3), None)
    """
    root = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    return root if root * root == square else None


def is_sum_within(surds: Sequence[Fraction], limit: Fraction) -> bool:
    """Return whether the square roots of `surds`, all irrational, add up to at most `limit`."""
    digits = FIRST_DIGITS
    while True:
        scale = 10**digits
        low = sum(isqrt(s.numerator * scale * scale // s.denominator) for s in surds)
        if Fraction(low + len(surds), scale) <= limit:
            return True
        if Fraction(low, scale) > limit:
            return False
        digits *= 2
