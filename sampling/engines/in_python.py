"""Plain Python: a loop, `hashlib` and a sort, to compare the other engines with."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

from sampling.engines import Search
from sampling.frame import COLUMNS, Frame, Unit
from sampling.staged_frame import StagedFrame
from sampling.tickets import ticket


class PythonEngine:
    """Looks at one person after the other."""

    def find_smallest(self, frame: Frame | StagedFrame, search: Search) -> list[tuple[int, str]]:
        """See `sampling.engines.Engine`."""
        found: list[tuple[int, str, str]] = []
        depths = {target.stratum: target.depth for target in search.targets.values()}
        indexes = [COLUMNS.index(column) for column in search.columns]
        for unit in self._iterate(frame):
            target = search.targets.get(tuple(unit[index] for index in indexes))
            if target is not None and (text := ticket(search.seed, unit.id)) < target.bound:
                found.append((target.stratum, text, unit.id))
        return [
            (stratum, unit_id)
            for stratum, group in groupby(sorted(found), key=lambda row: row[0])
            for _, _, unit_id in islice(group, depths[stratum])
        ]

    def _iterate(self, frame: Frame | StagedFrame) -> Iterator[Unit]:
        return iter(frame.eligible) if isinstance(frame, Frame) else frame.iterate_units()


def make_engine(_master: str | None) -> PythonEngine:
    """Return the engine."""
    return PythonEngine()
