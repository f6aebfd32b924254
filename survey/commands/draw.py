"""`renkedu draw`: the planned sample and its reserves out of a frame."""

from __future__ import annotations

from pathlib import Path

import click

from sampling.canonical import digest
from sampling.record import Design, read_plan, write_record
from sampling.reserve import read_reserve
from sampling.tickets import check_seed
from sampling.verification import verify_rules
from survey.commands.draw_designs import with_design
from survey.commands.outputs import spare_inputs
from survey.commands.whole_frame import find_rules

file_path = click.Path(path_type=Path)


@click.command()
@click.argument("frame", metavar="FRAME")
@click.option("--plan", "plan_path", required=True, type=file_path, metavar="plan.json")
@click.option("--seed", required=True, metavar="TEXT", help="One line of text, fixed in public.")
@click.option("--out", "out_path", required=True, type=file_path, metavar="draw.json")
@click.option(
    "--rules", "rules_name", metavar="NAME|FILE.toml", help="The plan's rules, if not shipped."
)
@click.option("--table", metavar="NAME", help="The table, when FRAME is a database's address.")
@click.option(
    "--reserve", metavar="DEPTH", help="Reserve of each stratum: a number, or x2 for 2 n. [x1]"
)
@click.option(
    "--engine", default="duckdb", metavar="NAME", help="duckdb, spark or python. [duckdb]"
)
@click.option("--master", metavar="ADDRESS", help="The Spark cluster; every worker sees FRAME.")
@with_design
def draw(
    *,
    design: Design | None,
    frame: str,
    plan_path: Path,
    seed: str,
    out_path: Path,
    rules_name: str | None,
    table: str | None,
    reserve: str | None,
    engine: str,
    master: str | None,
) -> None:
    """Draw the planned sample and its reserves from a frame (抽样).

    A person's ticket is the SHA-256 of the seed, a newline and the id; in each stratum the
    smallest tickets are the sample and the next ones the reserve. Every engine draws the same.

    FRAME is a file, CSV, .parquet or .xlsx, or the address of a database (with --table). It is
    read piece by piece and need not fit into memory.

    Designs other than the plain one (two stages, spread, rotation: docs/designs.md) say in the
    certificate what they cost. They need the frame in memory.

    \b
    Examples:
      renkedu draw FRAME.csv --plan plan.json --seed "宜州区 2026 31 05 17 22" --out draw.json
      renkedu draw postgresql+psycopg://reader@host/people --table frame --reserve x2 ...
      renkedu draw FRAME.parquet --engine spark --master spark://host:7077 ...
      renkedu draw FRAME.csv --by school --take 5 ...
      renkedu draw FRAME.csv --rotation groups=8,turn=3 ...

    Exit codes: 0 the draw was written, 2 bad input (nothing is written).
    """
    # What draws takes a second to load, which the other commands need not wait for.
    from sampling.designs import redraw_by_design
    from sampling.draw import draw_sample
    from sampling.engines import load_engine
    from sampling.staged_frame import stage_frame
    from survey.commands.frame_sources import open_source

    check_seed(seed)
    spare_inputs(out_path, Path(frame), plan_path, Path(rules_name or plan_path))
    record = read_plan(plan_path)
    rules = find_rules(rules_name, record["rules"]["id"])
    verify_rules(record["rules"], rules, str(plan_path))
    depth = None if reserve is None else read_reserve(reserve)
    chosen = load_engine(engine, master)
    with stage_frame(open_source(frame, table), rules) as staged:
        certificate = draw_sample(staged, record, seed, chosen, depth)
        if design is not None:
            eligible = [unit for unit in staged.iterate_units() if staged.is_eligible(unit)]
            certificate = redraw_by_design(certificate, eligible, design)
    write_record(certificate, out_path)
    click.echo(f"{certificate['n']} people drawn in {len(certificate['strata'])} strata")
    for remark in design["remarks"] if design else []:
        click.echo(f"note: {remark}")
    click.echo(f"{out_path}: sha256 {digest(certificate)}")
