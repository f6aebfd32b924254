"""`renkedu plan`: how many people are drawn from each part of a frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from sampling.areas import read_areas
from sampling.canonical import digest
from sampling.frame import read_frame
from sampling.pins import read_pins
from sampling.quota import plan_counts, plan_quota
from sampling.record import Plan, write_record
from sampling.response_plan import plan_response, read_confidence, read_response_rates
from sampling.sample_size import read_rate, read_residents
from sampling.survey_rules import NATIONAL, SurveyRules, find_survey_rules
from survey.commands.outputs import spare_inputs
from survey.commands.plan_words import explain_plan, summarise_plan
from survey.commands.whole_frame import OTHER_FILES

file_path = click.Path(path_type=Path)
BIG = 1 << 24  # bytes; a bigger file is streamed: in memory it would take 25 times as much


@click.command()
@click.option("--residents", required=True, metavar="N", help="Resident population (常住人口).")
@click.option("--frame", required=True, metavar="FRAME", help="A file or a database's address.")
@click.option("--table", metavar="NAME", help="The table, when FRAME is a database's address.")
@click.option(
    "--rules",
    "rules_name",
    default=NATIONAL,
    show_default=True,
    metavar="NAME|FILE.toml",
    help="The survey's rules.",
)
@click.option("--rate", metavar="RATE", help="People drawn per resident, in place of the rules'.")
@click.option(
    "--areas",
    multiple=True,
    metavar="AREA=N,…",
    help="Residents of each area, e.g. urban=90000,town=30000,rural=40000; may be repeated.",
)
@click.option(
    "--set",
    "cells",
    multiple=True,
    metavar="CELL=N",
    help="A number set by hand, e.g. principal=30 or parent/urban/1-2=40; may be repeated.",
)
@click.option(
    "--response",
    multiple=True,
    metavar="CATEGORY=RATE,…",
    help="Expected response rates: how many to issue, how deep the reserve must be.",
)
@click.option("--confidence", metavar="SHARE", help="For --response; 0.95 if not given.")
@click.option("--explain", is_flag=True, help="Print the plan as a table, with its precision.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="plan.json")
def plan(
    *,
    residents: str,
    frame: str,
    table: str | None,
    rules_name: str,
    rate: str | None,
    areas: tuple[str, ...],
    cells: tuple[str, ...],
    response: tuple[str, ...],
    confidence: str | None,
    explain: bool,
    out_path: Path,
) -> None:
    """Plan how many people are drawn from each part of the frame (配额方案).

    The sample is residents times rate, rounded up: at least half parents, the other six
    categories as equal as the frame allows, inside them the grade bands equal and the areas in
    proportion to residents (without --areas: to the people in the frame). What could not be met
    exactly is listed, and so is what a number set by hand breaks.

    FRAME is a file, CSV, .parquet or .xlsx, or the address of a database (with --table), as for
    `renkedu draw`.

    \b
    Examples:
      renkedu plan --residents 549359 --frame FRAME.csv --out plan.json
      renkedu plan --residents 549359 --frame FRAME.csv --out plan.json --explain \\
        --areas urban=201000,town=120000,rural=228359 --set principal=30 \\
        --response parent=0.8,teacher=0.95,principal=0.95,deputy=0.7 \\
        --response cppcc=0.7,student=0.9,resident=0.6

    Exit codes: 0 the plan was written, 2 bad input (nothing is written).
    """
    if confidence is not None and not response:
        raise click.UsageError("--confidence is for --response, which is missing")
    spare_inputs(out_path, Path(frame), Path(rules_name))
    rules = find_survey_rules(rules_name)
    people = read_residents(residents), rules.rate if rate is None else read_rate(rate)
    by_area = read_areas(areas) if areas else None
    record = _plan_frame((frame, table), rules, people, by_area, read_pins(cells))
    if response:
        rates = read_response_rates(response)
        record["response"] = plan_response(record, rates, read_confidence(confidence or "0.95"))
    write_record(record, out_path)
    for line in explain_plan(record) if explain else summarise_plan(record):
        click.echo(line)
    click.echo(f"{out_path}: sha256 {digest(record)}")


def _plan_frame(
    source: tuple[str, str | None],
    rules: SurveyRules,
    people: tuple[int, Fraction],
    areas: dict[str, int] | None,
    pins: dict[str, int],
) -> Plan:
    """Plan for `people`, the residents and the rate; what is no small CSV file is streamed."""
    residents, rate = people
    if source[1] is None and _is_small_csv(source[0]):
        frame = read_frame(Path(source[0]), rules)
        return plan_quota(frame, residents, rules, rate, pins=pins, areas=areas)
    # The engine takes a second to load, which a small frame need not wait for.
    from sampling.staged_frame import stage_frame
    from survey.commands.frame_sources import open_source

    with stage_frame(open_source(*source), rules) as staged:
        return plan_counts(
            staged.counts, staged.digest, residents, rules, rate, pins=pins, areas=areas
        )


def _is_small_csv(text: str) -> bool:
    path = Path(text)
    if "://" in text or path.suffix.lower() in OTHER_FILES:
        return False
    return not path.is_file() or path.stat().st_size <= BIG
