"""The inspection of a frame as it streams by: its digest, its counts and what is wrong with it.

Columns are looked at instead of people. Only where something is wrong are people looked at, one
by one, to say it in the words of `sampling.frame`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sampling.frame import (
    AXES,
    COLUMNS,
    FIRST_PLACES,
    MAX_PROBLEMS,
    Unit,
    collect_problems,
    find_value_problems,
)
from sampling.frame_columns import (
    COUNTED,
    SCHEMA,
    UnitColumns,
    clean_columns,
    get_bytes,
    is_ascending,
)
from sampling.frame_source import CHUNK_ROWS, Chunk, FrameSource
from sampling.problems import N_, Problem, Problems
from sampling.survey_rules import SurveyRules

MEMORY_LIMIT = "1GB"  # for DuckDB; what does not fit goes to disk


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of a frame after it has streamed by once.

    `counts` is the number of units by the columns `COUNTED`, `first` the id of one of them;
    `digest` is None when the units did
    not come sorted by id. `is_clean` says whether all values were normalised text already.
    """

    counts: Mapping[tuple[str, ...], int]
    first: Mapping[tuple[str, ...], str]
    digest: str | None
    is_clean: bool


class Inspection:
    """The state of an inspection; fed one chunk after the other."""

    def __init__(self, rules: SurveyRules) -> None:
        self._rules = rules
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._first: dict[tuple[str, ...], str] = {}
        self._hashed = hashlib.sha256()
        self._last: pa.Array = pa.array([], pa.string())
        self._is_sorted = True
        self._is_clean = True
        self._known: dict[tuple[str, str], bool] = {}

    def add(self, units: UnitColumns) -> None:
        """Take in units that are right."""
        self._is_clean &= not units.is_changed
        for values, (count, first) in units.count_combinations().items():
            self._counts[values] += count
            self._first.setdefault(values, first)
        if self._is_sorted and len(units):
            ids = pa.concat_arrays([self._last, units.ids])
            self._is_sorted = is_ascending(ids)
            self._last = ids[-1:]
            self._hashed.update(get_bytes(units.write_lines()))

    def find_problems(self, units: UnitColumns, chunk: Chunk) -> Iterator[Problem]:
        """Yield what is wrong with the values of `units`, which are those of `chunk`."""
        faulty = set() if units.has_plain_ids() else set(units.find_rows("id", self._is_bad_id))
        for column in COLUMNS[1:]:
            faulty |= set(units.find_rows(column, partial(self._is_bad, column)))
        places = chunk.locate() if faulty else ()
        for index in sorted(faulty):
            for problem in find_value_problems(units.get_unit(index), self._rules):
                problem.where = places[units.rows[index]]
                yield problem

    def conclude(self) -> Findings:
        """Return what was found."""
        digest = self._hashed.hexdigest() if self._is_sorted else None
        return Findings(self._counts, self._first, digest, self._is_clean)

    def _is_bad_id(self, value: str) -> bool:
        return self._judge("id", value)

    def _is_bad(self, column: str, value: str) -> bool:
        if (column, value) not in self._known:
            self._known[column, value] = self._judge(column, value)
        return self._known[column, value]

    def _judge(self, column: str, value: str) -> bool:
        unit = Unit("x", self._rules.categories[0], "", "", "", "")._replace(**{column: value})
        return any(find_value_problems(unit, self._rules))


def inspect_source(source: FrameSource, rules: SurveyRules, path: Path | None = None) -> Findings:
    """Read a source to its end and write its units, normalised, into a Parquet file at `path`.

    Raises `Problem` when the source cannot be read, and `Problems` with all that is wrong with
    single values, with axes that a category has filled in part, or when the frame holds nobody.
    Ids that stand twice are found only where the units are sorted (see `digest_unsorted`).
    """
    inspection = Inspection(rules)
    problems: list[Problem] = []
    with _open_writer(path) as writer:
        for chunk in source.read_chunks():
            units = clean_columns(chunk.columns)
            problems += collect_problems(inspection.find_problems(units, chunk))
            if len(problems) > MAX_PROBLEMS:
                break
            if not problems:
                inspection.add(units)
                if writer is not None:
                    writer.write_batch(units.to_batch())
    findings = inspection.conclude()
    problems = problems or list(_find_gaps(source, findings.counts, rules))
    if problems:
        raise Problems(collect_problems(problems))
    return findings


