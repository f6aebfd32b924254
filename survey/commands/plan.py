"""`renkedu plan`: how many people are drawn from each part of a frame."""

from __future__ import annotations

from pathlib import Path

import click

from sampling.canonical import digest
from sampling.frame import read_frame
from sampling.quota import plan_quota
from sampling.record import Plan, write_record
from sampling.sample_size import read_rate, read_residents
from sampling.survey_rules import load_survey_rules

file_path = click.Path(path_type=Path)


@click.command()
@click.option("--residents", required=True, metavar="N", help="Resident population (常住人口).")
@click.option("--frame", "frame_path", required=True, type=file_path, metavar="FRAME.csv")
@click.option("--rate", metavar="RATE", help="People drawn per resident; the rules say 0.0015.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="plan.json")
def plan(residents: str, frame_path: Path, rate: str | None, out_path: Path) -> None:
    """Plan how many people are drawn from each part of the frame (配额方案).

    The sample is residents times rate, rounded up: at least half parents, the other six
    categories as equal as the frame allows. What could not be met exactly is listed.

    \b
    Example:
      renkedu plan --residents 549359 --frame FRAME.csv --out plan.json

    Exit codes: 0 the plan was written, 2 bad input (nothing is written).
    """
    rules = load_survey_rules()
    population = read_residents(residents)
    chosen_rate = rules.rate if rate is None else read_rate(rate)
    record = plan_quota(read_frame(frame_path, rules), population, rules, chosen_rate)
    write_record(record, out_path)
    _tell_plan(record)
    click.echo(f"{out_path}: sha256 {digest(record)}")


def _tell_plan(record: Plan) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in record["categories"].items())
    click.echo(f"{record['n']} people: {counts}")
    for item in record["compromises"]:
        click.echo(
            f"compromise: {item['rule']} {item['subject']}: "
            f"{item['reached']} instead of {item['target']} ({item['why']})"
        )
    for entry in record["ineligible"]:
        click.echo(
            f"not eligible: {entry['N']} of category {entry['category']}, "
            f"grade band {entry['grade_band']}"
        )
    if record["collapses"]:
        click.echo(f"{len(record['collapses'])} strata unite several cells (see collapses)")
