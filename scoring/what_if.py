"""What if (假如): a figure of a school or of the county is another one, and these findings change.

Everything is judged twice by the same engine, exactly; nothing is estimated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from sampling.problems import N_, Problem, Problems
from scoring.builtin_engine import BuiltinEngine
from scoring.cells import plain, read_value
from scoring.county_data import NOTHING, CountyData
from scoring.county_sheets import figure_column
from scoring.data_tables import Figure
from scoring.engine import IndicatorEngine
from scoring.findings import Finding
from scoring.rule_set import RuleSet
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools, school_row
from scoring.verdict import decide, find_all
from scoring.verdict_inputs import VerdictInputs

BUILT_IN = BuiltinEngine()


@dataclass(frozen=True, slots=True)
class Change:
    """A figure as it might be: the school's id, the column's code name, the value as text.

    Without a school it is a figure of the county, by its code name. The Chinese headers and
    titles are understood as well.
    """

    school_id: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class ChangedFinding:
    """A finding before and after; None on one side where there is no such finding there."""

    before: Finding | None
    after: Finding | None

    @property
    def either(self) -> Finding:
        """The finding after, or before where there is none after."""
        return cast(Finding, self.after or self.before)

    @property
    def is_turned(self) -> bool:
        """Whether the outcome is another one, and not the measured value alone."""
        return (
            self.before is None or self.after is None or self.before.outcome != self.after.outcome
        )


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The verdict before and after (met, not_met, undecided), and every finding that differs."""

    before: str
    after: str
    changed: list[ChangedFinding]


def judge_changes(
    inputs: VerdictInputs,
    changes: Sequence[Change],
    rule_set: RuleSet,
    *,
    reliefs: Sequence[str] = (),
    engine: IndicatorEngine = BUILT_IN,
) -> WhatIf:
    """Return both verdicts and every finding that comes out differently, in the engine's order.

    A finding has changed when its outcome, its exact measured value or its parts have. One change
    moves the school's own indicators and, nearly always, the coefficient of its stage. The rate
    stays as it is, and so do findings of an outside system. Raises `Problems` for a school or a
    figure that is not there and for a value that the table would not take.
    """
    changed = change_inputs(inputs, changes, rule_set)
    before, after = (
        find_all(
            one.schools, one.rate, rule_set, engine,
            data=one.data, reliefs=reliefs, results=one.results,
        )
        for one in (inputs, changed)
    )  # fmt: skip
    return WhatIf(decide(before), decide(after), compare_findings(before, after))


def find_changes(
    schools: Sequence[School],
    changes: Sequence[Change],
    rule_set: RuleSet,
    *,
    data: CountyData = NOTHING,
    reliefs: Sequence[str] = (),
    engine: IndicatorEngine = BUILT_IN,
) -> list[ChangedFinding]:
    """Return every finding that comes out differently, as `judge_changes` does."""
    inputs = VerdictInputs(schools, data=data)
    return judge_changes(inputs, changes, rule_set, reliefs=reliefs, engine=engine).changed


def change_inputs(
    inputs: VerdictInputs, changes: Sequence[Change], rule_set: RuleSet
) -> VerdictInputs:
    """Return a county with some figures changed; raises `Problems` as `judge_changes` does."""
    of_schools = [change for change in changes if change.school_id]
    of_county = [change for change in changes if not change.school_id]
    problems: list[Problem] = []
    changed = inputs
    try:
        changed = replace(changed, schools=change_figures(inputs.schools, of_schools, rule_set))
    except Problems as error:
        problems += error.problems
    try:
        changed = replace(changed, data=change_county(inputs.data, of_county, rule_set))
    except Problems as error:
        problems += error.problems
    if problems:
        raise Problems(problems)
    return changed


def change_figures(
    schools: Sequence[School], changes: Sequence[Change], rule_set: RuleSet
) -> list[School]:
    """Return the schools with some figures changed, read as an uploaded table would be.

    Any column can be changed, a school's kind and its pupils too; a later change of the same
    figure wins. Raises `Problems` for a school or a column that is not there, and for a value
    that the table would not take.
    """
    layout = layout_of(rule_set)
    names = {plain(name): c.name for c in layout.columns for name in (c.name, c.header_zh)}
    rows = {school.school_id: school_row(school) for school in schools}
    found = [_fault(change, rows, names) for change in changes]
    problems = [problem for problem in found if problem is not None]
    if problems:
        raise Problems(problems)
    for change in changes:
        name = names[plain(change.column)]
        rows[change.school_id] = rows[change.school_id] | {name: change.value}
    changed = {change.school_id for change in changes}
    return [
        parse_schools([(1, rows[school.school_id])], school.school_id, layout)[0]
        if school.school_id in changed
        else school
        for school in schools
    ]


def change_county(data: CountyData, changes: Sequence[Change], rule_set: RuleSet) -> CountyData:
    """Return the county's data with some figures changed; a blank value was not given.

    Raises `Problems` for a figure that the rule set does not ask for or a value that is none.
    """
    named = {plain(name): one for one in rule_set.figures for name in (one.id, one.title.zh)}
    figures = dict(data.figures)
    problems = []
    for change in changes:
        figure = named.get(plain(change.column))
        try:
            if figure is None:
                raise _unknown_figure(change, named)
            figures[figure.id] = read_value(figure_column(figure), change.value)
        except Problem as problem:
            problems.append(Problem(problem.message, where=change.column, **problem.values))
    if problems:
        raise Problems(problems)
    return replace(data, figures={name: v for name, v in figures.items() if v is not None})


def compare_findings(before: Sequence[Finding], after: Sequence[Finding]) -> list[ChangedFinding]:
    """Return what differs between two lists of findings, by rule, subject and stage."""
    old = {_key(finding): finding for finding in before}
    new = {_key(finding): finding for finding in after}
    pairs = [ChangedFinding(old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]
    return [pair for pair in pairs if _content(pair.before) != _content(pair.after)]


def _fault(
    change: Change, rows: Mapping[str, Mapping[str, str]], names: Mapping[str, str]
) -> Problem | None:
    if change.school_id not in rows:
        return Problem(N_("there is no school {school!r}"), school=change.school_id)
    if names.get(plain(change.column), "school_id") == "school_id":
        return Problem(
            N_("expected one of the columns {columns}, got {got!r}"),
            where=change.school_id,
            columns=", ".join(dict.fromkeys(n for n in names.values() if n != "school_id")),
            got=change.column,
        )
    return None


def _unknown_figure(change: Change, named: Mapping[str, Figure]) -> Problem:
    return Problem(
        N_("expected one of the county's figures {figures}, got {got!r}"),
        figures=", ".join(dict.fromkeys(figure.id for figure in named.values())),
        got=change.column,
    )


def _key(finding: Finding) -> tuple[str, str, str, str]:
    subject = finding.subject
    return finding.rule.id, subject.kind, subject.id, subject.stage


def _content(finding: Finding | None) -> object:
    if finding is None:
        return None
    measured = None if finding.measured is None else dict(finding.measured)
    return finding.outcome, measured, dict(finding.parts)
