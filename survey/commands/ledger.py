"""`renkedu ledger`: gaps of schools, what is undertaken about them, and what data show closed."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.verification import Difference
from scoring.application import FormTable
from scoring.ledger import STATUSES, Ledger, follow_ledger
from scoring.ledger_log import (
    HEADERS,
    Undertaking,
    ledger_rows,
    open_ledger,
    read_ledger,
    undertake,
    update_ledger,
    verify_ledger,
)
from scoring.ledger_plan import plan_measures
from scoring.measured_county import MeasuredCounty, read_measured
from scoring.record import read_record
from scoring.rule_set import find_rule_set
from survey.commands import DIFFERENT, tell
from survey.commands.outputs import spare_inputs, write_whole
from survey.commands.redone_verdict import read_redone_verdict
from survey.results.application_file import application_file

file_path = click.Path(path_type=Path, dir_okay=False)
log_option = click.option(
    "--ledger", "log", required=True, type=file_path, metavar="ledger.jsonl", help="The ledger."
)
by_option = click.option("--by", required=True, metavar="NAME", help="Who keeps the ledger.")
as_of_option = click.option(
    "--as-of", required=True, metavar="DAY", help="Day that the data are of, 2027-09-01."
)
time_option = click.option(
    "--time", metavar="TIME", help="Asserted time; by default this machine's."
)


@click.group(short_help="Ledger of gaps (台账), struck off when data show them closed.")
def ledger() -> None:
    """Keep the ledger of gaps (台账, 一校一案, 销号): appended to, never rewritten.

    \b
    Example:
      renkedu ledger open verdict-2026.json --ledger ledger.jsonl --as-of 2026-09-01 --by 教育局
      renkedu ledger update verdict-2027.json --ledger ledger.jsonl --as-of 2027-09-01 --by 教育局

    \b
    Exit codes:
      0  done
      1  a check found a difference
      2  bad input or usage
    """


@ledger.command("open", short_help="Begin a ledger with the gaps of a verdict.")
@click.argument("verdict", type=file_path, metavar="verdict.json")
@log_option
@as_of_option
@by_option
@time_option
def open_(*, verdict: Path, log: Path, as_of: str, by: str, time: str | None) -> None:
    """Begin a ledger: a line for each gap of each school, section and indicator.

    \b
    Example:
      renkedu ledger open verdict.json --ledger ledger.jsonl --as-of 2026-09-01 --by 教育局

    \b
    Exit codes:
      0  written
      2  bad input or usage, such as a ledger that is there already
    """
    line = open_ledger(log, _redo_verdict(verdict), as_of, by, time or _now())
    _tell_counts(follow_ledger([line]))
    click.echo(f"{log} line 1: sha256 {digest(line)}")


@ledger.command(short_help="Strike off what a later verdict shows closed.")
@click.argument("verdict", type=file_path, metavar="verdict.json")
@log_option
@as_of_option
@by_option
@time_option
def update(*, verdict: Path, log: Path, as_of: str, by: str, time: str | None) -> None:
    """Hold the ledger against a later verdict: lines are struck off, stay, open or open again.

    \b
    Example:
      renkedu ledger update verdict.json --ledger ledger.jsonl --as-of 2027-09-01 --by 教育局

    \b
    Exit codes:
      0  appended
      2  bad input or usage; nothing was written
    """
    line = update_ledger(log, _redo_verdict(verdict), as_of, by, time or _now())
    _tell_counts(follow_ledger(read_ledger(log)))
    click.echo(f"{log} line {line['number']}: sha256 {digest(line)}")


@ledger.command(short_help="Say what is done about a line, who answers, by when.")
@log_option
@click.option("--school", required=True, metavar="ID")
@click.option("--stage", default="", metavar="STAGE", help="primary or junior, where it has one.")
@click.option("--rule", required=True, metavar="RULE")
@click.option("--part", default="", metavar="PART", help="Part of the rule, where it has one.")
@click.option("--measure", required=True, metavar="TEXT", help="措施")
@click.option("--answers", required=True, metavar="NAME", help="责任人")
@click.option("--deadline", required=True, metavar="DAY", help="时限, 2027-08-31")
@by_option
@time_option
def assign(
    *,
    log: Path,
    school: str,
    stage: str,
    rule: str,
    part: str,
    measure: str,
    answers: str,
    deadline: str,
    by: str,
    time: str | None,
) -> None:
    """Append the measure for a line, who answers for it and its deadline.

    \b
    Example:
      renkedu ledger assign --ledger ledger.jsonl --school s1 --stage primary \\
        --rule resources.rooms_m2.primary --measure 新建教学楼 --answers 张三 \\
        --deadline 2027-08-31 --by 教育局

    \b
    Exit codes:
      0  appended
      2  bad input or usage, such as a line that is struck off; nothing was written
    """
    undertaking = Undertaking((school, stage, rule, part), measure, answers, deadline)
    line = undertake(log, [undertaking], by, time or _now())
    click.echo(f"{log} line {line['number']}: sha256 {digest(line)}")


@ledger.command(short_help="Carry a way out into the ledger as measures.")
@click.argument("plan", type=file_path, metavar="plan.json")
@log_option
@click.option("--rules", metavar="ID|FILE.toml", help="Rule set, where it is a file of your own.")
@click.option("--school", metavar="ID", help="Only this school's lines.")
@click.option("--answers", required=True, metavar="NAME", help="责任人")
@click.option("--deadline", required=True, metavar="DAY", help="时限, 2027-08-31")
@by_option
@time_option
def plan(
    *,
    plan: Path,
    log: Path,
    rules: str | None,
    school: str | None,
    answers: str,
    deadline: str,
    by: str,
    time: str | None,
) -> None:
    """Append the additions of `renkedu way-out` as measures of the lines they close (出路).

    Lines that the plan leaves at their floor, and additions that no line asks for because they
    bring a coefficient down, are told.

    \b
    Example:
      renkedu ledger plan plan.json --ledger ledger.jsonl --answers 张三 \\
        --deadline 2027-08-31 --by 教育局

    \b
    Exit codes:
      0  appended
      2  bad input or usage, such as a plan under another rule set; nothing was written
    """
    record = read_record(plan, "way_out")
    found = follow_ledger(read_ledger(log))
    rule_set = find_rule_set(rules or found.rules["id"])
    measures = plan_measures(record, found, rule_set, answers, deadline)
    chosen = [one for one in measures.undertakings if school in (None, one.key[0])]
    if not chosen:
        raise Problem(N_("no line still to be closed is in the plan"), where=str(plan))
    line = undertake(log, chosen, by, time or _now(), plan=digest(record))
    for one in chosen:
        click.echo("  ".join([*filter(None, one.key), one.measure]))
    for name in measures.idle if school is None else ():
        click.echo(f"no line asks for {name}: it brings a coefficient down")
    for key in measures.left:
        if school in (None, key[0]):
            click.echo(f"not in the plan, stays below its limit: {' '.join(filter(None, key))}")
    click.echo(f"{log} line {line['number']}: sha256 {digest(line)}")


@ledger.command(short_help="Show the ledger, what is overdue first.")
@click.argument("log", type=file_path, metavar="ledger.jsonl")
@click.option("--rules", metavar="ID|FILE.toml", help="Rule set, where it is a file of your own.")
@click.option("--on", metavar="DAY", help="Day for deadlines; by default today.")
@click.option("--out", "out_path", type=file_path, metavar="台账.xlsx", help="Write a workbook.")
def show(*, log: Path, rules: str | None, on: str | None, out_path: Path | None) -> None:
    """Show every line with its gap, measure, deadline and status; overdue ones are told.

    \b
    Example:
      renkedu ledger show ledger.jsonl --on 2027-09-01 --out 台账.xlsx

    \b
    Exit codes:
      0  shown
      2  bad input or usage, such as a ledger that was tampered with
    """
    found = follow_ledger(read_ledger(log))
    rule_set = find_rule_set(rules or found.rules["id"])
    rows = ledger_rows(found, rule_set, on or _now()[:10])
    if out_path is not None:
        spare_inputs(out_path, log)
        table = FormTable("台账", HEADERS, tuple(tuple(row) for row in rows))
        write_whole(out_path, application_file([table]))
    else:
        for row in rows:
            click.echo("  ".join(str(cell) for cell in row if cell != ""))
    _tell_counts(found)
    click.echo(f"overdue: {sum('逾期' in row for row in rows)}")


@ledger.command(short_help="Redo a ledger from its verdicts.")
@click.argument("log", type=file_path, metavar="ledger.jsonl")
@click.argument("verdicts", type=file_path, nargs=-1, metavar="[verdict.json]...")
def verify(log: Path, verdicts: tuple[Path, ...]) -> None:
    """Check the chain of a ledger, and every measurement whose verdict is given.

    \b
    Example:
      renkedu ledger verify ledger.jsonl verdict-2026.json verdict-2027.json

    \b
    Exit codes:
      0  everything comes out the same
      1  something differs
      2  bad input or usage
    """
    lines = read_ledger(log)
    given = [_read_verdict(path) for path in verdicts]
    try:
        redone = verify_ledger(lines, given)
    except Difference as difference:
        tell(f"{log}: {difference}")
        sys.exit(DIFFERENT)
    measured = sum(line.get("action") == "measured" for line in lines)
    if given and not redone:
        raise Problem(N_("holds no measurement of the verdicts given"), where=str(log))
    click.echo(
        f"{log}: {len(lines)} lines are bound to each other; {redone} of {measured} measurements "
        f"redone from their verdicts; last line sha256 {digest(lines[-1])}"
    )


def _read_verdict(path: Path) -> MeasuredCounty:
    return read_measured(read_record(path, "verdict"))


def _redo_verdict(path: Path) -> MeasuredCounty:
    """Return a verdict that was made again: a finding that was edited strikes nothing off."""
    return read_measured(read_redone_verdict(path))


def _tell_counts(found: Ledger) -> None:
    statuses = [line.status for line in found.lines.values()]
    counts = (f"{zh} {statuses.count(code)}" for code, zh in STATUSES.items())
    click.echo(f"{found.county} {found.as_of}: {', '.join(counts)}")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
