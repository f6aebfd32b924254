"""The commands of the draw: plan, draw, verify."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from sampling.canonical import digest
from sampling.frame import read_frame
from sampling.problems import N_, Problem
from sampling.quota import plan_quota
from sampling.record import Draw, Plan, read_draw, read_plan, write_record
from sampling.sample_size import read_rate, read_residents
from sampling.survey_rules import SurveyRules, load_survey_rules
from sampling.verification import Difference, verify_draw, verify_rules
from survey.commands import tell

DIFFERENT = 1

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
    spare_inputs(out_path, frame_path)
    rules = load_survey_rules()
    population = read_residents(residents)
    chosen_rate = rules.rate if rate is None else read_rate(rate)
    record = plan_quota(read_frame(frame_path, rules), population, rules, chosen_rate)
    write_record(record, out_path)
    _tell_plan(record)
    click.echo(f"{out_path}: sha256 {digest(record)}")


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

    spare_inputs(out_path, frame_path, plan_path)
    record = read_plan(plan_path)
    rules = load_survey_rules(record["rules"]["id"])
    verify_rules(record["rules"], rules, str(plan_path))
    certificate = draw_sample(read_frame(frame_path, rules), record, seed)
    write_record(certificate, out_path)
    click.echo(f"{certificate['n']} people drawn in {len(certificate['strata'])} strata")
    click.echo(f"{out_path}: sha256 {digest(certificate)}")


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
    rules = load_rules_of(record)
    frame = read_frame(frame_path, rules)
    planned = read_plan(plan_path) if plan_path else None
    try:
        if "rules" in record:
            verify_rules(record["rules"], rules)
        verify_draw(record, frame, planned)
    except Difference as difference:
        tell(f"{draw_path} is not right: {difference}")
        sys.exit(DIFFERENT)
    click.echo(
        f"{draw_path} is right: {record['n']} people in {len(record['strata'])} strata, "
        f"every ticket redone from {frame_path}"
    )


def load_rules_of(draw: Draw) -> SurveyRules:
    """Return the rules that a draw names; one that names none is taken to follow the national."""
    return load_survey_rules(draw["rules"]["id"]) if "rules" in draw else load_survey_rules()


def spare_inputs(out_path: Path, *inputs: Path) -> None:
    """Raise `Problem` if writing `out_path` would overwrite what a record is made from."""
    for path in inputs:
        if out_path.exists() and path.exists() and out_path.samefile(path):
            raise Problem(
                N_("is read by this command and would be overwritten; name another file"),
                where=str(out_path),
            )


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
