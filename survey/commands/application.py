"""`renkedu application`: the tables of the application form, out of a verdict."""

from __future__ import annotations

from pathlib import Path

import click

from scoring.application import make_application
from scoring.record_file import text
from survey.commands.outputs import spare_inputs, write_whole
from survey.commands.redone_verdict import read_redone_verdict
from survey.results.application_file import application_file

file_path = click.Path(path_type=Path, dir_okay=False)


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
    write_whole(out_path, application_file(tables))
    rehearsal = " of a rehearsal" if record.get("rehearsal") is True else ""
    click.echo(f"{out_path}: {len(tables)} tables{rehearsal}; verdict {text(record, 'verdict')}")
