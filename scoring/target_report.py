"""分年目标对照: a plan's targets in a year, out of a verdict made under the plan's rule set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sampling.problems import N_, Problem
from scoring.county_rules import CountyRules
from scoring.measured_county import MeasuredCounty
from scoring.outcomes import MET
from scoring.rule_set import PART_KINDS
from scoring.targets import TargetFinding, measure_targets, target_record

NOT_DUE = "not_due"
"""The outcome of a target whose year is still to come and that does not hold yet."""


def find_targets(
    measured: MeasuredCounty,
    year: int,
    *,
    before: MeasuredCounty | None = None,
    recognised: frozenset[str] | None = None,
) -> list[TargetFinding]:
    """Return a finding for each target of the rule set that is about the county.

    Parameters
    ----------
    measured
        The county as a verdict under the plan's rule set has it.
    year
        The year that the data are of.
    before
        The same of the year before, for targets that want a yearly rise.
    recognised
        The stages of the procedure that the county has passed; None where nobody said.

    A target that holds before its year is met; one that does not is not due yet. Raises `Problem`
    where the two verdicts are of different counties or rule sets, or where one is a rehearsal
    and the other not.
    """
    if before is not None:
        _check_same(measured, before)
    rules = CountyRules(
        measured.rule_set,
        measured.schools,
        measured.data,
        measured.reliefs,
        [f for f in measured.findings if f.rule.kind not in PART_KINDS or f.engine],
        recognised=recognised,
        earlier=None if before is None else before.findings,
    )
    found = measure_targets(measured.rule_set, year, rules, measured.county)
    return [one if one.is_due or one.outcome == MET else _not_due(one) for one in found]


def make_target_report(
    measured: MeasuredCounty, year: int, findings: Sequence[TargetFinding]
) -> dict[str, object]:
    """Return all findings of a year as a record (format 1, kind targets)."""
    rule_set = measured.rule_set
    return {
        "format": 1,
        "kind": "targets",
        "county": measured.county,
        "year": year,
        "rehearsal": measured.rehearsal,
        "rules": {"id": rule_set.id, "digest": rule_set.digest},
        "verdict_digest": measured.digest,
        "targets": [target_record(finding) for finding in findings],
    }


def _not_due(finding: TargetFinding) -> TargetFinding:
    return replace(finding, outcome=NOT_DUE)


def _check_same(measured: MeasuredCounty, before: MeasuredCounty) -> None:
    this = (measured.county, measured.rule_set.digest, measured.rehearsal)
    then = (before.county, before.rule_set.digest, before.rehearsal)
    if this != then:
        raise Problem(
            N_("the year before is of {then}, this year of {this}"),
            then=" ".join(map(str, then)),
            this=" ".join(map(str, this)),
        )
