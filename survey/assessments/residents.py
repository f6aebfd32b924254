"""Residents of a county by area (常住人口), read from a table such as a census bulletin's."""

from __future__ import annotations

from collections.abc import Sequence

from sampling.problems import N_, Problem, Problems
from sampling.sample_size import read_residents
from survey.frames.roster import AREAS
from survey.tables import CellProblem, Column, read_table, rename_columns

COLUMNS = (
    Column("township", "乡镇"),
    Column("area", "区域", required=True),
    Column("residents", "常住人口", required=True),
)


def read_residents_table(filename: str, content: bytes, areas: Sequence[str]) -> dict[str, int]:
    """Return the residents of each of `areas`, added up over the rows of an uploaded table.

    An area that no row names has none. Raises `Problem` or `Problems` with every faulty row.
    """
    totals = dict.fromkeys(areas, 0)
    faults: list[Problem] = []
    for row, cells in rename_columns(read_table(filename, content), COLUMNS):
        area = AREAS.get(cells["area"], cells["area"])
        if area not in totals:
            faults.append(
                CellProblem(
                    N_("expected one of {expected}, got {got!r}"),
                    row,
                    "区域",
                    expected=" ".join(AREAS),
                    got=cells["area"],
                )
            )
            continue
        try:
            totals[area] += read_residents(cells["residents"])
        except Problem as problem:
            faults.append(CellProblem(problem.message, row, "常住人口", **problem.values))
    if faults:
        raise Problems(faults)
    return totals
