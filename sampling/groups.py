"""People who are alike in every column that decides their stratum: counted, not listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sampling.frame import COLUMNS, Frame, Unit
from sampling.frame_columns import COUNTED
from sampling.inspection import open_duckdb
from sampling.record import StratumRecord
from sampling.staged_frame import StagedFrame


@dataclass(frozen=True, slots=True)
class Group:
    """`count` eligible people with the same `values` in the columns asked for.

    `first` is one of them, with blanks in the columns not asked for.
    """

    values: tuple[str, ...]
    count: int
    first: Unit


def list_columns(strata: Sequence[StratumRecord]) -> tuple[str, ...]:
    """Return the columns that decide whether and where somebody can be drawn."""
    used = {column for stratum in strata for column in stratum["cell"]}
    used |= {"category", "grade_band"}  # these decide who is eligible
    return tuple(column for column in COLUMNS[1:] if column in used)


def count_groups(frame: Frame | StagedFrame, columns: Sequence[str]) -> list[Group]:
    """Return the groups of the eligible people of `frame` by `columns` (see `list_columns`)."""
    if isinstance(frame, StagedFrame):
        return _count_on_disk(frame, columns)
    return _count_in_memory(frame, columns)


def _count_in_memory(frame: Frame, columns: Sequence[str]) -> list[Group]:
    indexes = [COLUMNS.index(column) for column in columns]
    counts: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], str] = {}
    for unit in frame.eligible:
        values = tuple(unit[index] for index in indexes)
        counts[values] += 1
        first.setdefault(values, unit.id)
    return [_make_group(first[values], n, columns, values) for values, n in counts.items()]


def _count_on_disk(frame: StagedFrame, columns: Sequence[str]) -> list[Group]:
    rows = _list_known(frame) if tuple(columns) == COUNTED else _query(frame, columns)
    groups = [_make_group(first, n, columns, tuple(values)) for first, n, *values in rows]
    return [group for group in groups if frame.is_eligible(group.first)]


def _list_known(frame: StagedFrame) -> list[tuple[Any, ...]]:
    return [(frame.first[values], count, *values) for values, count in frame.counts.items()]


def _query(frame: StagedFrame, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    with open_duckdb() as connection:
        units = connection.read_parquet(str(frame.path))
        return units.aggregate(f"min(id), count(*), {names}", names).fetchall()


def _make_group(first: str, count: int, columns: Sequence[str], values: tuple[str, ...]) -> Group:
    blank = Unit(first, "", "", "", "", "")
    return Group(values, count, blank._replace(**dict(zip(columns, values, strict=True))))
