"""`renkedu rate`: the rates of any survey's items, with what they are worth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click
from rich.console import Console
from rich.progress import Progress

from sampling.problems import N_, Problem, Problems
from scoring.domain_estimates import estimate_means
from scoring.domains import Domains, whole
from scoring.estimates import Estimates
from scoring.intervals import KORN_GRAUBARD, METHODS
from scoring.item_codes import code_items
from scoring.margin_table import MarginTable, read_margin_table
from scoring.replicate_estimates import replicate_means
from scoring.replicate_files import KINDS, given_replicates, read_replicates
from scoring.sample_design import FloatArray, Lonely, SampleDesign
from scoring.survey_rate import (
    CALIBRATIONS,
    FORMAT,
    Estimator,
    Record,
    calibrate_design,
    check_strata,
    describe_design,
    describe_sample,
    find_domains,
    rate_items,
    read_design,
    read_weights,
)
from scoring.survey_table import SurveyTable, read_survey
from survey.commands import tell
from survey.commands.option_types import BoundsType, LevelType, ListType
from survey.commands.rate_options import RateOptions, unite
from survey.commands.rate_table import write_table

file_path = click.Path(path_type=Path, dir_okay=False)
column = partial(click.option, metavar="COLUMN")
columns = partial(column, multiple=True)
codes = partial(click.option, type=ListType(), multiple=True, metavar="CODE,CODE")


@click.command(short_help="Rates of any survey's CSV, with intervals that fit its design.")
@click.argument("data", type=file_path, metavar="DATA.csv")
@columns("--item", required=True, help="An item; again for more.")
@codes("--satisfied", help="Codes that count as satisfied; without them items hold 0 and 1.")
@codes("--excluded", help="Codes that leave numerator and denominator (不了解).")
@column("--strata", help="Strata of the first stage.")
@columns("--cluster", help="Clusters, first stage first; each stage nested in the one before.")
@columns("--fpc", help="For each stage clusters in the population, or sampling fractions.")
@column("--weight", help="Weights; without them those that --fpc gives, else 1.")
@columns("--by", help="Domains; several columns are crossed. All rows come first in any case.")
@click.option(
    "--ci",
    type=ListType(METHODS),
    default=KORN_GRAUBARD,
    show_default=True,
    metavar="METHOD,METHOD",
    help=f"Intervals: {', '.join(METHODS)}.",
)
@click.option("--level", type=LevelType(), default="0.95", show_default=True)
@click.option(
    "--lonely",
    type=click.Choice(get_args(Lonely)),
    default="fail",
    show_default=True,
    help="What a stratum of a single cluster adds to the variance.",
)
@click.option(
    "--calibrate", type=click.Choice(CALIBRATIONS), help="Fit the weights to known margins."
)
@click.option(
    "--margins", type=file_path, metavar="FILE", help="CSV: column,value,total (or share)."
)
@click.option(
    "--bounds",
    type=BoundsType(),
    metavar="LOW,HIGH",
    help="Least and largest factor of a calibration, linear or logit.",
)
@click.option(
    "--replicates",
    type=file_path,
    metavar="FILE",
    help="CSV of replicate weights, a column each, rows as in DATA.csv.",
)
@click.option("--kind", type=click.Choice(KINDS), help="How the replicates were made.")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, min_open=True),
    help="Scale of the replicates, if not that of the kind.",
)
@click.option(
    "--rscales",
    type=file_path,
    metavar="FILE",
    help="CSV with a column rscale: a number for each replicate.",
)
@click.option(
    "--rho", type=click.FloatRange(0, 1, max_open=True), default=0.0, help="Of Fay's replicates."
)
@click.option("--mse", is_flag=True, help="Squares about the estimate, not the replicates' mean.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object instead of a table.")
def rate(**given: Any) -> None:
    """Print what share of a survey's respondents is satisfied, and how sure that is (认可度).

    DATA.csv is any survey's file with a header, a respondent a row, in UTF-8 or GB18030. A blank
    is item non-response. The variance follows the design: strata, clusters, finite population
    corrections, weights. docs/rate-command.md describes the files and the JSON.

    \b
    Examples:
      renkedu rate answers.csv --item q1 --strata town --fpc people
      renkedu rate answers.csv --item 总体评价 --satisfied 满意,基本满意 --excluded 不了解 --by 类别

    \b
    Exit codes:
      0  the rates were printed
      2  bad input or usage; nothing was printed on standard output
    """
    options = RateOptions(**given | {name: unite(given[name]) for name in ("item", "by")})
    options.check()
    record, encoding = rate_survey(options)
    if encoding != "utf-8":
        tell(f"{options.data}: not UTF-8, read as {encoding.upper()}")
    if options.as_json:
        click.echo(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1))
        return
    for line in write_table(record):
        click.echo(line)


def rate_survey(options: RateOptions) -> tuple[Record, str]:
    """Return the record of all estimates, and what the file was read as."""
    margins = read_margin_table(options.margins) if options.margins else None
    with _show_progress() as track:
        progress = track("reading", options.data.stat().st_size)
        table = read_survey(options.data, _list_columns(options, margins), progress)
        items = code_items(table, options.item, options.codes)
        progress = track("estimating", len(options.item))
        estimator, design = _prepare(options, table, margins)
        domains = find_domains(table, options.by)
        coded, estimates = [], []
        parts = [whole(table.n), *([] if domains is None else [domains])]
        for item, records in rate_items(items, estimator, parts, options.ci, options.level):
            coded.append(item)
            estimates += records
            progress(1)
    outside = 0 if domains is None else int((domains.codes < 0).sum())
    return {
        "format": FORMAT,
        "level": float(options.level),
        "design": design,
        "items": coded,
        "by": {"columns": list(options.by), "rows_outside": outside},
        "estimates": estimates,
    }, table.encoding


def _list_columns(options: RateOptions, margins: MarginTable | None) -> list[str]:
    """Return the columns that are needed, each once."""
    of_margins = margins.margins if margins else ()
    return list(unite((*options.item, *options.design.names, *options.by, *of_margins)))


def _prepare(
    options: RateOptions, table: SurveyTable, margins: MarginTable | None
) -> tuple[Estimator, Record]:
    """Return what estimates, and the record of the design."""
    if options.replicates is not None:
        return _read_sample(options, table, options.replicates)
    design = read_design(table, options.design)
    _check_strata(design)
    record: Record = {"calibration": None, "replicates": None}
    if margins and options.calibrate:
        totals = margins.totals(float(design.weights.sum()))
        design = calibrate_design(table, design, totals, options.calibrate, options.bounds)
        record["calibration"] = {"method": options.calibrate, "margins": totals}
    return partial(estimate_means, design), describe_design(design) | record


def _check_strata(design: SampleDesign) -> None:
    """Raise Problems that name strata with a single cluster and the option for them."""
    try:
        check_strata(design)
    except Problems as found:
        option = Problem(N_("the option is --lonely certainty, adjust or average"))
        raise Problems([*found.problems, option]) from found


def _read_sample(options: RateOptions, table: SurveyTable, path: Path) -> tuple[Estimator, Record]:
    """Return what estimates from replicate weights, and the record of the sample."""
    weights = read_weights(table, options.weight or "")
    replicates = read_replicates(path, table.n)
    rscales = None
    if options.rscales is not None:
        rscales = _read_rscales(options.rscales, replicates.shape[1])
    sample = given_replicates(
        weights,
        replicates,
        options.kind or "",
        scale=options.scale,
        rscales=rscales,
        rho=options.rho,
        mse=options.mse,
    )
    used = {"kind": options.kind, "count": sample.replication.replicates}
    record = describe_sample(weights) | {"calibration": None, "replicates": used}

    def estimate(items: FloatArray, domains: Domains) -> Estimates:
        return replicate_means(sample, items, domains).estimates

    return estimate, record


def _read_rscales(path: Path, count: int) -> FloatArray:
    """Return (R,) the numbers of the column `rscale`. Raises Problem for other than `count`."""
    table = read_survey(path, ["rscale"])
    if table.n != count:
        message = N_("expected {expected} rows, one for each replicate, got {got}")
        raise Problem(message, where=str(path), expected=count, got=table.n)
    rscales = table.numbers("rscale")
    for row in (~(rscales >= 0)).nonzero()[0]:
        message = N_("expected a number from 0 up, got {got}")
        raise Problem(message, where=table.where(int(row)), got=rscales[row])
    return rscales


@contextmanager
def _show_progress() -> Iterator[Callable[[str, int], Callable[[int], None]]]:
    """Give what makes a bar on standard error, from its name and total; none without a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        yield lambda name, total: partial(progress.advance, progress.add_task(name, total=total))
