"""A survey's CSV file, whoever wrote it: the columns that an estimate needs, and nothing else.

The file is read in blocks and kept as codes of labels: some bytes a row and column, however long
the labels are. UTF-8 comes first, with or without a mark; what is not UTF-8 is tried as GB18030,
which is what Chinese spreadsheets write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES
from scoring.csv_file import (
    ENCODINGS,
    ScannedLines,
    check_rows,
    find_column,
    not_text,
    read_header,
)
from scoring.figures import read_decimal
from scoring.sample_design import FloatArray

KNOWN_ORDERS = (
    CATEGORIES,
    ("家长", "教师", "校长", "人大代表", "政协委员", "学生", "其他群众"),
    ("urban", "town", "rural"),
    ("城区", "镇区", "乡村"),
)
"""Labels that have an order of their own, where a column holds no others."""
BLOCK = 2**24
"""Bytes that are parsed at a time; a row must fit into them."""

Progress = Callable[[int], None]
"""Is told how many bytes more were read."""


@dataclass(frozen=True, slots=True, eq=False)
class SurveyTable:
    """Columns of a survey, `n` rows each.

    columns
        Categorical: the labels as text without blanks round them, in order (numbers by size); a
        blank cell is missing.
    encoding
        What the file was read as, one of `ENCODINGS`.
    line
        Gives the line of the file on which row 0 to n - 1 ends.
    """

    path: Path
    n: int
    columns: Mapping[str, pd.Series]
    encoding: str
    line: Callable[[int], int]

    def where(self, row: int) -> str:
        """Return the place of a row for a message."""
        return f"{self.path} line {self.line(row)}"

    def numbers(self, name: str) -> FloatArray:
        """Return (n,) a column's values; a blank is NaN.

        Raises Problem with the line of the first cell that is not a finite decimal number.
        """
        column = self.columns[name].cat
        labels = column.categories
        values = np.append(_parse_numbers(labels), np.nan)
        codes = column.codes.to_numpy()
        strange = np.flatnonzero(~np.isfinite(values[:-1]))
        if len(strange):
            row = int(np.flatnonzero(np.isin(codes, strange))[0])
            raise Problem(
                N_("column {column}: expected a number, got {got!r}"),
                where=self.where(row),
                column=name,
                got=str(labels[codes[row]]),
            )
        return values[codes]


def read_survey(
    path: Path, columns: Sequence[str], progress: Progress | None = None
) -> SurveyTable:
    """Return the named columns of a CSV file (RFC 4180) with a header.

    Blank lines are no rows; a row of commas is one, with everything blank. Names and labels are
    taken without blanks round them. Raises Problem for a file that is not such CSV, has no rows or
    a row with more or fewer cells than the header, and for a column that is not there or twice;
    with file, line and what the file has instead.
    """
    for encoding in ENCODINGS:
        try:
            return _read(path, columns, encoding, progress or (lambda _: None))
        except UnicodeError:
            continue
    raise not_text(path)


def _read(path: Path, columns: Sequence[str], encoding: str, progress: Progress) -> SurveyTable:
    with path.open("rb") as stream:
        header, header_lines = read_header(stream, path, encoding)
        places = {name: find_column(name, header, path) for name in columns}
        source = _CountedFile(stream, progress)
        table = _parse(source, len(header), sorted(set(places.values())), encoding, path)
    if not table.num_rows:
        raise Problem(N_("has a header and no rows"), where=str(path))
    line = _find_lines(path, encoding, header_lines, table.num_rows, source)
    read = {place: _label(table.column(str(place))) for place in set(places.values())}
    found = {name: read[place] for name, place in places.items()}
    return SurveyTable(path, table.num_rows, found, encoding, line)


class _CountedFile:
    """A binary file that counts what passes: lines and quotes, and bytes for the progress."""

    def __init__(self, stream: BufferedReader, progress: Progress) -> None:
        self._stream = stream
        self._progress = progress
        self._last = b"\n"
        self.newlines = 0
        self.quotes = 0
        progress(stream.tell())

    @property
    def closed(self) -> bool:
        """Whether it can no longer be read; pyarrow asks."""
        return self._stream.closed

    @property
    def lines(self) -> int:
        """Lines read; the last one counts without its end."""
        return self.newlines + (self._last != b"\n")

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size`."""
        data = self._stream.read(size)
        self.newlines += data.count(b"\n")
        self.quotes += data.count(b'"')
        self._last = data[-1:] or self._last
        self._progress(len(data))
        return data


