"""`renkedu template`: an empty workbook to fill in, made from a rule set."""

from __future__ import annotations

from pathlib import Path

import click

from sampling.problems import N_, Problem
from scoring.rule_set import find_rule_set


@click.command(short_help="An empty workbook for a county, made from a rule set.")
@click.option(
    "--rules",
    default="national-2017",
    show_default=True,
    metavar="ID|FILE.toml",
    help="The rule set that the county is judged by.",
)
@click.option(
    "--out",
    "out_path",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.xlsx",
)
def template(rules: str, out_path: Path) -> None:
    """Write the workbook (填报模板) that a county fills in: schools, figures, classes, judgements.

    Choices are lists, units stand in the headers, an example row shows the way. The same file,
    filled in, is what `renkedu assess` reads.

    \b
    Example:
      renkedu template --rules national-2017 --out county.xlsx

    \b
    Exit codes:
      0  the workbook was written
      2  bad input or usage, or the file is there already; nothing was written
    """
    from survey.schools.county_template import write_template

    rule_set = find_rule_set(rules)
    if out_path.suffix.lower() != ".xlsx":
        raise Problem(N_("expected a file ending in .xlsx"), where=str(out_path))
    if out_path.exists():
        raise Problem(N_("is there already; name another file"), where=str(out_path))
    sheets = write_template(out_path, rule_set)
    click.echo(f"{out_path}: {rule_set.title_zh} · {' '.join(sheets)}")
