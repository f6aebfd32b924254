"""Where a frame comes from: CSV or Parquet, read in chunks so that it never has to fit in memory.

Any other source (a workbook, a database table) does what `FrameSource` says.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sampling.frame import COLUMNS, check_widths, decode_text, find_columns
from sampling.problems import N_, Problem

FIRST_BLOCK = 1 << 16  # bytes
BLOCK = 1 << 24
CHUNK_ROWS = 1 << 17
_VALUE = r'(?:[^",\r]*|"(?:[^"]|"")*")'
_QUOTED_LINE = rf"^{_VALUE}(?:,{_VALUE})*\r?$"
PARQUET_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some people in a row: the six columns as text, raw, and where each of them stands.

    `locate` is asked only when something is wrong, so it may read the source again.
    """

    columns: pa.RecordBatch
    locate: Callable[[], Sequence[str]]


class FrameSource(Protocol):
    """What a frame can be read from, more than once and the same each time."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield everybody, in the columns of a frame and in their order; nulls are blanks."""
        ...


def open_file(path: Path) -> FrameSource:
    """Return the source for a file, told by its ending: Parquet or else CSV."""
    return ParquetSource(path) if path.suffix.lower() in PARQUET_SUFFIXES else CsvSource(path)


@dataclass(frozen=True, slots=True)
class ParquetSource:
    """A Parquet file with the six columns as text, in any order."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield the rows; they are counted from 1."""
        first = 1
        try:
            names = self._check_columns(pq.read_schema(self.path))
            with self._open(names) as file:
                for batch in file.iter_batches(CHUNK_ROWS, columns=names):
                    chunk = pa.record_batch([batch.column(n) for n in names], names=list(COLUMNS))
                    yield Chunk(chunk, _count_rows(self.name, first, len(chunk)))
                    first += len(chunk)
        except (OSError, pa.ArrowException) as error:
            raise Problem(
                N_("cannot be read: {reason}"), where=str(self.path), reason=_say(error)
            ) from error

    def _open(self, names: Sequence[str]) -> pq.ParquetFile:
        # Through a small buffer: a row group may be bigger than the memory.
        return pq.ParquetFile(
            self.path, read_dictionary=names[1:], pre_buffer=False, buffer_size=1 << 20
        )

    def _check_columns(self, schema: pa.Schema) -> list[str]:
        names: list[str] = schema.names
        order = [names[index] for index in find_columns(names, self.name)]
        for name in order:
            check_type(name, schema.field(name).type, self.name)
        return order


