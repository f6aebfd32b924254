"""CSV files as people's programs write them: names of columns, lines of rows, what is wrong where.

All of this reads slowly and strictly (RFC 4180); `scoring.survey_table` reads what is large.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from difflib import get_close_matches
from io import BufferedReader
from pathlib import Path

from sampling.problems import N_, Problem

ENCODINGS = ("utf-8", "gb18030")
"""In the order in which they are tried; UTF-8 with or without a mark at the start."""
LISTED = 20
"""Of a file's columns this many are named in a message."""
SIGNATURES = {
    b"PK\x03\x04": N_("is a workbook or an archive, not CSV; save the sheet as CSV in UTF-8"),
    b"\xd0\xcf\x11\xe0": N_("is an old Excel workbook, not CSV; save the sheet as CSV in UTF-8"),
    b"\xff\xfe": N_("is UTF-16 text; save it as CSV in UTF-8"),
    b"\xfe\xff": N_("is UTF-16 text; save it as CSV in UTF-8"),
}


def read_header(stream: BufferedReader, path: Path, encoding: str) -> tuple[list[str], int]:
    """Return the column names and how many lines they take; the stream stands behind them."""
    start = stream.peek(4)
    for signature, message in SIGNATURES.items():
        if start.startswith(signature):
            raise Problem(message, where=str(path))
    reader = csv.reader(_decode_lines(stream, encoding), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise _not_csv(path, reader.line_num, error) from error
    if not any(header):
        raise Problem(N_("expected a header with the names of the columns"), where=str(path))
    return header, reader.line_num


def _decode_lines(stream: BufferedReader, encoding: str) -> Iterator[str]:
    for number, line in enumerate(iter(stream.readline, b"")):
        yield line.decode("utf-8-sig" if encoding == "utf-8" and not number else encoding)


def find_encoding(path: Path) -> str:
    """Return which of `ENCODINGS` a file can be read in. Raises Problem where it is none."""
    for encoding in ENCODINGS:
        with path.open(encoding=encoding) as stream, suppress(UnicodeDecodeError):
            for _ in stream:
                pass
            return encoding
    raise not_text(path)


def not_text(path: Path) -> Problem:
    """Return what is said of a file in no known encoding."""
    return Problem(
        N_("is neither UTF-8 nor GB18030 text; save it as CSV in UTF-8"), where=str(path)
    )


def find_column(name: str, header: Sequence[str], path: Path) -> int:
    """Return the place of the column `name`. Raises Problem where it is missing or ambiguous."""
    times = header.count(name.strip())
    if times == 1:
        return header.index(name.strip())
    if times:
        message = N_("{times} columns are named {column!r}; name each differently")
    elif len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        message = N_("the cells are not separated by commas: the header is {columns!r}")
    elif near := _find_near(name.strip(), header):
        message = N_("there is no column {column!r}; did you mean {near}?")
        raise Problem(message, where=str(path), column=name, near=near)
    else:
        message = N_("there is no column {column!r}; the columns are {columns}")
    raise Problem(message, where=str(path), column=name, times=times, columns=_list(header))


def _find_near(name: str, header: Sequence[str]) -> str:
    """Return the columns whose names are like `name` or hold it, ready to be shown."""
    lower = {column: column.casefold() for column in header}
    holding = [column for column, text in lower.items() if name and name.casefold() in text]
    near = get_close_matches(name.casefold(), list(lower.values()), n=3)
    close = [column for column, text in lower.items() if text in near]
    return " / ".join(repr(column) for column in dict.fromkeys((*close, *holding[:3])))


def _list(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in header[:LISTED])
    return shown if len(header) <= LISTED else f"{shown}, … ({len(header)})"


def check_rows(path: Path, encoding: str) -> int:
    """Return the number of rows. Raises Problem for one that is not CSV or has another width."""
    rows = 0
    width = None
    for line, cells in scan_rows(path, encoding):
        width = width or len(cells)
        rows += 1
        if len(cells) != width:
            raise Problem(
                N_("expected {expected} cells, as in the header, got {got}"),
                where=f"{path} line {line}",
                expected=width,
                got=len(cells),
            )
    return rows - 1


def scan_rows(path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and cells of the header and of each row, read slowly and strictly."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=codec, newline="") as stream:
        reader = csv.reader(stream, strict=True)
        try:
            for cells in reader:
                if cells:
                    yield reader.line_num, cells
        except csv.Error as error:
            raise _not_csv(path, reader.line_num, error) from error


def _not_csv(path: Path, line: int, error: csv.Error) -> Problem:
    return Problem(N_("line {line} is not CSV: {reason}"), where=str(path), line=line, reason=error)


class ScannedLines:
    """The lines of rows, found by reading the file; rows that ascend are found in one pass."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._place = path, encoding
        self._lines, self._line, self._row = self._begin()

    def __call__(self, row: int) -> int:
        if row < self._row:
            self._lines, self._line, self._row = self._begin()
        while self._row < row:
            self._line = next(self._lines)[0]
            self._row += 1
        return self._line

    def _begin(self) -> tuple[Iterator[tuple[int, list[str]]], int, int]:
        rows = scan_rows(*self._place)
        return rows, next(rows)[0], -1
