"""The cells of tables (单元格): text as people write it, read exactly by the column's kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache

from sampling.problems import N_, Problem
from scoring.figures import FULL_WIDTH, exact_text, read_cell
from scoring.school_columns import FLAGS, Column

Cell = str | Fraction | None
"""A text, code, month (``2018-09``) or date (``2018-09-01``); a number; None where blank."""

LONGEST_FIGURE = 30
"""Characters of an exact figure; whatever is longer is a slip, not a measurement."""

UNITS: Mapping[str, Mapping[str, int]] = {
    "元": {"万元": 10_000, "元": 1, "yuan": 1},
    "平方米": {"平方米": 1, "m2": 1, "㎡": 1, "m²": 1},
}
"""Units that a header or a cell may use in place of a column's own, and what they stand for."""

PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
SAFE_DIGITS = 15
"""A spreadsheet keeps 15 digits; a longer number is looked at more closely."""

FLAG_WORDS = {"TRUE": "yes", "FALSE": "no", "有": "yes", "无": "no"}
MONTH = re.compile(r"([12][0-9]{3})[-./年](0?[1-9]|1[0-2])(?:[-./][0-9]{1,2}(?: .*)?|月)?")
DATE = re.compile(r"([12][0-9]{3})[-./年](0?[1-9]|1[0-2])[-./月]([0-9]{1,2})日?(?: .*)?")
YEAR = re.compile(r"([12][0-9]{3})年?")
DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class RowProblem(Problem):
    """Something wrong in a row; `place` is table, row as the file counts, and header or nothing."""

    def __init__(self, message: str, place: tuple[str, int, str], **values: object) -> None:
        self.table, self.row, self.column = place
        where = " · ".join(str(part) for part in place if part)
        super().__init__(message, where=where, **values)


def plain(text: str) -> str:
    """Return a text as it is compared: trimmed, compatibility forms narrow.

    >>> plain(" １２（万元） ")
    '12(万元)'
    """
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def narrow(text: str) -> str:
    """Return a number's text with full-width digits and signs narrow, and nothing else changed."""
    return text.translate(FULL_WIDTH).strip()


def read_value(column: Column, text: str, factor: int = 1) -> Cell:
    """Return what a cell says under its column; None where it is blank.

    `factor` is what a number is multiplied by, as where the header says 万元. Raises `Problem`
    without a place, which the caller knows.
    """
    trimmed = text.strip()
    if not trimmed or not (trimmed.isascii() or plain(trimmed)):
        return None
    return READERS[column.kind](column, trimmed, factor)


def factor_of(column: Column, unit: str) -> int | None:
    """Return how many of the column's units one of `unit` is; None where it is another measure.

    >>> yuan = Column("x", "经费", "Funds", "元", "amount")
    >>> factor_of(yuan, "万元"), factor_of(yuan, "人")
    (10000, None)
    """
    if not column.unit or plain(unit) == plain(column.unit):
        return 1
    return UNITS.get(column.unit, {}).get(plain(unit))


def cell_text(value: Cell) -> str:
    """Return a cell as exact text, which is read back to the same value."""
    if value is None:
        return ""
    return exact_text(value) if isinstance(value, Fraction) else value


def _text(_: Column, text: str, __: int) -> str:
    return unicodedata.normalize("NFC", text)


def _choice(column: Column, text: str, _: int) -> str:
    options, word = column.options or {}, plain(text)
    for code, chinese in options.items():
        if word in (code, plain(chinese)):
            return code
    expected = ", ".join(f"{chinese} ({code})" for code, chinese in options.items())
    raise Problem(N_("expected one of {expected}, got {got!r}"), expected=expected, got=text)


def _flag(_: Column, text: str, __: int) -> str:
    words = {**{chinese: code for code, chinese in FLAGS.items()}, **FLAG_WORDS}
    code = plain(text) if plain(text) in FLAGS else words.get(plain(text))
    if code is None:
        raise Problem(N_("expected 是 or 否, got {got!r}"), got=text)
    return code


def _amount(column: Column, text: str, factor: int) -> Fraction:
    if PLAIN_NUMBER.fullmatch(text) and len(text) <= SAFE_DIGITS:
        return _plain_number(text) * factor if factor != 1 else _plain_number(text)
    number, times = _without_unit(column, text, factor)
    try:
        value = read_cell(number) * times
    except Problem:
        raise Problem(N_("expected a number, got {got!r}"), got=text) from None
    if value < 0 or len(exact_text(value)) > LONGEST_FIGURE:
        raise Problem(N_("expected a number from 0 up, got {got!r}"), got=text)
    return value


@lru_cache(maxsize=65536)
def _plain_number(text: str) -> Fraction:
    """Return a plain decimal of few digits; most cells are one, and a table has many."""
    whole, _, part = text.partition(".")
    return Fraction(int(whole + part), 10 ** len(part))


def _without_unit(column: Column, text: str, factor: int) -> tuple[str, Fraction]:
    """Return the number in a cell and what it is to be multiplied by.

    A number may carry its unit, which then counts and not the header's; a plain ratio may be in
    percent. Everything else with another unit or a percent sign is no number.
    """
    number = narrow(text)
    for unit, times in UNITS.get(column.unit, {column.unit: 1}).items():
        if unit and number.endswith(unit):
            return number.removesuffix(unit), Fraction(times)
    if not column.unit and number.endswith("%"):
        return number[:-1], Fraction(1, 100)
    return number, Fraction(factor)


def _count(column: Column, text: str, factor: int) -> Fraction:
    value = _amount(column, text, factor)
    if value.denominator != 1:
        raise Problem(N_("expected a whole number, got {got!r}"), got=text)
    return value


def _percent(column: Column, text: str, _: int) -> Fraction:
    """Return a share in 0 to 1, written with its percent sign or, as spreadsheets keep it, plain.

    85 without a sign could be either and is refused.
    """
    share = _amount(Column(column.name, "", "", "", "amount"), text, 1)
    if share > 1:
        raise Problem(N_("expected a share such as 0.85 or 85%, got {got!r}"), got=text)
    return share


def _month(_: Column, text: str, __: int) -> str:
    found = MONTH.fullmatch(plain(text))
    if not found:
        raise Problem(N_("expected a month such as 2018-09, got {got!r}"), got=text)
    return f"{found[1]}-{int(found[2]):02d}"


def _date(_: Column, text: str, __: int) -> str:
    found = DATE.fullmatch(plain(text))
    if not found or not _is_day(*(int(part) for part in found.groups())):
        raise Problem(N_("expected a day such as 2026-04-30, got {got!r}"), got=text)
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"


def _is_day(year: int, month: int, day: int) -> bool:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 28 if month == 2 and not is_leap else DAYS_OF_MONTH[month - 1]
    return 1 <= day <= last


def _year(_: Column, text: str, __: int) -> Fraction:
    found = YEAR.fullmatch(plain(text))
    if not found:
        raise Problem(N_("expected a year such as 2026, got {got!r}"), got=text)
    return Fraction(found[1])


READERS: Mapping[str, Callable[[Column, str, int], str | Fraction]] = {
    "text": _text,
    "choice": _choice,
    "flag": _flag,
    "count": _count,
    "amount": _amount,
    "percent": _percent,
    "month": _month,
    "year": _year,
    "date": _date,
}