def digest_unsorted(path: Path, source: FrameSource, folder: Path) -> str:
    """Return the digest of the units in a Parquet file, sorting them in `folder` where need be.

    Raises `Problems` with the ids that stand twice, and where they do in `source`.
    """
    hashed = hashlib.sha256()
    twins: list[str] = []
    last = pa.array([], pa.string())
    with open_duckdb(folder) as connection:
        units = connection.read_parquet(str(path)).order("id")
        for batch in units.to_arrow_reader(CHUNK_ROWS):
            columns = clean_columns(batch.select(COLUMNS))
            ids = pa.concat_arrays([last, columns.ids])
            if not is_ascending(ids):
                twins += _find_twins(ids)
            last = ids[-1:]
            hashed.update(get_bytes(columns.write_lines()))
    if twins:
        raise Problems(collect_problems(_locate_twins(source, set(twins[: MAX_PROBLEMS + 1]))))
    return hashed.hexdigest()


def open_duckdb(folder: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB in this process that keeps to the memory it is allowed.

    What does not fit goes to `folder`; without one, nothing is written anywhere.
    """
    place = str(folder) if folder else ""
    return duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "temp_directory": place})


def _open_writer(path: Path | None) -> AbstractContextManager[pq.ParquetWriter | None]:
    return nullcontext() if path is None else pq.ParquetWriter(path, SCHEMA)


def _find_gaps(
    source: FrameSource, counts: Mapping[tuple[str, ...], int], rules: SurveyRules
) -> Iterator[Problem]:
    """Yield what is wrong with a frame as a whole."""
    if not counts:
        yield Problem(N_("the frame holds nobody"))
    for axis in AXES:
        for category in rules.categories:
            filled, blank = _count_filled(counts, category, axis)
            if filled and blank:
                yield Problem(
                    N_("{category}: {blank} units lack {column} and {filled} have it, at {places}"),
                    category=category,
                    column=axis,
                    blank=blank,
                    filled=filled,
                    places="; ".join(_locate_blanks(source, category, axis)),
                )


def _count_filled(
    counts: Mapping[tuple[str, ...], int], category: str, axis: str
) -> tuple[int, int]:
    filled = blank = 0
    for values, count in counts.items():
        if values[COUNTED.index("category")] == category:
            if values[COUNTED.index(axis)]:
                filled += count
            else:
                blank += count
    return filled, blank


def _locate_blanks(source: FrameSource, category: str, axis: str) -> list[str]:
    found: list[str] = []
    for chunk in source.read_chunks():
        units = clean_columns(chunk.columns)
        here = set(units.find_rows("category", lambda value: value == category))
        rows = sorted(here & set(units.find_rows(axis, lambda value: not value)))
        if rows:
            places = chunk.locate()
            found += [places[units.rows[row]] for row in rows[:FIRST_PLACES]]
        if len(found) >= FIRST_PLACES:
            break
    return found[:FIRST_PLACES]


def _find_twins(ids: pa.Array) -> list[str]:
    values: list[str] = ids.to_pylist()
    return [value for before, value in pairwise(values) if before == value]


def _locate_twins(source: FrameSource, twins: set[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for chunk in source.read_chunks():
        units = clean_columns(chunk.columns)
        rows = units.find_rows("id", twins.__contains__)
        places = chunk.locate() if rows else ()
        for row in rows:
            twin, place = units.get_unit(row).id, places[units.rows[row]]
            if first.setdefault(twin, place) != place:
                yield Problem(
                    N_("the id {id!r} stands twice, first at {first}"),
                    where=place,
                    id=twin,
                    first=first[twin],
                )
