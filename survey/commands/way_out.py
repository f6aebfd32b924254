"""`renkedu way-out`: the cheapest additions with which every school passes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import click

from sampling.canonical import digest
from sampling.record import write_record
from scoring.rule_set import find_rule_set
from scoring.unit_costs import read_unit_costs
from scoring.way_out import FEASIBLE, OPTIMAL
from scoring.way_out_record import make_way_out
from survey.commands.outputs import spare_inputs
from survey.commands.text_table import align
from survey.schools.county_files import read_county

NO_PLAN = 1
NATIONAL = "national-2017"
file_path = click.Path(path_type=Path, dir_okay=False)
COLUMNS = ("school", "name", "stage", "add", "unit", "indicator", "cost")
Entries = Sequence[Mapping[str, object]]

VERDICTS = {
    "optimal": "proved: no plan costs less than {bound} {currency}",
    "feasible": "not proved the cheapest: no plan costs less than {bound} {currency}",
    "infeasible": "there is no plan within the limits on additions",
    "unknown": "no plan was found",
}


@click.command(short_help="Cheapest additions with which every school passes.")
@click.argument("schools", type=file_path)
@click.option("--costs", required=True, type=file_path, help="Unit costs, COSTS.toml.")
@click.option("--rules", default=NATIONAL, show_default=True, metavar="ID|FILE.toml")
@click.option("--county", "county_path", type=click.Path(path_type=Path), metavar="COUNTY.xlsx",
              help="The county's sheets, where a relief looks at them.")  # fmt: skip
@click.option("--relief", "reliefs", multiple=True, metavar="ID",
              help="Switch a relief on; may be given several times.")  # fmt: skip
@click.option("--out", "out_path", type=file_path, metavar="plan.json", help="Write the plan.")
def way_out(
    *,
    schools: Path,
    costs: Path,
    rules: str,
    county_path: Path | None,
    reliefs: tuple[str, ...],
    out_path: Path | None,
) -> None:
    """Find the cheapest additions to SCHOOLS (.xlsx or .csv) that close its gaps (出路).

    Afterwards every school meets enough of its indicators (6 of 7, the seventh at 85 %) and every
    difference coefficient keeps its limit; both are checked exactly. COSTS says what a teacher, a
    square metre, a yuan of equipment and a room cost, and where how much can be added at most.

    \b
    Example:
      renkedu way-out schools.xlsx --costs costs.toml --out plan.json

    \b
    Exit codes:
      0  a plan was found
      1  there is none within the limits on additions, or none was found
      2  bad input or usage, figures that nobody measured included
    """
    if out_path is not None:
        spare_inputs(out_path, schools, costs, *([county_path] if county_path else []))
    rule_set = find_rule_set(rules)
    unit_costs = read_unit_costs(costs, rule_set)
    county = read_county(schools, county_path, rule_set)
    with _silent_solver():
        record = make_way_out(
            county.schools, rule_set, unit_costs, reliefs=reliefs, data=county.data
        )
    for line in explain_way_out(record):
        click.echo(line)
    if out_path is not None:
        write_record(record, out_path)
        click.echo(f"{out_path}: sha256 {digest(record)}")
    if record["status"] not in (OPTIMAL, FEASIBLE):
        sys.exit(NO_PLAN)


def explain_way_out(record: Mapping[str, object]) -> Iterator[str]:
    """Yield the plan as lines: what to add where, the coefficients, what it costs."""
    additions = cast(Entries, record["additions"])
    if additions:
        rows = [[str(entry[name]) for name in COLUMNS] for entry in additions]
        yield from align([COLUMNS, *rows], left=range(len(COLUMNS)))
        yield ""
    for entry in cast(Entries, record["coefficients"]):
        before, after = _display(entry["before"]), _display(entry["after"])
        if before != after:
            yield f"{entry['rule']}: {before} -> {after} (limit {entry['limit']})"
    for school in cast(Sequence[str], record["blocked"]):
        yield f"school {school} cannot pass within the limits on additions"
    if record["cost"] is not None:
        yield f"{len(additions)} additions, {record['cost']} {record['currency']}"
    yield VERDICTS[str(record["status"])].format(**record)


def _display(measured: object) -> str:
    return str(measured["display"]) if isinstance(measured, Mapping) else "-"


@contextmanager
def _silent_solver() -> Iterator[None]:
    """Keep the solver's own remarks, which it writes past Python, off standard output."""
    sys.stdout.flush()
    kept, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nothing)
