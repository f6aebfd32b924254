"""A CSV table of amounts and pupils, one school a row, read as decimals and never as floats."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from sampling.problems import N_, Problem
from scoring.figures import read_decimal

Cell = tuple[str, str]


def read_amounts(path: Path, amount: str, pupils: str) -> list[tuple[Fraction, int]]:
    """Return (amount, pupils) for each row of a UTF-8 CSV file with a header; blank rows are not.

    Amounts are decimals from 0 up, pupils whole numbers above 0. Raises `Problem` with file,
    line and column, what was expected and what stands there. A row has as many cells as the
    header: an unquoted 1,234 would else move every cell after it.
    """
    if amount == pupils:
        raise Problem(N_("amount and pupils are the same column, {column!r}"), column=amount)
    pairs = [
        (
            _amount(row[0], f"{path} line {line} column {amount}"),
            _pupils(row[1], f"{path} line {line} column {pupils}"),
        )
        for line, row in _rows(path, amount, pupils)
    ]
    if not pairs:
        raise Problem(N_("expected at least one row, got none"), where=str(path))
    return pairs


def _rows(path: Path, *columns: str) -> Iterator[tuple[int, Cell]]:
    """Yield the line number and the two cells of each row that is not blank."""
    reader = csv.reader(io.StringIO(_text(path)), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        first, second = (_position(header, column, path) for column in columns)
        for row in reader:
            if any(cell.strip() for cell in row):
                _check_width(row, header, f"{path} line {reader.line_num}")
                yield reader.line_num, (row[first], row[second])
    except csv.Error as error:
        raise Problem(
            N_("line {line} is not CSV: {reason}"),
            where=str(path),
            line=reader.line_num,
            reason=error,
        ) from error


def _check_width(row: list[str], header: list[str], where: str) -> None:
    if len(row) != len(header):
        raise Problem(
            N_("expected {expected} cells, as in the header, got {got}"),
            where=where,
            expected=len(header),
            got=len(row),
        )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error
    except UnicodeDecodeError as error:
        raise Problem(
            N_("is not UTF-8 text; save the table as CSV in UTF-8"), where=str(path)
        ) from error


def _position(header: list[str], column: str, path: Path) -> int:
    if header.count(column.strip()) != 1:
        raise Problem(
            N_("expected one column {column!r}, got the columns {header}"),
            where=str(path),
            column=column,
            header=", ".join(header) or "-",
        )
    return header.index(column.strip())


def _amount(text: str, where: str) -> Fraction:
    value = _number(text, where, N_("expected a number from 0 up, got {got!r}"))
    if value < 0:
        raise Problem(N_("expected a number from 0 up, got {got!r}"), where=where, got=text)
    return value


def _pupils(text: str, where: str) -> int:
    value = _number(text, where, N_("expected a whole number of pupils above 0, got {got!r}"))
    if value <= 0 or value.denominator != 1:
        raise Problem(
            N_("expected a whole number of pupils above 0, got {got!r}"), where=where, got=text
        )
    return value.numerator


def _number(text: str, where: str, message: str) -> Fraction:
    try:
        return read_decimal(text)
    except Problem:
        raise Problem(message, where=where, got=text) from None
