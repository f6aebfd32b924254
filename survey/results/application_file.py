"""申报表 as a workbook."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from scoring.application import FormTable
from survey.tables import neutralise

SHEET_LENGTH = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


def application_file(tables: Sequence[FormTable]) -> bytes:
    """Return a workbook of one sheet per table; texts are texts and whole numbers numbers."""
    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        bold = workbook.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for number, table in enumerate(tables, start=1):
            name = FORBIDDEN.sub("", f"{number} {table.title}")[:SHEET_LENGTH]
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, table.headers, bold)
            for index, row in enumerate(table.rows, start=1):
                for column, cell in enumerate(row):
                    if isinstance(cell, int):
                        sheet.write_number(index, column, cell)
                    else:
                        sheet.write_string(index, column, neutralise(cell))
            sheet.set_column(0, len(table.headers) - 1, 16)
            sheet.freeze_panes(1, 0)
    return content.getvalue()
