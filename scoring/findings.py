"""A finding: one rule, what it was applied to, what was measured, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from scoring.citations import Title
from scoring.figures import display_text, exact_text
from scoring.outcomes import NOT_MEASURED
from scoring.part_findings import title_record
from scoring.rule_set import Rule


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule was applied to: a school's section, or the county (one stage or all of it)."""

    kind: str
    id: str
    name: str
    stage: str = ""


COUNTY = Subject("county", "", "")


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one rule for one subject: met, not_met, not_measured, or only shown.

    `measured` holds texts only: exact value and display; `parts` what it was made of. `limit` and
    `comparison` stand where the rule's own do not say it: a rule made of parts, an eased limit.
    `why` says why it was not measured, `reliefs` which switches were used. `is_flipped` marks
    what would come out otherwise if it were rounded to two decimals first. `engine` names who
    measured it, where that is not the engine of the verdict.
    """

    rule: Rule
    subject: Subject
    outcome: str
    measured: Mapping[str, str] | None = None
    parts: Mapping[str, object] = field(default_factory=dict)
    limit: str = ""
    comparison: str = ""
    why: Title | None = None
    reliefs: Sequence[str] = ()
    is_flipped: bool = False
    engine: str = ""


def not_measured(rule: Rule, subject: Subject, why: Title | None = None) -> Finding:
    """Return the finding of a rule that nobody measured, with the reason."""
    return Finding(rule, subject, NOT_MEASURED, why=why)


def measured_text(value: Fraction, limit: Fraction | None = None) -> dict[str, str]:
    """Return a value as a finding keeps it: without loss, and as shown beside its limit."""
    return {"exact": exact_text(value), "display": display_text(value, limit)}


def finding_record(finding: Finding) -> dict[str, object]:
    """Return a finding as it stands in a verdict certificate, with its rule's citation."""
    rule, subject = finding.rule, finding.subject
    return {
        "rule": rule.id,
        "kind": rule.kind,
        "aspect": rule.aspect,
        "decisive": rule.decisive,
        "subject": {
            "kind": subject.kind,
            "id": subject.id,
            "name": subject.name,
            "stage": subject.stage,
        },
        "title": {"zh": rule.title_zh, "en": rule.title_en},
        "measured": None if finding.measured is None else dict(finding.measured),
        "limit": finding.limit or rule.limit_text or None,
        "comparison": finding.comparison or rule.comparison or None,
        "outcome": finding.outcome,
        "why": None if finding.why is None else title_record(finding.why),
        "reliefs": list(finding.reliefs),
        "rounding_flips": finding.is_flipped,
        "engine": finding.engine or None,
        "source": rule.source.number,
        "article": rule.article,
        "quote": rule.quote,
        "mark": rule.mark,
        "parts": dict(finding.parts),
    }
