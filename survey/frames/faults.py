"""The faults of an upload (错误清单): for the page, and as a file with the reasons in front."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from sampling.problems import Problem, Problems
from survey.frames.checking import FaultyCells
from survey.frames.identity import mask_numbers
from survey.frames.models import RosterFile
from survey.localization import fill
from survey.tables import CellProblem, column_letters, write_xlsx

SHOWN = 200
LONGEST = 40  # characters of a value that is shown


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


def tell_reason(fault: Problem, headers: Sequence[str]) -> str:
    """Return a fault for the page, under the column's header; a person's number is not shown."""
    values = {key: mask_numbers(cut(value)) for key, value in fault.values.items()}
    text = fill(fault.message, values)
    if not isinstance(fault, CellProblem) or not fault.column:
        return text
    named = {column_letters(index): header for index, header in enumerate(headers) if header}
    column = fault.column if fault.column in headers else named.get(fault.column, fault.column)
    return str(gettext("{place}: {text}")).format(place=column, text=text)


def cut(value: object) -> str:
    """Return a value no longer than a page bears.

    >>> cut("9" * 80), cut(3)
    ('9999999999999999999999999999999999999999…', '3')
    """
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


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
