"""`renkedu assess`: the indicators of a county and its verdict, from its tables."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from sampling.problems import N_, Problem
from sampling.record import write_record
from scoring.record_file import Record, read_record
from survey.commands import BAD_INPUT, tell
from survey.commands.outputs import spare_inputs
from survey.commands.row_progress import show_progress

if TYPE_CHECKING:
    from survey.schools.county_files import FaultyFiles

MISSING = 3
file_path = click.Path(path_type=Path, dir_okay=False)
table_path = click.Path(path_type=Path)


@click.command(short_help="Judge a county: indicators, coefficients, guarantees, verdict.")
@click.argument("schools", metavar="SCHOOLS.xlsx", type=table_path)
@click.option(
    "--county", "county_path", type=table_path, metavar="COUNTY.xlsx",
    help="The county's sheets, if not in SCHOOLS; or a folder of .csv files.",
)  # fmt: skip
@click.option("--rate", "rate_path", type=file_path, metavar="rate.json",
              help="The recognition rate of the survey.")  # fmt: skip
@click.option("--rules", default="national-2017", show_default=True, metavar="ID|FILE.toml")
@click.option("--relief", "reliefs", multiple=True, metavar="ID",
              help="Switch a relief on; may be given several times.")  # fmt: skip
@click.option("--engine", "engine_name", default="built-in", show_default=True, metavar="NAME")
@click.option("--results", "results_path", type=file_path, metavar="FILE",
              help="Findings of an outside system, .json or .xlsx.")  # fmt: skip
@click.option("--name", "county_name", default="", metavar="TEXT",
              help="The county's name, where no rate says it.")  # fmt: skip
@click.option("--faults", "faults_path", type=file_path, metavar="FILE.xlsx",
              help="Where faulty rows go, with the reasons.")  # fmt: skip
@click.option("--corrected", "corrected", multiple=True, type=file_path, metavar="FILE.xlsx",
              help="Faulty rows, mended: they take the places of their originals.")  # fmt: skip
@click.option("--out", "out_path", required=True, type=file_path, metavar="verdict.json")
def assess(
    *,
    schools: Path,
    county_path: Path | None,
    rate_path: Path | None,
    rules: str,
    reliefs: tuple[str, ...],
    engine_name: str,
    results_path: Path | None,
    county_name: str,
    faults_path: Path | None,
    corrected: tuple[Path, ...],
    out_path: Path,
) -> None:
    """Judge a county from its tables (督导评估) and write the verdict with all its findings.

    SCHOOLS is the workbook of `renkedu template`, filled in, or the school table alone as .xlsx
    or .csv. What is not handed in is not measured: nothing is assumed. The verdict carries all
    that it was made from, so `renkedu verdict verify` can redo it.

    \b
    Example:
      renkedu assess county.xlsx --rate rate.json --rules national-2017 --out verdict.json
      renkedu verdict explain verdict.json
      renkedu assess county.xlsx --faults faults.xlsx --out verdict.json
      renkedu assess county.xlsx --corrected faults.xlsx --out verdict.json

    \b
    Exit codes:
      0  a verdict was reached: met or not met
      2  bad input or usage; no verdict was written
      3  data are missing: the verdict was written, undecided, with the list
    """
    from scoring.engine_registry import find_engine
    from scoring.record import make_verdict
    from scoring.rule_set import find_rule_set
    from survey.schools.county_files import FaultyFiles, read_county

    given = (schools, county_path, rate_path, results_path, *corrected)
    inputs = [path for path in given if path]
    spare_inputs(out_path, *inputs)
    rule_set, engine = find_rule_set(rules), find_engine(engine_name)
    rate = _read_rate(rate_path)
    results = None if results_path is None else read_results_file(results_path)
    try:
        with show_progress() as watch:
            county = read_county(schools, county_path, rule_set, corrected=corrected, watch=watch)
    except FaultyFiles as faulty:
        _tell_faults(faulty, faults_path, inputs)
        sys.exit(BAD_INPUT)
    if corrected:
        click.echo(f"{county.corrected} corrected rows put in place")
    verdict = make_verdict(
        str(rate.get("county", "")) if rate else county_name,
        rate,
        county.schools,
        rule_set,
        round_name=str(rate.get("round", "")) if rate else "",
        rehearsal=bool(rate and rate.get("rehearsal")),
        engine=engine,
        data=county.data,
        reliefs=reliefs,
        results=results,
    )
    write_record(verdict, out_path)
    _tell_verdict(verdict, out_path)


def _read_rate(path: Path | None) -> Record | None:
    return None if path is None else read_record(path, "rate")


def read_results_file(path: Path) -> Record:
    """Return the record of an outside system's findings, from .json or .xlsx."""
    from survey.schools.outside_workbook import read_outside_workbook

    if path.suffix.lower() == ".xlsx":
        return read_outside_workbook(path)
    return read_record(path, "indicator-results")


def _tell_faults(faulty: FaultyFiles, faults_path: Path | None, inputs: list[Path]) -> None:
    from survey.schools.faulty_rows import write_faulty_rows

    for problem in faulty.problems:
        tell(str(problem))
    if faults_path is not None:
        spare_inputs(faults_path, *inputs)
        if faults_path.suffix.lower() != ".xlsx":
            raise Problem(N_("expected a file ending in .xlsx"), where=str(faults_path))
        rows = write_faulty_rows(faults_path, faulty.problems, faulty.tables)
        tell(f"{faults_path}: {rows} faulty rows with their reasons")


def _tell_verdict(verdict: Mapping[str, object], out_path: Path) -> None:
    """Say what the verdict is; where data are missing, name them and exit 3."""
    findings = cast(list[Mapping[str, object]], verdict["findings"])
    counts = {
        outcome: sum(finding["outcome"] == outcome for finding in findings)
        for outcome in ("met", "not_met", "not_measured")
    }
    click.echo(
        f"{out_path}: {verdict['verdict']}; {counts['met']} findings met, {counts['not_met']} not "
        f"met, {counts['not_measured']} not measured"
    )
    if verdict["verdict"] != "undecided":
        return
    missing = cast(list[str], verdict["missing"])
    for rule in missing:
        tell(f"{rule}: {_reason(rule, findings)}")
    sys.exit(MISSING)


def _reason(rule: str, findings: list[Mapping[str, object]]) -> str:
    """Return title and reason of a rule that was not measured."""
    for finding in findings:
        if finding["rule"] == rule and finding["outcome"] == "not_measured":
            title = cast(Mapping[str, str], finding["title"])
            why = cast(Mapping[str, str] | None, finding["why"])
            return f"{title['zh']} — {why['zh']}" if why else title["zh"]
    return ""
