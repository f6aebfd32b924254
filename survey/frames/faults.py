"""The faults of an upload (错误清单): for the page, and as a file with the reasons in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from sampling.problems import Problem, Problems
from survey.localization import fill
from survey.tables import CellProblem, Table, write_xlsx

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


def write_faults(table: Table | None, faults: Sequence[Fault]) -> bytes:
    """Return the faulty rows as .xlsx: all reasons of a row in its first column.

    Without a table (the file could not be read as one) only places and reasons are listed.
    """
    cells = dict(table.rows) if table else {}
    headers = table.headers if table else ()
    reasons: dict[int, list[str]] = {}
    loose: list[list[str | int]] = []
    for fault in faults:
        if fault.row in cells:
            reasons.setdefault(fault.row, []).append(f"{fault.place}: {fault.reason}")
        else:
            loose.append([f"{fault.place}: {fault.reason}", ""])
    rows: list[list[str | int]] = [
        ["; ".join(reasons[row]), row, *(cells[row].get(header, "") for header in headers)]
        for row in sorted(reasons)
    ]
    return write_xlsx([gettext("What is wrong"), gettext("Row"), *headers], loose + rows)
