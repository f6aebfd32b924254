"""The log of a province's year (程序记录): opened, appended to, read back and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from sampling.log_file import expect_same
from sampling.problems import N_, Problem
from sampling.timestamps import read_time
from sampling.verification import Difference
from scoring.event_log import (
    Line,
    Lines,
    append_line,
    create_log,
    read_lines,
    verify_chain,
)
from scoring.procedure import ProvinceYear
from scoring.procedure_events import (
    Event,
    Opening,
    event_record,
    opening_record,
    read_event,
    read_opening,
)
from scoring.rule_set import RuleSet
from scoring.stages import Stage

KIND = "procedure"


def open_procedure(path: Path, opening: Opening, rule_set: RuleSet) -> Line:
    """Begin the log of a province's year; raise `Problem` where there is one already."""
    content = opening_record(opening, {"id": rule_set.id, "digest": rule_set.digest})
    read_opening(content, path.name)
    ProvinceYear(rule_set, opening)
    return create_log(path, KIND, content)


def append_event(path: Path, event: Event, rule_set: RuleSet) -> Line:
    """Append an event; raise `Problem`, with nothing written, for what is not allowed.

    An event may not be asserted to be earlier than the line before it.
    """

    def make(before: list[Line]) -> Mapping[str, object]:
        year = follow_procedure(before, rule_set)
        read_event({**event_record(event), "late_days": 0}, path.name)
        _check_time(event.time, before[-1])
        return {**event_record(event), "late_days": year.apply(event)}

    return append_line(path, KIND, make)


def read_procedure(path: Path) -> list[Line]:
    """Return the lines of a procedure's log; `follow_procedure` says what they mean."""
    return read_lines(path, KIND)


def follow_procedure(lines: Lines, rule_set: RuleSet) -> ProvinceYear:
    """Return where everybody stands, having checked every line as when it was appended.

    Raises `Difference` naming the first line that is not bound to the one before, is not allowed
    where it stands, or says another lateness than follows from its day; and for a log that was
    made under another edition of the rule set.
    """
    if not lines:
        raise Problem(N_("the log is empty: it begins with an opening"))
    verify_chain(lines)
    opening, rules = read_opening(lines[0], "line 1")
    if rules != {"id": rule_set.id, "digest": rule_set.digest}:
        raise Difference(
            N_("made under rule set {recorded}, this one is {id}"),
            where="line 1",
            recorded=f"{rules['id']} ({rules['digest']})",
            id=f"{rule_set.id} ({rule_set.digest})",
        )
    year = ProvinceYear(rule_set, opening)
    for number, line in enumerate(lines[1:], start=2):
        event = read_event(line, f"line {number}")
        try:
            _check_time(event.time, lines[number - 2])
            late_days = year.apply(event)
        except Problem as problem:
            raise Difference(problem.message, where=f"line {number}", **problem.values) from problem
        expect_same(line, "late_days", late_days, number)
    return year


def procedure_rows(year: ProvinceYear, stages: Sequence[Stage]) -> list[dict[str, object]]:
    """Return a row for each county and stage, for a screen, a page or a workbook."""
    return [
        {
            "county": county,
            "stage": stage.id,
            "title": stage.title.zh,
            "status": year.status(county, stage.id),
            "steps": [*here.steps],
            "decided_by": here.decided_by,
            "decided_on": here.decided_on,
            "submitted_on": here.submitted_on,
            "late_days": here.late_days,
            "published": {name: list(days) for name, days in here.published.items()},
            "unpublished": year.unpublished(county, stage.id),
        }
        for county, way in sorted(year.counties.items())
        for stage in stages
        for here in (way.stages[stage.id],)
    ]


def _check_time(time: str, before: Mapping[str, object]) -> None:
    if read_time(time) < read_time(str(before.get("time"))):
        raise Problem(
            N_("{time} is earlier than the line before, {before}"),
            time=time,
            before=before.get("time"),
        )
