"""A county of the tests of the judgement as files: a workbook, or .csv in a folder."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

from scoring.county_sheets import TITLES
from tests.scoring.county_makers import Rows


def write_workbook(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write each sheet under its Chinese name, numbers as numbers."""
    with xlsxwriter.Workbook(str(path), {"strings_to_numbers": True}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(TITLES[name].zh)
            sheet.write_row(0, 0, list(rows[0]))
            for number, row in enumerate(rows, start=1):
                sheet.write_row(number, 0, list(row.values()))
    return path


def county_workbook(folder: Path, sheets: Mapping[str, Rows]) -> bytes:
    """Return a county's workbook as it is uploaded."""
    return write_workbook(folder / "county.xlsx", sheets).read_bytes()


def write_folder(path: Path, sheets: Mapping[str, Rows]) -> Path:
    """Write each sheet as a .csv under its code."""
    path.mkdir()
    for name, rows in sheets.items():
        with (path / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return path
