"""The demonstration's roster.xlsx and schools.xlsx, as a county would hand them in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import xlsxwriter

from scoring.schools import SCHOOL_COLUMNS, School, school_row
from survey.demo.county import MADE_UP_EN, MADE_UP_ZH
from survey.demo.people import RosterRow
from survey.frames.roster import AREAS, CATEGORIES, COLUMNS

CATEGORIES_ZH = {code: chinese for chinese, code in CATEGORIES.items()}
AREAS_ZH = {code: chinese for chinese, code in AREAS.items()}


def write_roster(path: Path, rows: Iterable[RosterRow]) -> None:
    """Write the roster in the layout of the template; a row's fields have its order."""
    chinese = (
        row._replace(category=CATEGORIES_ZH[row.category], area=AREAS_ZH[row.area]) for row in rows
    )
    write_workbook(path, "名单", [column.header for column in COLUMNS], chinese)


def write_schools(path: Path, schools: Iterable[School]) -> None:
    """Write the school table in the layout of the template."""
    headers = [column.header_zh for column in SCHOOL_COLUMNS]
    write_workbook(path, "学校", headers, (school_cells(school) for school in schools))


def school_cells(school: School) -> list[str]:
    """Return a school's row, choices by their Chinese names."""
    row = school_row(school)
    texts = ((column.options or {}, row[column.name]) for column in SCHOOL_COLUMNS)
    return [options.get(text, text) for options, text in texts]


def write_workbook(
    path: Path, sheet: str, headers: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Write a table and, on a second sheet, the note that it is made up."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        table = workbook.add_worksheet(sheet)
        table.write_row(0, 0, headers)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if cell:
                    table.write_string(number, column, cell)
        note = workbook.add_worksheet("说明")
        note.write_column(0, 0, (MADE_UP_ZH, MADE_UP_EN))
