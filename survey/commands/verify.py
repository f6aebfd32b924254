"""`renkedu verify`: a draw redone from its frame."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sampling.frame import read_frame
from sampling.record import read_draw, read_plan
from sampling.survey_rules import load_survey_rules
from sampling.verification import Difference, verify_draw

DIFFERENT = 1

file_path = click.Path(path_type=Path)


@click.command()
@click.argument("draw_path", type=file_path, metavar="draw.json")
@click.option("--frame", "frame_path", required=True, type=file_path, metavar="FRAME.csv")
@click.option("--plan", "plan_path", type=file_path, metavar="plan.json", help="Check this too.")
def verify(draw_path: Path, frame_path: Path, plan_path: Path | None) -> None:
    """Redo a draw from its frame and say whether it is right (核验).

    Everything is computed again in plain Python, without the engine that drew the sample.

    \b
    Example:
      renkedu verify draw.json --frame FRAME.csv

    Exit codes: 0 the draw is right, 1 it is not (the first difference is told), 2 bad input.
    """
    record = read_draw(draw_path)
    rules = load_survey_rules(record["rules"]["id"] if "rules" in record else "national-2017")
    frame = read_frame(frame_path, rules)
    try:
        verify_draw(record, frame, read_plan(plan_path) if plan_path else None)
    except Difference as difference:
        click.echo(f"renkedu: {draw_path} is not right: {difference}", err=True)
        sys.exit(DIFFERENT)
    click.echo(
        f"{draw_path} is right: {record['n']} people in {len(record['strata'])} strata, "
        f"every ticket redone from {frame_path}"
    )
