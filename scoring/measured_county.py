"""A county as a verdict measured it (已测县情): what plans and ledgers are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sampling.canonical import digest
from sampling.problems import N_, Problem
from scoring.county_data import CountyData
from scoring.findings import Finding, Subject
from scoring.outcomes import OUTCOMES
from scoring.record_file import check_head, mapping, tables, text
from scoring.rule_set import RuleSet
from scoring.schools import School
from scoring.verdict_inputs import check_inputs, read_inputs, read_reliefs, read_rules


@dataclass(frozen=True, slots=True)
class MeasuredCounty:
    """What stands in a verdict certificate: the county's data and every finding.

    `digest` is the certificate's, which is what a ledger gives as its evidence.
    """

    county: str
    rule_set: RuleSet
    schools: Sequence[School]
    data: CountyData
    reliefs: Sequence[str]
    findings: Sequence[Finding]
    rehearsal: bool = False
    digest: str = ""


def read_measured(record: Mapping[str, object]) -> MeasuredCounty:
    """Return the county of a verdict certificate.

    Its inputs are held against their digests; that the findings follow from them is for
    `scoring.record.verify_verdict` to say. Raises `Problem` or `Difference` for a broken record.
    """
    check_head(record, "verdict")
    check_inputs(record)
    rule_set = read_rules(record)
    inputs = read_inputs(record, rule_set)
    return MeasuredCounty(
        county=text(record, "county"),
        rule_set=rule_set,
        schools=inputs.schools,
        data=inputs.data,
        reliefs=read_reliefs(record),
        findings=[_finding(entry, rule_set) for entry in tables(record, "findings")],
        rehearsal=record.get("rehearsal") is True,
        digest=digest(record),
    )


def _finding(entry: Mapping[str, object], rule_set: RuleSet) -> Finding:
    """Return a finding as far as others rest on it: rule, subject, outcome, value and parts."""
    subject = mapping(entry, "subject")
    outcome = text(entry, "outcome")
    if outcome not in OUTCOMES:
        raise Problem(N_("{got!r} is no outcome"), got=outcome)
    measured = entry.get("measured")
    return Finding(
        rule_set.rule(text(entry, "rule")),
        Subject(*(text(subject, key) for key in ("kind", "id", "name", "stage"))),
        outcome,
        {key: str(value) for key, value in measured.items()}
        if isinstance(measured, dict)
        else None,
        mapping(entry, "parts"),
        engine=str(entry.get("engine") or ""),
    )
