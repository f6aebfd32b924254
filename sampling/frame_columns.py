"""People as columns: a hundred thousand at once, each value that occurs looked at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from sampling.frame import COLUMNS, Unit, normalize_value

# As Parquet keeps them and as the engines read them: text, the five columns by dictionary.
SCHEMA = pa.schema(
    [("id", pa.string()), *((name, pa.dictionary(pa.int32(), pa.string())) for name in COLUMNS[1:])]
)
COUNTED = ("category", "area", "grade_band")
_PLAIN = bytes(range(0x21, 0x7F))  # ASCII that is neither blank nor control
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class UnitColumns:
    """Units as the columns of a frame, normalised; all but the ids by dictionary.

    `rows` are the numbers (from 0) that they had before blank lines were left out. `is_changed`
    says whether anything differs from what came in.
    """

    columns: tuple[pa.Array, ...]
    rows: Sequence[int]
    is_changed: bool

    @property
    def ids(self) -> pa.Array:
        """The ids, as text."""
        return self.columns[0]

    def __len__(self) -> int:
        """Return the number of units."""
        return len(self.rows)

    def get_unit(self, index: int) -> Unit:
        """Return one of the units, counted from 0."""
        return Unit(*(column[index].as_py() for column in self.columns))

    def to_batch(self) -> pa.RecordBatch:
        """Return them as they are written into a file."""
        return pa.record_batch(list(self.columns), schema=SCHEMA)

    def count_combinations(self) -> dict[tuple[str, ...], tuple[int, str]]:
        """Return the number of units, and the first id, for each combination of `COUNTED`."""
        columns = [self.columns[COLUMNS.index(name)] for name in COUNTED]
        codes = reduce(_join_codes, columns, pa.repeat(pa.scalar(0, pa.int64()), len(self)))
        table = pa.table([codes, self.ids], names=["code", "id"])
        # In one thread, so that the first is the first.
        groups = table.group_by("code", use_threads=False)
        counted = groups.aggregate([("id", "count"), ("id", "first")])
        return {
            _split_code(code, columns): (count, first)
            for code, count, first in zip(*(c.to_pylist() for c in counted.columns), strict=True)
        }

    def find_rows(self, column: str, is_wanted: Callable[[str], bool]) -> list[int]:
        """Return the indexes of the units whose value in `column` is wanted."""
        array = self.columns[COLUMNS.index(column)]
        if column == "id":
            return [index for index, value in enumerate(array.to_pylist()) if is_wanted(value)]
        values = array.dictionary.to_pylist()
        wanted = [code for code, value in enumerate(values) if is_wanted(value)]
        if not wanted:
            return []
        mask = pc.is_in(array.indices, value_set=pa.array(wanted, array.indices.type))
        rows: list[int] = pc.indices_nonzero(mask).to_pylist()
        return rows

    def has_plain_ids(self) -> bool:
        """Say whether the ids hold nothing but visible ASCII, and none is empty."""
        return _is_plain(self.ids) and not _has_blanks(self.ids)

    def write_lines(self) -> pa.Array:
        """Return what the digest of a frame hashes: one line of JSON for each unit."""
        ids = self.ids
        if _needs_escapes(ids):
            ids = pa.array([_encode(value)[1:-1] for value in ids.to_pylist()], pa.string())
        values = [_encode_values(column) for column in self.columns[1:]]
        return pc.binary_join_element_wise('["', ids, '"', *values, "]\n", "")


def clean_columns(raw: pa.RecordBatch) -> UnitColumns:
    """Return the units of `raw` trimmed, in NFC, null being blank, without all-blank lines."""
    ids, ids_changed = _clean_ids(raw.column("id"))
    cleaned = [_clean_values(raw.column(name)) for name in COLUMNS[1:]]
    columns = (ids, *(column for column, _ in cleaned))
    is_changed = ids_changed or any(changed for _, changed in cleaned)
    found = UnitColumns(columns, range(len(ids)), is_changed)
    return _drop_blank_lines(found) if _has_blanks(ids) else found


def tabulate_units(units: Sequence[Unit]) -> pa.Table:
    """Return units as a table of six columns of text."""
    columns = zip(*units, strict=True) if units else ((),) * len(COLUMNS)
    arrays = [pa.array(values, pa.string()) for values in columns]
    return pa.table(arrays, names=list(COLUMNS))


def get_bytes(texts: pa.Array) -> memoryview:
    """Return the bytes of all `texts` (not null), one after the other, without a copy."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[texts.offset] : ends[texts.offset + len(texts)]]


def is_ascending(ids: pa.Array) -> bool:
    """Say whether each id is greater than the one before, by code point."""
    return len(ids) < 2 or bool(pc.all(pc.less(ids[:-1], ids[1:])).as_py())


def _clean_ids(column: pa.Array) -> tuple[pa.Array, bool]:
    texts = _make_text(column)
    is_changed = texts is not column
    if not _is_plain(texts):
        values = texts.to_pylist()
        normalized = [normalize_value(value) for value in values]
        if normalized != values:
            return pa.array(normalized, pa.string()), True
    return texts, is_changed


def _make_text(column: pa.Array) -> pa.Array:
    texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
    return texts.fill_null("") if texts.null_count else texts


def _clean_values(column: pa.Array) -> tuple[pa.Array, bool]:
    coded = column
    if not (pa.types.is_dictionary(column.type) and pa.types.is_string(column.type.value_type)):
        coded = _make_text(column).dictionary_encode()
    values = coded.dictionary.to_pylist()
    normalized = [normalize_value(value or "") for value in values]
    if normalized == values and not coded.null_count:
        return coded, False
    codes = {value: code for code, value in enumerate(dict.fromkeys(["", *normalized]))}
    table = pa.array([codes[value] for value in normalized], pa.int32())
    indices = table.take(coded.indices).fill_null(codes[""])
    return pa.DictionaryArray.from_arrays(indices, pa.array(codes, pa.string())), True


def _drop_blank_lines(found: UnitColumns) -> UnitColumns:
    blank = set(found.find_rows("id", lambda value: not value))
    for name in COLUMNS[1:]:
        blank &= set(found.find_rows(name, lambda value: not value))
    if not blank:
        return found
    rows = [row for row in found.rows if row not in blank]
    kept = pa.array(rows, pa.int64())
    return UnitColumns(tuple(column.take(kept) for column in found.columns), rows, True)


def _encode_values(column: pa.Array) -> pa.Array:
    texts = [f",{_encode(value)}" for value in column.dictionary.to_pylist()]
    coded = pa.DictionaryArray.from_arrays(column.indices, pa.array(texts, pa.string()))
    return coded.dictionary_decode()


def _needs_escapes(texts: pa.Array) -> bool:
    data = bytes(get_bytes(texts))
    return b'"' in data or b"\\" in data


def _is_plain(texts: pa.Array) -> bool:
    return not bytes(get_bytes(texts)).translate(None, _PLAIN)


def _has_blanks(texts: pa.Array) -> bool:
    return bool(len(texts)) and pc.min(pc.binary_length(texts)).as_py() == 0


def _join_codes(codes: pa.Array, column: pa.Array) -> pa.Array:
    return pc.add(pc.multiply(codes, len(column.dictionary)), column.indices.cast(pa.int64()))


def _split_code(code: int, columns: Sequence[pa.Array]) -> tuple[str, ...]:
    values = []
    for column in reversed(columns):
        code, index = divmod(code, len(column.dictionary))
        values.append(column.dictionary[index].as_py())
    return tuple(reversed(values))
