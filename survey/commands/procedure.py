"""`renkedu procedure`: a province's year through the stages, targets of plans, and monitoring."""

from __future__ import annotations

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from sampling.canonical import canonical_json, digest
from sampling.problems import N_, Problem
from sampling.record import write_record
from sampling.verification import Difference
from scoring.measured_county import MeasuredCounty, read_measured
from scoring.monitoring import YearLevel, monitor, year_level
from scoring.procedure import STATUSES, ProvinceYear
from scoring.procedure_events import ACTIONS, FAILED, PASSED, Event, Opening
from scoring.procedure_log import (
    append_event,
    follow_procedure,
    open_procedure,
    procedure_rows,
    read_procedure,
)
from scoring.record import read_record
from scoring.rule_set import RuleSet, find_rule_set
from scoring.target_report import find_targets, make_target_report
from survey.commands import DIFFERENT, tell
from survey.commands.outputs import spare_inputs

file_path = click.Path(path_type=Path, dir_okay=False)
log_option = click.option("--log", required=True, type=file_path, metavar="procedure.jsonl")
rules_option = click.option("--rules", required=True, metavar="ID|FILE.toml")
by_option = click.option("--by", required=True, metavar="NAME", help="Who did it.")
time_option = click.option(
    "--time", metavar="TIME", help="Asserted time; by default this machine's."
)


@click.group(short_help="The stages of a year, targets of plans, monitoring.")
def procedure() -> None:
    """Follow the procedure (评估程序) of a year, the targets of a plan, and the title after it.

    \b
    Example:
      renkedu procedure open --rules inner-mongolia-2022 --province 内蒙古自治区 --year 2026 \\
        --by 自治区教育督导委员会办公室 --log procedure.jsonl

    \b
    Exit codes:
      0  done
      1  a check found a difference
      2  bad input or usage
    """


@procedure.command("open", short_help="Begin the log of a province's year.")
@rules_option
@click.option("--province", required=True, metavar="NAME")
@click.option("--year", required=True, type=int, metavar="YEAR")
@by_option
@log_option
@time_option
def open_(*, rules: str, province: str, year: int, by: str, log: Path, time: str | None) -> None:
    """Begin the log of a province's year under a rule set.

    \b
    Example:
      renkedu procedure open --rules inner-mongolia-2022 --province 内蒙古自治区 --year 2026 \\
        --by 自治区教育督导委员会办公室 --log procedure.jsonl

    \b
    Exit codes:
      0  written
      2  bad input or usage, such as a log that is there already
    """
    opening = Opening(province, year, by, time or _now())
    line = open_procedure(log, opening, find_rule_set(rules))
    click.echo(f"{log} line 1: sha256 {digest(line)}")


@procedure.command(short_help="Record a decision, papers handed on or back, a publication.")
@click.argument("action", type=click.Choice(ACTIONS))
@rules_option
@log_option
@click.option("--county", required=True, metavar="NAME")
@click.option("--stage", required=True, metavar="STAGE")
@click.option("--step", default="", metavar="STEP", help="Of a decision, where there are steps.")
@click.option("--outcome", type=click.Choice((PASSED, FAILED)), help="Of a decision.")
@click.option("--name", default="", metavar="TEXT", help="What is published.")
@click.option("--days", default=0, type=int, metavar="N", help="For how long it is published.")
@click.option(
    "--evidence",
    multiple=True,
    metavar="NAME=FILE",
    help="A paper; its SHA-256 is recorded. May be given several times.",
)
@click.option("--reason", default="", metavar="TEXT")
@by_option
@time_option
def record(
    *,
    action: str,
    rules: str,
    log: Path,
    county: str,
    stage: str,
    step: str,
    outcome: str | None,
    name: str,
    days: int,
    evidence: tuple[str, ...],
    reason: str,
    by: str,
    time: str | None,
) -> None:
    """Append an event; what the procedure does not allow at this place is refused.

    Stages and steps are taken in order. What comes after its last day needs a reason and is told.

    \b
    Example:
      renkedu procedure record decided --rules inner-mongolia-2022 --log procedure.jsonl \\
        --county 康巴什区 --stage county --outcome passed --by 康巴什区人民政府 \\
        --evidence 自评报告=report.pdf

    \b
    Exit codes:
      0  appended
      2  bad input or usage; nothing was written
    """
    event = Event(
        action=action,
        county=county,
        stage=stage,
        by=by,
        time=time or _now(),
        step=step,
        outcome=outcome or "",
        name=name,
        days=days,
        evidence=dict(map(_read_evidence, evidence)),
        reason=reason,
    )
    line = append_event(log, event, find_rule_set(rules))
    if line["late_days"]:
        tell(f"{county}: {line['late_days']} days late")
    click.echo(f"{log} line {line['number']}: sha256 {digest(line)}")


@procedure.command(short_help="Check the log and show where every county stands.")
@click.argument("log", type=file_path, metavar="procedure.jsonl")
@rules_option
@click.option("--json", "is_json", is_flag=True, help="Print JSON in place of text.")
def show(*, log: Path, rules: str, is_json: bool) -> None:
    """Check every line of the log against the rule set, and show where every county stands.

    \b
    Example:
      renkedu procedure show procedure.jsonl --rules inner-mongolia-2022

    \b
    Exit codes:
      0  the log holds
      1  a line is not what the procedure allows, or was changed
      2  bad input or usage
    """
    rule_set, lines = find_rule_set(rules), read_procedure(log)
    try:
        year = follow_procedure(lines, rule_set)
    except Difference as difference:
        tell(f"{log}: {difference}")
        sys.exit(DIFFERENT)
    if is_json:
        click.echo(canonical_json(procedure_rows(year, rule_set.stages)), nl=False)
        return
    _show_year(year, rule_set)
    click.echo(f"{log} line {len(lines)}: sha256 {digest(lines[-1])}")


