"""`renkedu self-report`: the self-evaluation report in prose, out of a verdict."""

from __future__ import annotations

from pathlib import Path

import click

from sampling.problems import N_, Problem
from scoring.record_file import text
from scoring.self_report import SelfReport, make_self_report
from survey.commands.outputs import spare_inputs, write_whole
from survey.commands.redone_verdict import read_redone_verdict

file_path = click.Path(path_type=Path, dir_okay=False)


@click.command(short_help="The self-evaluation report (自评报告), out of a verdict.")
@click.argument("verdict", type=file_path, metavar="verdict.json")
@click.option("--out", "out_path", required=True, type=file_path, metavar="自评报告.docx|.txt")
def self_report(verdict: Path, out_path: Path) -> None:
    """Write the self-evaluation report (自评报告) in Chinese prose, as Word or as plain text.

    Every figure is the verdict's; what was not measured is said to be missing, and the measures
    that the county takes are left for it to write. The verdict is made again first: one
    that was edited is refused.

    \b
    Example:
      renkedu self-report verdict.json --out 自评报告.docx

    \b
    Exit codes:
      0  written
      2  bad input or usage; nothing was written
    """
    record = read_redone_verdict(verdict)
    spare_inputs(out_path, verdict)
    report = make_self_report(record)
    write_whole(out_path, make_file(report, out_path))
    rehearsal = " of a rehearsal" if record.get("rehearsal") is True else ""
    click.echo(
        f"{out_path}: {len(report.sections)} sections{rehearsal}; verdict {text(record, 'verdict')}"
    )


def make_file(report: SelfReport, out_path: Path) -> bytes:
    """Return the report in the format that the file's name ends in."""
    if out_path.suffix == ".docx":
        from survey.results.self_report_file import self_report_file

        return self_report_file(report)
    if out_path.suffix == ".txt":
        return plain_text(report).encode()
    raise Problem(N_("expected a file ending in .docx or .txt"), where=str(out_path))


def plain_text(report: SelfReport) -> str:
    """Return the report as lines, without its tables."""
    lines = [report.title, *filter(None, [report.subtitle])]
    for section in report.sections:
        lines += ["", section.title, *(paragraph.text for paragraph in section.paragraphs)]
    return "\n".join([*lines, "", *report.notes, ""])