def check_type(column: str, kind: pa.DataType, where: str) -> None:
    """Raise `Problem` unless `kind` is text, or whole numbers that can be written as such."""
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    fits = (pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_null)
    if not any(test(kind) for test in fits):
        raise Problem(
            N_("column {column}: expected text, got {kind}"),
            where=where,
            column=column,
            kind=str(kind),
        )


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A CSV file as `sampling.frame.read_frame` reads it, in blocks of lines.

    A block is split by Arrow when it is plain. Whatever is not, or makes Arrow stumble, is read by
    Python's csv module, which knows the line of what is wrong.
    """

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def read_chunks(self) -> Iterator[Chunk]:
        """Yield the lines; a place is a line of the file."""
        try:
            with self.path.open("rb") as file:
                yield from self._read_blocks(file)
        except OSError as error:
            raise Problem(
                N_("cannot be read: {reason}"), where=str(self.path), reason=_say(error)
            ) from error

    def _read_blocks(self, file: BinaryIO) -> Iterator[Chunk]:
        # The first block is small and read with care, because the header is in it.
        records, line = self._read_carefully(_read_block(file, FIRST_BLOCK), 1, file)
        if not records:
            raise Problem(
                N_("is empty, expected a header line and one line per person"), where=self.name
            )
        order = find_columns(records[0][1], self.name)
        yield self._make_chunk(records[1:], order)
        while block := _read_block(file, BLOCK):
            batches = _split_fast(block, order)
            if batches is None:
                records, line = self._read_carefully(block, line, file)
                yield self._make_chunk(records, order)
            else:
                yield from self._make_chunks(batches, block, line)
                line += block.count(b"\n")

    def _make_chunks(
        self, batches: Sequence[pa.RecordBatch], block: bytes, line: int
    ) -> Iterator[Chunk]:
        start = 0
        for batch in batches:
            yield Chunk(batch, _Lines(self, block, line, range(start, start + len(batch))))
            start += len(batch)

    def locate_lines(self, block: bytes, first_line: int) -> list[str]:
        """Return the place of each record of a whole `block`."""
        records, _ = self._read_carefully(block, first_line, io.BytesIO())
        return [f"{self.name} line {line}" for line, _ in records]

    def _make_chunk(self, records: list[tuple[int, list[str]]], order: Sequence[int]) -> Chunk:
        body = [
            (line, values)
            for line, values in records
            if len(values) == len(order) or any(map(str.strip, values))
        ]
        check_widths(body, len(order), self.name)
        columns = [pa.array([values[index] for _, values in body], pa.string()) for index in order]
        places = [f"{self.name} line {line}" for line, _ in body]
        return Chunk(pa.record_batch(columns, names=list(COLUMNS)), lambda: places)

    def _read_carefully(
        self, block: bytes, first_line: int, file: BinaryIO
    ) -> tuple[list[tuple[int, list[str]]], int]:
        """Return the records of `block` with their lines, and the line that comes after them.

        A record that goes on beyond the block is read to its end from `file`.
        """
        text = decode_text(block, self.name, first_line)
        lines = list(io.StringIO(text, newline=""))
        rest = (decode_text(more, self.name, first_line + len(lines)) for more in file)
        reader = csv.reader(chain(lines, rest), strict=True)
        records: list[tuple[int, list[str]]] = []
        line = first_line
        try:
            while reader.line_num < len(lines):
                values = next(reader)
                if values:
                    records.append((line, values))
                line = first_line + reader.line_num
        except csv.Error as error:
            raise Problem(
                N_("is not a well-formed CSV line: {reason}"),
                where=f"{self.name} line {line}",
                reason=error,
            ) from error
        return records, line


@dataclass(frozen=True, slots=True)
class _Lines:
    """The places of some records of a block, found by reading the block once more."""

    source: CsvSource
    block: bytes
    first_line: int
    records: range

    def __call__(self) -> Sequence[str]:
        places = self.source.locate_lines(self.block, self.first_line)
        return places[self.records.start : self.records.stop]


def _read_block(file: BinaryIO, size: int) -> bytes:
    return file.read(size) + file.readline()


def _split_fast(block: bytes, order: Sequence[int]) -> list[pa.RecordBatch] | None:
    """Split a block of lines with Arrow; None when only Python's reader may judge it."""
    if block.count(b"\r") != block.count(b"\r\n") or b"\0" in block:
        return None
    quote: str | bool = '"' if b'"' in block else False
    names = [COLUMNS[order.index(index)] for index in range(len(order))]
    coded = dict.fromkeys(COLUMNS[1:], pa.dictionary(pa.int32(), pa.string()))
    try:
        if quote and not _is_well_quoted(block):
            return None
        table = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            pyarrow.csv.ReadOptions(column_names=names, block_size=BLOCK // 4),
            pyarrow.csv.ParseOptions(quote_char=quote),
            pyarrow.csv.ConvertOptions(
                column_types={"id": pa.string(), **coded},
                include_columns=list(COLUMNS),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    batches: list[pa.RecordBatch] = table.to_batches()
    return batches


def _is_well_quoted(block: bytes) -> bool:
    """Say whether each line by itself is right by the strict reading of quotes.

    Arrow lets text after a closing quote pass, which the strict reading refuses.
    """
    lines = pc.split_pattern(pa.array([block], pa.binary()), b"\n").flatten()
    return bool(pc.all(pc.match_substring_regex(lines, _QUOTED_LINE)).as_py())


def _count_rows(name: str, first: int, count: int) -> Callable[[], Sequence[str]]:
    return lambda: [f"{name} row {number}" for number in range(first, first + count)]


def _say(error: Exception) -> object:
    return getattr(error, "strerror", None) or " ".join(str(error).split())
