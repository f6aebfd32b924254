"""The frame as text, piece by piece, in the form that ``renkedu verify --frame`` reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sampling.frame import COLUMNS

BATCH = 5000  # people in a piece


def write_lines(units: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield units as CSV, piece by piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, unit in enumerate(units, start=1):
        writer.writerow(unit)
        if number % BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
