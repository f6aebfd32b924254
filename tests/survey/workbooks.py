"""Workbooks for tests: made cell by cell, and changed part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence

import xlsxwriter

Cell = str | float | bool | None


def make_xlsx(rows: Sequence[Sequence[Cell]], formulas: dict[str, str] | None = None) -> bytes:
    """Return a workbook with these cells, numbers as numbers, and these formulas."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        for cell, formula in (formulas or {}).items():
            sheet.write_formula(cell, formula, None, 7)
        book.add_worksheet("notes").write_formula("A1", "=1+1")
    return buffer.getvalue()


def rebuild(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """Return the archive with every member changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return buffer.getvalue()
