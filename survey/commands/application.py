"""`renkedu application`: the tables of the application form, out of a verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import click
import xlsxwriter

from scoring.application import FormTable, make_application
from scoring.record_file import text
from survey.commands.outputs import spare_inputs
from survey.commands.redone_verdict import read_redone_verdict
from survey.tables import neutralise

file_path = click.Path(path_type=Path, dir_okay=False)
SHEET_LENGTH = 31
FORBIDDEN = re.compile(r"[\[\]:*?/\\]")


@click.command(short_help="The application form's tables, out of a verdict.")
@click.argument("verdict", type=file_path, metavar="verdict.json")
@click.option("--out", "out_path", required=True, type=file_path, metavar="申报表.xlsx")
def application(verdict: Path, out_path: Path) -> None:
    """Write the tables of the application (申报表, 自评报告) that a verdict fills.

    Values have the form's decimals, two and for coefficients three; beside each stands the exact
    outcome, and what the printed number would hide is marked. The verdict is made again first: one
    that was edited is refused.

    \b
    Example:
      renkedu application verdict.json --out 申报表.xlsx

    \b
    Exit codes:
      0  written
      2  bad input or usage; nothing was written
    """
    record = read_redone_verdict(verdict)
    spare_inputs(out_path, verdict)
    tables = make_application(record)
    write_tables(out_path, tables)
    rehearsal = " of a rehearsal" if record.get("rehearsal") is True else ""
    click.echo(f"{out_path}: {len(tables)} tables{rehearsal}; verdict {text(record, 'verdict')}")


def write_tables(out_path: Path, tables: Sequence[FormTable]) -> None:
    """Write a workbook of one sheet per table; texts are texts and whole numbers numbers."""
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    part = out_path.with_name(f".{out_path.name}.part")
    with xlsxwriter.Workbook(str(part), options) as workbook:
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
    part.replace(out_path)
