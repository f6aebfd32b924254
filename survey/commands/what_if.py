"""`renkedu what-if`: what another figure would change, judged like the verdict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from sampling.problems import N_, Problem, Problems
from scoring.findings import Finding, Subject, finding_record
from scoring.rule_set import RuleSet
from scoring.verdict_inputs import VerdictInputs
from scoring.what_if import Change, ChangedFinding, WhatIf, judge_changes

file_path = click.Path(path_type=Path, dir_okay=False)
table_path = click.Path(path_type=Path)
COLUMNS = ("", "subject", "rule", "before", "after")
TOLD = ("outcome", "measured", "limit", "comparison")


@click.command("what-if", short_help="What another figure would change (假如).")
@click.argument("county", metavar="SCHOOLS.xlsx|verdict.json", type=table_path)
@click.option("--set", "texts", multiple=True, required=True, metavar="[SCHOOL.]FIGURE=VALUE",
              help="The figure as it might be; may be given several times.")  # fmt: skip
@click.option(
    "--county", "county_path", type=table_path, metavar="COUNTY.xlsx",
    help="The county's sheets, if not in SCHOOLS; or a folder of .csv files.",
)  # fmt: skip
@click.option("--rate", "rate_path", type=file_path, metavar="rate.json",
              help="The recognition rate of the survey.")  # fmt: skip
@click.option("--rules", metavar="ID|FILE.toml",
              help="By default national-2017, or those of the verdict.")  # fmt: skip
@click.option("--relief", "reliefs", multiple=True, metavar="ID",
              help="Switch a relief on; may be given several times.")  # fmt: skip
@click.option("--engine", "engine_name", metavar="NAME",
              help="By default built-in, or that of the verdict.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
def what_if(
    *,
    county: Path,
    texts: tuple[str, ...],
    county_path: Path | None,
    rate_path: Path | None,
    rules: str | None,
    reliefs: tuple[str, ...],
    engine_name: str | None,
    as_json: bool,
) -> None:
    """Judge a county twice, with its figures and with other ones, and list what differs (假如).

    The county is the workbook that `renkedu assess` reads, or a verdict certificate, whose
    tables, rate, reliefs and rule set are then taken. FIGURE is a column of the school table
    after the school's code and a full stop, or else a figure of the county; code names and
    Chinese headers both do. An outcome that turns is marked with *. Nothing is written.

    \b
    Example:
      renkedu what-if county.xlsx --set 1001.rooms_m2=5000
      renkedu what-if verdict.json --set 1001.rooms_m2=5000 --set teachers_pay_yuan=98000

    \b
    Exit codes:
      0  judged, whatever it changes
      2  bad input or usage
    """
    from scoring.engine_registry import find_engine

    changes = _read_changes(texts)
    if county.suffix.lower() == ".json":
        _refuse_tables(county, county_path, rate_path, rules)
        inputs, rule_set, of_verdict, engine = _read_verdict(county)
        reliefs = tuple(sorted({*of_verdict, *reliefs}))
    else:
        inputs, rule_set = _read_tables(county, county_path, rate_path, rules)
        engine = "built-in"
    found = judge_changes(
        inputs, changes, rule_set, reliefs=reliefs, engine=find_engine(engine_name or engine)
    )
    if as_json:
        click.echo(json.dumps(_record(changes, found), ensure_ascii=False))
        return
    for line in explain_changes(found):
        click.echo(line)


def explain_changes(found: WhatIf) -> Iterator[str]:
    """Yield what differs as lines, outcomes that turn marked, and both verdicts."""
    from survey.commands.text_table import align

    rows = [
        ("*" if pair.is_turned else "", _subject(pair), _rule(pair), _side(pair.before),
         _side(pair.after))
        for pair in found.changed
    ]  # fmt: skip
    if rows:
        yield from align([COLUMNS, *rows], left=range(len(COLUMNS)))
        yield ""
    turned = sum(pair.is_turned for pair in found.changed)
    yield f"{len(found.changed)} findings differ, {turned} outcomes turn"
    yield f"verdict: {found.before} -> {found.after}"


def _read_changes(texts: tuple[str, ...]) -> list[Change]:
    """Return the changes; a school's code holds no full stop."""
    changes, problems = [], []
    for text in texts:
        place, sign, value = text.partition("=")
        school, stop, column = place.partition(".")
        if not sign or not place.strip() or (stop and not (school.strip() and column.strip())):
            problems.append(
                Problem(N_("expected SCHOOL.FIGURE=VALUE or FIGURE=VALUE, got {got!r}"), got=text)
            )
        changes.append(
            Change(school.strip(), column.strip(), value) if stop else Change("", school, value)
        )
    if problems:
        raise Problems(problems)
    return changes


def _refuse_tables(verdict: Path, *others: object) -> None:
    if any(other is not None for other in others):
        raise Problem(
            N_("a verdict brings its own tables, rate and rule set; leave the other options out"),
            where=str(verdict),
        )


def _read_verdict(path: Path) -> tuple[VerdictInputs, RuleSet, list[str], str]:
    """Return what a certificate was made from, its reliefs and its engine's name."""
    from scoring.record_file import mapping, read_record, text
    from scoring.verdict_inputs import check_inputs, read_inputs, read_reliefs, read_rules

    record = read_record(path, "verdict")
    check_inputs(record)
    rule_set = read_rules(record)
    engine = text(mapping(record, "engine"), "name")
    return read_inputs(record, rule_set), rule_set, read_reliefs(record), engine


def _read_tables(
    schools: Path, county_path: Path | None, rate_path: Path | None, rules: str | None
) -> tuple[VerdictInputs, RuleSet]:
    from scoring.record_file import read_record
    from scoring.rule_set import find_rule_set
    from survey.schools.county_files import read_county

    rule_set = find_rule_set(rules or "national-2017")
    rate = None if rate_path is None else read_record(rate_path, "rate")
    county = read_county(schools, county_path, rule_set)
    return VerdictInputs(county.schools, rate, county.data), rule_set


def _subject(pair: ChangedFinding) -> str:
    subject: Subject = pair.either.subject
    return " ".join(word for word in (subject.id, subject.name, subject.stage) if word)


def _rule(pair: ChangedFinding) -> str:
    rule = pair.either.rule
    return f"{rule.id} {rule.title_zh}"


def _side(finding: Finding | None) -> str:
    if finding is None:
        return "-"
    shown = "" if finding.measured is None else finding.measured["display"]
    return f"{shown} {finding.outcome}".strip()


def _record(changes: list[Change], found: WhatIf) -> dict[str, object]:
    return {
        "changes": [
            {"school": one.school_id, "figure": one.column, "value": one.value} for one in changes
        ],
        "verdict": {"before": found.before, "after": found.after},
        "findings": [
            {
                "rule": pair.either.rule.id,
                "subject": finding_record(pair.either)["subject"],
                "is_turned": pair.is_turned,
                "before": _told(pair.before),
                "after": _told(pair.after),
            }
            for pair in found.changed
        ],
    }


def _told(finding: Finding | None) -> dict[str, object] | None:
    if finding is None:
        return None
    record = finding_record(finding)
    return {key: record[key] for key in TOLD}
