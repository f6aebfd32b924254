"""`renkedu draw`: the planned sample and its reserves out of a frame."""

from __future__ import annotations

from pathlib import Path

import click

from sampling.canonical import digest
from sampling.frame import read_frame
from sampling.record import read_plan, write_record
from sampling.survey_rules import load_survey_rules

file_path = click.Path(path_type=Path)


@click.command()
@click.argument("frame_path", type=file_path, metavar="FRAME.csv")
@click.option("--plan", "plan_path", required=True, type=file_path, metavar="plan.json")
@click.option("--seed", required=True, metavar="TEXT", help="One line of text, fixed in public.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="draw.json")
def draw(frame_path: Path, plan_path: Path, seed: str, out_path: Path) -> None:
    """Draw the planned sample and its reserves from a frame (抽样).

    A person's ticket is the SHA-256 of the seed, a newline and the id; in each stratum the
    smallest tickets are the sample and the next ones the reserve.

    \b
    Example:
      renkedu draw FRAME.csv --plan plan.json --seed "宜州区 2026 31 05 17 22" --out draw.json

    Exit codes: 0 the draw was written, 2 bad input (nothing is written).
    """
    # The engine takes a second to load, which the other commands need not wait for.
    from sampling.draw import draw_sample

    record = read_plan(plan_path)
    rules = load_survey_rules(record["rules"]["id"])
    certificate = draw_sample(read_frame(frame_path, rules), record, seed)
    write_record(certificate, out_path)
    click.echo(f"{certificate['n']} people drawn in {len(certificate['strata'])} strata")
    click.echo(f"{out_path}: sha256 {digest(certificate)}")
