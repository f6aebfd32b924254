"""What if (假如): a figure of a school is another one, and these findings change.

Everything is judged twice by the same engine, exactly; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sampling.problems import N_, Problem, Problems
from scoring.builtin_engine import BuiltinEngine
from scoring.county_data import NOTHING, CountyData
from scoring.engine import IndicatorEngine
from scoring.findings import Finding
from scoring.rule_set import RuleSet
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools, school_row

BUILT_IN = BuiltinEngine()


@dataclass(frozen=True, slots=True)
class Change:
    """A figure as it might be: the school's id, the column's code name, the value as text."""

    school_id: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class ChangedFinding:
    """A finding before and after; None on the side where there is no such finding."""

    before: Finding | None
    after: Finding | None

    @property
    def is_turned(self) -> bool:
        """Whether the outcome is another one, and not the measured value alone."""
        return (
            self.before is None or self.after is None or self.before.outcome != self.after.outcome
        )


def change_figures(
    schools: Sequence[School], changes: Sequence[Change], rule_set: RuleSet
) -> list[School]:
    """Return the schools with some figures changed, read as an uploaded table would be.

    Any column can be changed, a school's kind and its pupils too; a later change of the same
    figure wins. Raises `Problem` for a school or a column that is not there, `Problems` for a
    value that the table would not take.
    """
    rows = {school.school_id: school_row(school) for school in schools}
    problems = [_fault(change, rows) for change in changes]
    found = [problem for problem in problems if problem is not None]
    if found:
        raise Problems(found)
    for change in changes:
        rows[change.school_id] = rows[change.school_id] | {change.column: change.value}
    changed = {change.school_id for change in changes}
    layout = layout_of(rule_set)
    return [
        parse_schools([(1, rows[school.school_id])], school.school_id, layout)[0]
        if school.school_id in changed
        else school
        for school in schools
    ]


def find_changes(
    schools: Sequence[School],
    changes: Sequence[Change],
    rule_set: RuleSet,
    *,
    data: CountyData = NOTHING,
    reliefs: Sequence[str] = (),
    engine: IndicatorEngine = BUILT_IN,
) -> list[ChangedFinding]:
    """Return every finding that comes out differently, in the engine's order.

    A finding has changed when its outcome, its exact measured value or its parts have. One change
    moves the school's own indicators and, nearly always, the coefficient of its stage.
    """
    changed = change_figures(schools, changes, rule_set)
    before = engine.assess(schools, rule_set, data, reliefs)
    after = engine.assess(changed, rule_set, data, reliefs)
    return compare_findings(before, after)


def compare_findings(before: Sequence[Finding], after: Sequence[Finding]) -> list[ChangedFinding]:
    """Return what differs between two lists of findings, by rule, subject and stage."""
    old = {_key(finding): finding for finding in before}
    new = {_key(finding): finding for finding in after}
    pairs = [ChangedFinding(old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    return [pair for pair in pairs if _content(pair.before) != _content(pair.after)]


def _fault(change: Change, rows: dict[str, dict[str, str]]) -> Problem | None:
    if change.school_id not in rows:
        return Problem(N_("there is no school {school!r}"), school=change.school_id)
    known = rows[change.school_id]
    if change.column not in known or change.column == "school_id":
        return Problem(
            N_("expected one of the columns {columns}, got {got!r}"),
            where=change.school_id,
            columns=", ".join(name for name in known if name != "school_id"),
            got=change.column,
        )
    return None


def _key(finding: Finding) -> tuple[str, str, str, str]:
    subject = finding.subject
    return finding.rule.id, subject.kind, subject.id, subject.stage


def _content(finding: Finding | None) -> object:
    if finding is None:
        return None
    measured = None if finding.measured is None else dict(finding.measured)
    return finding.outcome, measured, dict(finding.parts)
