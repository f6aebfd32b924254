"""Results of an outside system (外部结果): findings read from a file, with where they come from.

They take the place of what the engine measured, rule by rule and subject by subject; each stands
in the verdict under the name of its system, with what was replaced beside it. What has a limit is
compared again: a value that contradicts its outcome is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.builtin_engine import school_finding
from scoring.county_data import CountyData
from scoring.county_rules import CountyRules
from scoring.figures import read_decimal
from scoring.findings import Finding, Subject
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET
from scoring.record_file import check_head, mapping, tables, text
from scoring.resource_indicators import Reading
from scoring.rule_parts import RulesPart
from scoring.rule_set import PART_KINDS, STAGES, Indicator, Rule, RuleSet
from scoring.schools import School

KIND = "indicator-results"
COMPARED = ("indicator", "difference", "composite")
"""Kinds of rule whose outcome follows from the value alone."""


@dataclass(frozen=True, slots=True)
class OutsideResults:
    """Findings of an outside system; `source` says who made them, when, out of what."""

    name: str
    distribution: str
    version: str
    source: str
    findings: tuple[Finding, ...]

    @property
    def engine(self) -> str:
        """What findings are marked with."""
        return f"{self.distribution} {self.name} {self.version}".strip()


def read_results(
    record: Mapping[str, object], rule_set: RuleSet, where: str = "results"
) -> OutsideResults:
    """Return the results in a record (format 1, kind ``indicator-results``).

    It has `engine` (name, distribution, version), `source`, and `findings`, each with `rule`,
    `subject` (kind, id, name, stage), `measured` (exact decimal or fraction as text, or null) and
    `outcome`. Raises `Problem` or `Problems` naming every finding that cannot be taken.
    """
    check_head(record, KIND, where=where)
    engine = mapping(record, "engine")
    named = [text(engine, key) for key in ("name", "distribution", "version")]
    source = text(record, "source")
    if not source.strip():
        raise Problem(N_("say in source who measured this, when, out of what"), where=where)
    marked = " ".join([named[1], named[0], named[2]]).strip()
    problems: list[Problem] = []
    findings: list[Finding] = []
    for number, entry in enumerate(tables(record, "findings"), start=1):
        try:
            findings.append(_finding(entry, rule_set, marked, f"{where} · {number}"))
        except Problem as problem:
            problems.append(problem)
    if problems:
        raise Problems(problems)
    return OutsideResults(named[0], named[1], named[2], source, tuple(findings))


def overlay(
    findings: Sequence[Finding],
    results: OutsideResults,
    *,
    rule_set: RuleSet,
    schools: Sequence[School],
    data: CountyData,
    reliefs: Sequence[str],
) -> list[Finding]:
    """Return the findings with the outside ones in the place of their own, others after them.

    Whether a school passes (六项达标) and rules that rest on other rules are measured again, on
    what stands there now.
    """
    outside = {(f.rule.id, f.subject.id, f.subject.stage): f for f in results.findings}
    merged = []
    for finding in findings:
        other = outside.pop((finding.rule.id, finding.subject.id, finding.subject.stage), None)
        merged.append(finding if other is None else _replaced(finding, other))
    merged = _schools_again([*merged, *outside.values()], rule_set)
    given = [f for f in merged if f.rule.kind not in PART_KINDS or f.engine]
    again = {
        finding.rule.id: finding
        for finding in CountyRules(rule_set, schools, data, reliefs, given).findings()
        if any(isinstance(part, RulesPart) for part in finding.rule.parts)
    }
    return [f if f.engine else again.get(f.rule.id, f) for f in merged]


def _schools_again(findings: Sequence[Finding], rule_set: RuleSet) -> list[Finding]:
    """Return the findings, schools judged anew where another system measured an indicator."""
    by_section: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.rule.kind == "indicator":
            key = finding.subject.id, finding.subject.stage
            by_section.setdefault(key, []).append(finding)
    indicators = {indicator.id: indicator for indicator in rule_set.indicators}
    judged = []
    for finding in findings:
        own = by_section.get((finding.subject.id, finding.subject.stage), [])
        is_moved = finding.rule.kind == "school" and any(one.engine for one in own)
        if not is_moved or finding.engine:
            judged.append(finding)
            continue
        readings = [_reading(one, indicators[one.rule.indicator]) for one in own]
        judged.append(_replaced(finding, school_finding(finding.rule, finding.subject, readings)))
    return judged


def _reading(finding: Finding, indicator: Indicator) -> Reading:
    """Return an indicator's finding as it is counted for its school, its relief included."""
    rule = finding.rule
    for relief in rule.reliefs:
        if relief.id in finding.reliefs and relief.limit is not None:
            rule = replace(rule, limit=relief.limit, limit_text=relief.limit_text)
    found = _value(None if finding.measured is None else dict(finding.measured))
    return Reading(
        rule,
        indicator,
        None if found is None else found[1],
        finding.outcome,
        tuple(finding.reliefs),
    )


