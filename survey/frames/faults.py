"""The faults of an upload (错误清单): for the page, and as a file with the reasons in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from sampling.problems import Problem, Problems
from survey.frames.checking import FaultyCells
from survey.frames.models import RosterFile
from survey.localization import fill
from survey.tables import CellProblem, write_xlsx

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in the reader's language; `row` is 0 when it is not one row's."""

    place: str
    reason: str
    row: int = 0


def list_faults(error: Problem | Problems) -> list[Fault]:
    """Return what is wrong, each with its place."""
    problems = error.problems if isinstance(error, Problems) else (error,)
    return [
        Fault(
            problem.where,
            fill(problem.message, problem.values),
            problem.row if isinstance(problem, CellProblem) else 0,
        )
        for problem in problems
    ]


def write_faulty(file: RosterFile, lines: Sequence[FaultyCells]) -> bytes:
    """Return faulty rows as .xlsx: all reasons of a row in its first column, then its number."""
    headers = [header for header in file.headers if header]
    rows: list[list[str | int]] = [
        [
            "; ".join(
                f"{fault.where}: {fill(fault.message, fault.values)}" for fault in line.faults
            ),
            line.row,
            *(cell for header, cell in zip(file.headers, line.cells, strict=False) if header),
        ]
        for line in lines
    ]
    return write_xlsx([gettext("What is wrong"), gettext("Row"), *headers], rows)
