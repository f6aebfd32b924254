"""`renkedu cv` and `renkedu verdict`: the judgement on the command line.

A `Problem` goes up to the entry point, which tells it in one line and exits 2.
"""

from __future__ import annotations

import json
import sys
from fractions import Fraction
from pathlib import Path

import click

from sampling.problems import Problem
from sampling.verification import Difference
from scoring.amount_table import read_amounts
from scoring.difference_coefficient import DifferenceCoefficient, difference_coefficient
from scoring.engine_registry import find_engine
from scoring.explanation import LANGUAGES, explain
from scoring.figures import read_decimal
from scoring.record import read_record, verify_verdict
from scoring.record_file import Record, mapping, text
from survey.commands import DIFFERENT, tell

PRIMARY_LIMIT = "0.50"


class LimitType(click.ParamType[Fraction]):
    """A limit above 0 as decimal text, read exactly."""

    name = "decimal"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> Fraction:
        """Return the exact limit or fail as a usage error."""
        try:
            limit = read_decimal(value)
        except Problem as problem:
            self.fail(str(problem), param, ctx)
        if limit <= 0:
            self.fail(f"expected a number above 0, got {value!r}", param, ctx)
        return limit


@click.command(short_help="Difference coefficient of a table, weighted by pupils.")
@click.argument("table", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--amount", required=True, metavar="COLUMN", help="Column of each school's total.")
@click.option("--pupils", required=True, metavar="COLUMN", help="Column of each school's pupils.")
@click.option(
    "--limit",
    type=LimitType(),
    default=PRIMARY_LIMIT,
    show_default=True,
    help="Largest coefficient allowed; 0.45 for junior schools.",
)
def cv(table: Path, amount: str, pupils: str, limit: Fraction) -> None:
    """Print the student-weighted difference coefficient (差异系数) of TABLE as JSON.

    TABLE is a UTF-8 CSV file with a header, a school a row. The mean is the pooled one, the
    spread is weighted by pupils, and the comparison with the limit is exact. Where all amounts
    are 0, cv and met are null.

    \b
    Example:
      renkedu cv schools.csv --amount books --pupils pupils --limit 0.50

    \b
    Exit codes:
      0  the coefficient was printed, whether it keeps the limit or not
      2  bad input or usage; nothing was printed on standard output
    """
    coefficient = difference_coefficient(read_amounts(table, amount, pupils))
    click.echo(json.dumps(_coefficient_record(coefficient, limit)))


@click.group(short_help="Check and explain verdict certificates.")
def verdict() -> None:
    """Check and explain verdict certificates (认定证书).

    \b
    Example:
      renkedu verdict verify verdict.json

    \b
    Exit codes:
      0  done
      1  a check found a difference
      2  bad input or usage
    """


@verdict.command(short_help="Redo a verdict from the inputs it carries.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The answers certificate that the rate belongs to, to be checked as well.",
)
def verify(file: Path, answers: Path | None) -> None:
    """Redo the verdict in FILE from the tables, results and rate it carries, and compare.

    The rate itself was counted from papers, which nobody publishes: give the answers certificate
    to have its counts compared with the rate's.

    \b
    Example:
      renkedu verdict verify verdict.json --answers answers.json

    \b
    Exit codes:
      0  everything comes out the same
      1  something differs; the first difference is told on standard error
      2  bad input or usage
    """
    record = read_record(file, "verdict")
    opened = read_record(answers, "answers") if answers else None
    try:
        verify_verdict(record, engine=find_engine(_engine_name(record)), answers=opened)
    except Difference as difference:
        tell(f"{file}: {difference}")
        sys.exit(DIFFERENT)
    rehearsal = " (rehearsal)" if record["rehearsal"] else ""
    checked = "checked" if opened else "not checked"
    click.echo(
        f"{file}: the verdict is {record['verdict']}{rehearsal}, as its inputs and rule set give "
        f"it; answers certificate {checked}."
    )
    if "content" in mapping(record, "rules"):
        click.echo("The rule set is one that the file carries, not one of the programme's.")


@verdict.command("explain", short_help="Print a verdict's tree for a person.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", type=click.Choice(LANGUAGES), default="zh", show_default=True)
@click.option("--all", "has_all", is_flag=True, help="List the sections that pass as well.")
def explain_verdict(file: Path, language: str, *, has_all: bool) -> None:
    """Print how the verdict in FILE came about: each rule, its value, its limit, its article.

    \b
    Example:
      renkedu verdict explain verdict.json --language en

    \b
    Exit codes:
      0  printed
      2  bad input or usage
    """
    for line in explain(read_record(file, "verdict"), language, has_all=has_all):
        click.echo(line)


def _engine_name(record: Record) -> str:
    return text(mapping(record, "engine"), "name")


def _coefficient_record(coefficient: DifferenceCoefficient, limit: Fraction) -> dict[str, object]:
    value = coefficient.value
    return {
        "schools": coefficient.schools,
        "mean": float(coefficient.mean),
        "sd": float(coefficient.sd),
        "cv": None if value is None else float(value),
        "limit": float(limit),
        "met": coefficient.is_within(limit),
    }