def _replaced(finding: Finding, other: Finding) -> Finding:
    """Return the outside finding with what the verdict's own engine had measured beside it."""
    own = {
        "measured": None if finding.measured is None else dict(finding.measured),
        "outcome": finding.outcome,
    }
    subject = replace(other.subject, name=other.subject.name or finding.subject.name)
    return replace(other, subject=subject, parts={**other.parts, "in_place_of": own})


def _finding(entry: Mapping[str, object], rule_set: RuleSet, engine: str, where: str) -> Finding:
    try:
        rule = rule_set.rule(text(entry, "rule"))
        outcome = text(entry, "outcome")
        subject = _subject(mapping(entry, "subject"))
        value = _value(entry.get("measured"))
    except Problem as problem:
        raise Problem(problem.message, where=where, **problem.values) from None
    _check(rule, outcome, value, where)
    measured = None if value is None else {"exact": value[0], "display": value[0]}
    return Finding(rule, subject, outcome, measured, engine=engine)


def _subject(entry: Mapping[str, object]) -> Subject:
    kind, stage = text(entry, "kind"), str(entry.get("stage") or "")
    if kind not in ("school", "county") or stage not in ("", *STAGES):
        raise Problem(
            N_("expected a school or the county, and a stage that there is, got {got!r}"),
            got=f"{kind} {stage}".strip(),
        )
    return Subject(kind, str(entry.get("id") or ""), str(entry.get("name") or ""), stage)


def _value(measured: object) -> tuple[str, Fraction] | None:
    """Return a value as its text and exactly; `measured` may be a text, or as a verdict has it."""
    if isinstance(measured, dict):
        measured = measured.get("exact")
    if measured is None:
        return None
    if not isinstance(measured, str):
        raise Problem(N_("expected a number as text, got {got!r}"), got=measured)
    above, slash, below = measured.partition("/")
    divisor = read_decimal(below) if slash else Fraction(1)
    if not divisor:
        raise Problem(N_("expected a number as text, got {got!r}"), got=measured)
    return measured, read_decimal(above) / divisor


def _check(rule: Rule, outcome: str, value: tuple[str, Fraction] | None, where: str) -> None:
    if rule.kind == "survey" or outcome not in (MET, NOT_MET, NOT_MEASURED):
        raise Problem(
            N_("rule {rule}: expected met, not_met or not_measured, and not of the survey, got "
               "{got!r}"),
            where=where, rule=rule.id, got=outcome,
        )  # fmt: skip
    if outcome == NOT_MEASURED or rule.kind not in COMPARED or rule.limit is None:
        return
    if value is None:
        raise Problem(N_("rule {rule}: the value is missing"), where=where, rule=rule.id)
    if rule.holds(value[1]) != (outcome == MET):
        raise Problem(
            N_("rule {rule}: {value} is called {outcome}, against a limit of {limit}"),
            where=where, rule=rule.id, value=value[0], outcome=outcome, limit=rule.limit_text,
        )  # fmt: skip