def _parse(
    source: _CountedFile, width: int, places: Sequence[int], encoding: str, path: Path
) -> Any:
    """Return the Arrow table of the columns at `places`, each named by its place."""
    chosen = [str(place) for place in places]
    kind = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([(name, kind) for name in chosen])
    with _explained(path, encoding):
        try:
            reader = pa_csv.open_csv(
                pa.PythonFile(source, mode="r"),
                read_options=pa_csv.ReadOptions(
                    column_names=[str(place) for place in range(width)],
                    block_size=BLOCK,
                    encoding="utf8" if encoding == "utf-8" else encoding,
                ),
                parse_options=pa_csv.ParseOptions(newlines_in_values=True),
                convert_options=pa_csv.ConvertOptions(
                    include_columns=chosen, column_types=dict.fromkeys(chosen, kind)
                ),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return schema.empty_table()
            raise
        return pa.Table.from_batches(list(reader), schema)


@contextmanager
def _explained(path: Path, encoding: str) -> Iterator[None]:
    """Raise what the parser complains of as a Problem with its line, or as UnicodeError."""
    try:
        yield
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise UnicodeError(str(error)) from error
        check_rows(path, encoding)
        raise Problem(
            N_("cannot be read as CSV: {reason}"), where=str(path), reason=error
        ) from error


def _find_lines(
    path: Path, encoding: str, header_lines: int, rows: int, source: _CountedFile
) -> Callable[[int], int]:
    """Return what tells the line of a row.

    Where the file has as many lines as rows, it is counted. Else cells hold line breaks, or lines
    are blank, or a quote is open: the file is read again, strictly, when it has quotes.
    """
    if source.lines == rows and source.quotes % 2 == 0:
        return lambda row: header_lines + row + 1
    if source.quotes and check_rows(path, encoding) != rows:
        raise Problem(N_("a quote is opened and not closed"), where=str(path))
    return ScannedLines(path, encoding)


# Labels


def _label(column: Any) -> pd.Series:
    """Return an Arrow column of text as categories: trimmed, in order, blanks missing."""
    coded = column.unify_dictionaries().combine_chunks()
    trimmed = pc.utf8_trim_whitespace(coded.dictionary).dictionary_encode()
    labels = trimmed.dictionary
    order = _order(labels)
    rank = np.empty(len(labels) + 1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    is_blank = pc.equal(labels, "").to_numpy(zero_copy_only=False)
    rank[:-1][is_blank] = -1
    codes = rank[trimmed.indices.to_numpy()][coded.indices.to_numpy()]
    categories = pd.Index(labels.take(pa.array(order)).to_pandas())
    return pd.Series(pd.Categorical.from_codes(codes, categories=categories))


def _order(labels: Any) -> Any:
    """Return the places of the labels that are not blank, in their order.

    A known order first, numbers by size, else by code point.
    """
    places = np.flatnonzero(pc.not_equal(labels, "").to_numpy(zero_copy_only=False))
    kept = labels.take(pa.array(places))
    longest = max(map(len, KNOWN_ORDERS))
    words = kept.to_pylist() if len(kept) <= longest else []
    for known in KNOWN_ORDERS:
        if words and set(words) <= set(known):
            return places[np.argsort([known.index(word) for word in words])]
    try:
        keys = pc.cast(kept, pa.float64())
    except pa.ArrowInvalid:
        keys = kept
    return places[pc.sort_indices(keys).to_numpy()]


def _parse_numbers(labels: pd.Index) -> FloatArray:
    """Return (C,) the labels as numbers; NaN for what is none."""
    text = pa.array(labels, type=pa.string())
    try:
        return np.asarray(pc.cast(text, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        return np.array([_parse_number(str(label)) for label in labels])


def _parse_number(text: str) -> float:
    try:
        return float(read_decimal(text))
    except Problem:
        return np.nan
