"""Rows with their progress (进度): whoever reads a long table can say how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Row = TypeVar("Row")
Watch = Callable[[str, int, int], None]
"""Told the table, how many of its rows are read, and how many there are."""

STEP = 1000
"""Rows between two reports."""


def watched(rows: Sequence[Row], place: str, watch: Watch | None) -> Iterator[Row]:
    """Yield the rows, telling `watch` at the start, every `STEP` rows, and at the end.

    >>> list(watched("ab", "table", lambda place, done, total: print(place, done, total)))
    table 0 2
    table 2 2
    ['a', 'b']
    """
    for done, row in enumerate(rows):
        if watch is not None and done % STEP == 0:
            watch(place, done, len(rows))
        yield row
    if watch is not None:
        watch(place, len(rows), len(rows))
