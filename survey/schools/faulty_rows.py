"""Faulty rows back as a file (错误清单): the rows of each sheet with the reasons in front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import xlsxwriter

from sampling.problems import Problem
from scoring.cells import RowProblem
from scoring.county_sheets import SCHOOLS, TITLES
from survey.schools.county_workbook import SheetTable
from survey.tables import neutralise

REASON, ROW = "错误", "行号"
LONGEST_NAME = 31
"""Characters that a spreadsheet allows in the name of a sheet."""

Tables = Mapping[str, Mapping[str, SheetTable]]
Line = Sequence[str | int]


def write_faulty_rows(path: Path, problems: Iterable[Problem], tables: Tables) -> int:
    """Write the faulty rows of all sheets, and what is no row's in a sheet of its own.

    Each row stands once with all its reasons, its number in the file and its cells as they were.
    Returns the number of faulty rows.
    """
    places = _by_place(tables)
    rows: dict[str, dict[int, list[str]]] = {}
    loose: list[Line] = []
    for problem in problems:
        if isinstance(problem, RowProblem) and problem.table in places:
            rows.setdefault(problem.table, {}).setdefault(problem.row, []).append(_reason(problem))
        else:
            loose.append([str(problem)])
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False}) as workbook:
        if loose:
            _write(workbook, "其他", [REASON], loose)
        for place, reasons in rows.items():
            table = places[place].table
            cells = dict(table.rows)
            lines: list[Line] = [
                ["; ".join(reasons[row]), row, *cells.get(row, {}).values()]
                for row in sorted(reasons)
            ]
            name = places[place].name or table.filename
            _write(workbook, name, [REASON, ROW, *filter(None, table.headers)], lines)
    return sum(map(len, rows.values()))


def _by_place(tables: Tables) -> dict[str, SheetTable]:
    """Return the sheets by how problems name them."""
    found = {}
    for file, sheets in tables.items():
        for code, sheet in sheets.items():
            name = sheet.name if code == SCHOOLS else TITLES[code].zh
            found[f"{file} · {name}" if name else file] = sheet
    return found


def _reason(problem: RowProblem) -> str:
    text = problem.message.format(**problem.values)
    return f"{problem.column}: {text}" if problem.column else text


def _write(
    workbook: xlsxwriter.Workbook, name: str, headers: Sequence[str], lines: Iterable[Line]
) -> None:
    sheet = workbook.add_worksheet(name[:LONGEST_NAME])
    sheet.write_row(0, 0, headers, workbook.add_format({"bold": True}))
    text = workbook.add_format({"num_format": "@"})
    for number, line in enumerate(lines, start=1):
        for column, value in enumerate(line):
            if isinstance(value, int):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, neutralise(value), text)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, 0, 60)
