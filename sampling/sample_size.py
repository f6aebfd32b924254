"""How many people are asked: residents times the rate, rounded up, in whole numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem
from sampling.survey_rules import SurveyRules
from sampling.toml_table import read_fraction

MAX_RESIDENTS = 10**11 - 1


def compute_sample_size(residents: int, rate: Fraction) -> int:
    """Return the number of people to draw: ``ceil(residents * rate)``.

    Parameters
    ----------
    residents
        Resident population (常住人口) of the county, 1 to 11 digits.
    rate
        People drawn per resident, above 0 and at most 1.

    Raises `Problem` when either is out of range. Exact: floats would give 122 in the last example.
    Source: 教督〔2017〕6号 as explained by Ordos ("1.5‰"); rounding up is the rule set's choice.

    >>> [compute_sample_size(size, Fraction("0.0015")) for size in (216053, 549359, 334000)]
    [325, 825, 501]
    >>> compute_sample_size(110_000, Fraction("0.0011"))
    121
    """
    check_residents(residents)
    check_rate(rate)
    return -(-residents * rate.numerator // rate.denominator)


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many people are drawn, `n`, and what a floor or a cap of the rules made of `asked`.

    `asked` is residents times rate, rounded up; `floor` is None where none applies, `cap` None
    where the rules have none.
    """

    n: int
    asked: int
    floor: int | None
    cap: int | None


def size_sample(residents: int, rate: Fraction, rules: SurveyRules, eligible: int) -> SampleSize:
    """Return how many people are drawn by `rules` from a frame of `eligible` people.

    A floor for small counties comes first, then the cap, a share of the frame. Raises `Problem`
    when residents or rate are out of range.

    >>> from sampling.survey_rules import load_survey_rules
    >>> size_sample(549_359, Fraction("0.0015"), load_survey_rules(), 140_000)
    SampleSize(n=825, asked=825, floor=None, cap=None)
    """
    asked = compute_sample_size(residents, rate)
    floors = [floor.n for floor in rules.size_floors if residents < floor.below]
    cap = None if rules.frame_cap is None else floor_of(rules.frame_cap, eligible)
    n = max([asked, *floors])
    return SampleSize(n if cap is None else min(n, cap), asked, max(floors, default=None), cap)


def floor_of(share: Fraction, people: int) -> int:
    """Return `share` of `people`, rounded down, but one person of any.

    >>> [floor_of(Fraction(1, 2), people) for people in (0, 1, 7)]
    [0, 1, 3]
    """
    return max(people * share.numerator // share.denominator, min(people, 1))


def read_residents(text: str) -> int:
    """Return the resident population that a person typed; raise `Problem` when it is none.

    >>> read_residents(" 549359 ")
    549359
    """
    stripped = text.strip()
    if not stripped:
        raise Problem(N_("residents: expected a whole number, got nothing"))
    if not re.fullmatch(r"[+-]?[0-9]+", stripped):
        raise Problem(N_("residents: expected a whole number, got {got!r}"), got=stripped[:40])
    if len(stripped.lstrip("+-0")) > len(str(MAX_RESIDENTS)):
        raise _too_many(len(stripped.lstrip("+-0")))
    residents = int(stripped)
    check_residents(residents)
    return residents


def check_residents(residents: int) -> None:
    """Raise `Problem` unless `residents` is 1 to 99,999,999,999."""
    if residents < 1:
        raise Problem(N_("residents: expected at least 1, got {got}"), got=residents)
    if residents > MAX_RESIDENTS:
        raise _too_many(len(str(residents)))


def read_rate(text: str) -> Fraction:
    """Return a rate typed as ``0.0015`` or ``3/2000``; raise `Problem` when it is none.

    >>> read_rate("0.0015")
    Fraction(3, 2000)
    """
    rate = read_fraction(text.strip()) if len(text) <= 40 else None
    if rate is None:
        raise Problem(
            N_("rate: expected a number like 0.0015 or 3/2000, got {got!r}"), got=text[:40]
        )
    check_rate(rate)
    return rate


def check_rate(rate: Fraction) -> None:
    """Raise `Problem` unless `rate` is above 0 and at most 1."""
    if not 0 < rate <= 1:
        raise Problem(N_("rate: expected more than 0 and at most 1, got {got}"), got=rate)


def format_rate(rate: Fraction) -> str:
    """Return `rate` as text, one text per value: a decimal where it ends, else a fraction.

    >>> format_rate(Fraction(3, 2000)), format_rate(Fraction(1, 3)), format_rate(Fraction(1))
    ('0.0015', '1/3', '1')
    """
    for places in range(41):
        scaled = rate * 10**places
        if scaled.denominator == 1:
            digits = str(scaled.numerator).rjust(places + 1, "0")
            return f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return str(rate)


def _too_many(digits: int) -> Problem:
    return Problem(N_("residents: expected at most 11 digits, got {digits}"), digits=digits)