@procedure.command(short_help="A plan's targets against what was measured.")
@click.argument("verdict", type=file_path, metavar="verdict.json")
@click.option("--year", required=True, type=int, metavar="YEAR", help="Year of the data.")
@click.option("--before", type=file_path, metavar="FILE", help="Verdict of the year before.")
@click.option("--log", type=file_path, metavar="FILE", help="Log of the procedure.")
@click.option("--out", "out_path", type=file_path, metavar="targets.json")
def targets(
    *, verdict: Path, year: int, before: Path | None, log: Path | None, out_path: Path | None
) -> None:
    """Hold the targets of the verdict's rule set against what the verdict measured.

    \b
    Example:
      renkedu procedure targets verdict.json --year 2025 --before verdict-2024.json

    \b
    Exit codes:
      0  printed, whatever came out
      2  bad input or usage
    """
    measured = _read_verdict(verdict)
    earlier = None if before is None else _read_verdict(before)
    recognised = None if log is None else _passed(log, measured)
    findings = find_targets(measured, year, before=earlier, recognised=recognised)
    for finding in findings:
        click.echo(f"{finding.target.id}  {finding.target.title.zh}: {finding.outcome}")
        for why in [finding.target.open, *(part.why for part in finding.parts)]:
            if why is not None:
                click.echo(f"  {why.zh} · {why.en}")
    if out_path is not None:
        spare_inputs(out_path, verdict, *([before] if before else []), *([log] if log else []))
        write_record(make_target_report(measured, year, findings), out_path)


@procedure.command("monitor", short_help="Whether a recognised county keeps its title.")
@click.argument("verdicts", nargs=-1, required=True, metavar="YEAR=verdict.json...")
@rules_option
@click.option("--since", required=True, type=int, metavar="YEAR", help="Year of recognition.")
@click.option("--basis", default="", metavar="RULE", help="The figure that may fall.")
@click.option("--exceptional", multiple=True, type=int, metavar="YEAR", help="非常情况的年份")
def monitor_(
    *, verdicts: tuple[str, ...], rules: str, since: int, basis: str, exceptional: tuple[int, ...]
) -> None:
    """Say whether falling years, or years below the standard, lose the title.

    On what a fall is measured no text says: name a rule with --basis, or it stays not measured.

    \b
    Example:
      renkedu procedure monitor 2025=v25.json 2026=v26.json 2027=v27.json \\
        --rules national-2017 --since 2025 --basis survey.rate

    \b
    Exit codes:
      0  printed, whatever came out
      2  bad input or usage
    """
    rule_set = find_rule_set(rules)
    years: dict[int, YearLevel] = {}
    for text in verdicts:
        year, measured = _read_year(text, rule_set)
        if year in years:
            raise Problem(N_("year {year} is given twice"), year=year)
        years[year] = year_level(measured, basis, is_exceptional=year in exceptional)
    for finding in monitor(rule_set.monitoring, since, max(years), years):
        one = finding.monitoring
        click.echo(f"{one.measure}, {one.years} years in a row: {finding.outcome}")
        click.echo(f"  {one.citation.quote}")
        if finding.years:
            click.echo(f"  years: {', '.join(map(str, finding.years))}")
        if finding.why is not None:
            click.echo(f"  {finding.why.zh} · {finding.why.en}")


def _show_year(year: ProvinceYear, rule_set: RuleSet) -> None:
    click.echo(f"{year.opening.province} {year.opening.year}")
    for row in procedure_rows(year, rule_set.stages):
        late = f", {row['late_days']} days late" if row["late_days"] else ""
        status = f"{STATUSES[str(row['status'])]} {row['status']}"
        click.echo(f"{row['county']}  {row['title']}: {status}{late}")
    for county in sorted(year.counties):
        for stage in rule_set.stages:
            for name in year.unpublished(county, stage.id):
                click.echo(f"{county}  {stage.title.zh}: {name} is not published yet")
    if year.ended is not None:
        click.echo(f"the year has ended for the province: {year.ended.county} failed")


def _passed(log: Path, measured: MeasuredCounty) -> frozenset[str]:
    year = follow_procedure(read_procedure(log), measured.rule_set)
    way = year.counties.get(measured.county)
    return way.passed if way else frozenset()


def _read_verdict(path: Path) -> MeasuredCounty:
    return read_measured(read_record(path, "verdict"))


def _read_year(text: str, rule_set: RuleSet) -> tuple[int, MeasuredCounty]:
    year, _, path = text.partition("=")
    if not (year.isdecimal() and path):
        raise Problem(N_("expected YEAR=verdict.json, got {got!r}"), got=text)
    measured = _read_verdict(Path(path))
    if measured.rule_set.digest != rule_set.digest:
        raise Problem(N_("was made under another rule set"), where=path)
    if measured.rehearsal:
        raise Problem(N_("a rehearsal says nothing about a year"), where=path)
    return int(year), measured


def _read_evidence(text: str) -> tuple[str, str]:
    name, _, path = text.partition("=")
    if not (name and path):
        raise Problem(N_("expected NAME=FILE, got {got!r}"), got=text)
    with Path(path).open("rb") as file:
        return name, hashlib.file_digest(file, "sha256").hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
