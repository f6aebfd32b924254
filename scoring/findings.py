"""A finding: one rule, what it was applied to, what was measured, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from scoring.figures import display_text, exact_text
from scoring.resource_indicators import NOT_MEASURED
from scoring.rule_set import Rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule was applied to: a school's section, or the county (one stage or all of it)."""

    kind: str
    id: str
    name: str
    stage: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one rule for one subject: met, not_met or not_measured.

    `measured` holds texts only: exact value and display; `parts` what it was made of.
    """

    rule: Rule
    subject: Subject
    outcome: str
    measured: Mapping[str, str] | None = None
    parts: Mapping[str, object] = field(default_factory=dict)


def not_measured(rule: Rule, subject: Subject) -> Finding:
    """Return the finding of a rule that nobody measured."""
    return Finding(rule, subject, NOT_MEASURED)


def measured_text(value: Fraction, limit: Fraction | None = None) -> dict[str, str]:
    """Return a value as a finding keeps it: without loss, and as shown beside its limit."""
    return {"exact": exact_text(value), "display": display_text(value, limit)}


def finding_record(finding: Finding) -> dict[str, object]:
    """Return a finding as it stands in a verdict certificate, with its rule's citation."""
    rule, subject = finding.rule, finding.subject
    return {
        "rule": rule.id,
        "kind": rule.kind,
        "decisive": rule.decisive,
        "subject": {
            "kind": subject.kind,
            "id": subject.id,
            "name": subject.name,
            "stage": subject.stage,
        },
        "title": {"zh": rule.title_zh, "en": rule.title_en},
        "measured": None if finding.measured is None else dict(finding.measured),
        "limit": rule.limit_text or None,
        "comparison": rule.comparison or None,
        "outcome": finding.outcome,
        "source": rule.source.number,
        "article": rule.article,
        "quote": rule.quote,
        "mark": rule.mark,
        "parts": dict(finding.parts),
    }
