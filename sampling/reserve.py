"""How deep a reserve (备用样本) is: so many people in each stratum, or so many times its sample."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem

MAX_DIGITS = 9
_NUMBER = re.compile(rf"[0-9]{{1,{MAX_DIGITS}}}")
_TIMES = re.compile(rf"x[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DIGITS}}})?")


@dataclass(frozen=True, slots=True)
class Reserve:
    """`times` the sample of a stratum, rounded up, and `people` more; both 0 or greater."""

    times: Fraction
    people: int

    def count(self, n: int) -> int:
        """Return how deep the reserve of a stratum is in which `n` people are drawn.

        >>> read_reserve("x1.5").count(7), read_reserve("20").count(7)
        (11, 20)
        """
        return -(-n * self.times.numerator // self.times.denominator) + self.people


def read_reserve(text: str) -> Reserve:
    """Read a depth: "20" for 20 people in each stratum, "x1.5" for one and a half times its n.

    Raises `Problem` for anything else; at most 9 digits before and after the point.
    """
    if _NUMBER.fullmatch(text):
        return Reserve(Fraction(0), int(text))
    if _TIMES.fullmatch(text):
        return Reserve(Fraction(text[1:]), 0)
    raise Problem(
        N_("the reserve: expected a number of people like 20, or times n like x1.5, got {got!r}"),
        got=text,
    )
