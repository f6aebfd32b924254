"""校际差异系数: the difference coefficient between schools, weighted by pupils and judged exactly.

With a_i the amount and P_i the pupils of school i, x_i = a_i / P_i and P = sum P_i:
X = (sum a_i) / P, S^2 = sum (P_i / P) (x_i - X)^2, CV = S / X.
The mean is the pooled one, not the mean of the schools, and the spread is weighted; both
differences from what a spreadsheet's STDEV / AVERAGE gives decide real cases.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from scoring.figures import square_root


@dataclass(frozen=True, slots=True)
class DifferenceCoefficient:
    """Mean and variance of a value per pupil, exact.

    `mean` is X in the amount's unit per pupil, `variance` is S^2.
    """

    schools: int
    mean: Fraction
    variance: Fraction

    @property
    def square(self) -> Fraction | None:
        """CV^2 = S^2 / X^2, exact; None where the mean is 0 and the coefficient undefined."""
        return self.variance / self.mean**2 if self.mean else None

    @property
    def value(self) -> Fraction | None:
        """CV to 30 significant digits, for display; None where undefined."""
        return None if self.square is None else square_root(self.square)

    @property
    def sd(self) -> Fraction:
        """S to 30 significant digits, for display."""
        return square_root(self.variance)

    def is_within(self, limit: Fraction) -> bool | None:
        """Return whether CV <= `limit`, as S^2 <= (limit X)^2; None where CV is undefined.

        >>> difference_coefficient([(Fraction(1), 1), (Fraction(3), 1)]).is_within(Fraction("0.5"))
        True
        """
        return self.variance <= (limit * self.mean) ** 2 if self.mean else None


def difference_coefficient(amounts: Iterable[tuple[Fraction, int]]) -> DifferenceCoefficient:
    """Return the coefficient of (amount, pupils) pairs, one for each school or section.

    Amounts are totals of the school, in any unit, from 0 up; pupils are above 0. Raises
    `Problem` for no school or a school without pupils.
    """
    pairs = list(amounts)
    if not pairs or any(pupils <= 0 for _, pupils in pairs):
        raise Problem(N_("a difference coefficient needs schools, each with pupils"))
    pupils = sum(n for _, n in pairs)
    mean = sum((amount for amount, _ in pairs), Fraction()) / pupils
    squares = sum((amount * amount / n for amount, n in pairs), Fraction()) / pupils
    return DifferenceCoefficient(schools=len(pairs), mean=mean, variance=squares - mean * mean)
