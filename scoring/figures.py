"""Figures as people write them, read and written exactly: text to `Fraction` and back."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from sampling.problems import N_, Problem

DECIMAL = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
FULL_WIDTH = {0x3000: " ", **{0xFEE0 + code: chr(code) for code in range(0x21, 0x7F)}}
"""Full-width forms by code point. NFKC would do more: it makes 12 of 1², and 3 of ③."""
LONGEST = 60
SPREADSHEET_DIGITS = Context(prec=15, rounding=ROUND_HALF_EVEN)
NORMAL_DIGITS = 2
MOST_DIGITS = 12


def read_decimal(text: str, *, where: str = "") -> Fraction:
    """Return the exact value of a decimal number written as text, full-width digits included.

    Raises `Problem` for anything else: words, blanks, percent signs, thousands separators, and
    characters that only look like digits (², ③, ½).

    >>> read_decimal(" ４.195 ")
    Fraction(839, 200)
    """
    plain = text.translate(FULL_WIDTH).strip()
    if len(plain) > LONGEST or not DECIMAL.fullmatch(plain):
        raise Problem(N_("expected a number, got {got!r}"), where=where, got=text)
    return Fraction(plain)


def read_exact(text: str) -> Fraction:
    """Return the value that `exact_text` wrote; a squared coefficient has terms of any length.

    Raises `Problem` for anything else.

    >>> read_exact("4.195"), read_exact("96/113")
    (Fraction(839, 200), Fraction(96, 113))
    """
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise Problem(N_("expected a number, got {got!r}"), got=text[:LONGEST]) from error


def read_cell(text: str, *, where: str = "") -> Fraction:
    """Return a spreadsheet cell's value: the decimal of at most 15 digits that it stands for.

    A spreadsheet keeps binary doubles; what a person typed comes back within 15 digits.

    >>> read_cell("0.30000000000000004")
    Fraction(3, 10)
    """
    value = read_decimal(text, where=where)
    short = SPREADSHEET_DIGITS.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(short)


def exact_text(value: Fraction) -> str:
    """Return `value` without loss: a decimal where it ends, else numerator/denominator.

    >>> exact_text(Fraction("4.195")), exact_text(Fraction(96, 113)), exact_text(Fraction(1200))
    ('4.195', '96/113', '1200')
    """
    twos, rest = _strip_factor(value.denominator, 2)
    fives, rest = _strip_factor(rest, 5)
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    return rounded_text(value, max(twos, fives))


def _strip_factor(number: int, factor: int) -> tuple[int, int]:
    """Return how often `factor` divides `number`, and what is left."""
    times = 0
    while number % factor == 0:
        number, times = number // factor, times + 1
    return times, number


def rounded_text(value: Fraction, digits: int) -> str:
    """Return `value` with `digits` decimals, halves away from zero.

    >>> rounded_text(Fraction("4.195"), 2), rounded_text(Fraction(-1, 3), 3)
    ('4.20', '-0.333')
    """
    scaled, rest = divmod(abs(value.numerator) * 10**digits, value.denominator)
    scaled += 2 * rest >= value.denominator
    whole = f"{scaled:0{digits + 1}d}"
    sign = "-" if value < 0 and scaled else ""
    return sign + (f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole)


def display_text(
    value: Fraction, limit: Fraction | None = None, *, digits: int = NORMAL_DIGITS
) -> str:
    """Return `value` for people: `digits` decimals, more where those would move it past `limit`.

    >>> display_text(Fraction("4.195"), Fraction("4.2")), display_text(Fraction("4.2"))
    ('4.195', '4.20')
    >>> display_text(100 * Fraction(96, 113), Fraction(85))
    '84.96'
    """
    for shown in range(digits, MOST_DIGITS):
        text = rounded_text(value, shown)
        if limit is None or _side(Fraction(text), limit) == _side(value, limit):
            return text
    return rounded_text(value, MOST_DIGITS)


def _side(value: Fraction, limit: Fraction) -> int:
    return (value > limit) - (value < limit)


def whole_or_float(value: float) -> int | float:
    """Return `value`, as an int where it is whole.

    JSON knows one kind of number and JavaScript writes 812.0 as 812; a record that is written
    again by another program must keep its digest.

    >>> whole_or_float(812.0), whole_or_float(811.9)
    (812, 811.9)
    """
    return int(value) if value.is_integer() else value


def square_root(value: Fraction, digits: int = 30) -> Fraction:
    """Return the square root of `value` >= 0, right to `digits` significant digits.

    >>> square_root(Fraction(9, 4))
    Fraction(3, 2)
    """
    context = Context(prec=digits + 5)
    quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Fraction(Context(prec=digits).sqrt(quotient))
