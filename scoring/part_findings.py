"""What was measured of one part of a rule, and how it stands in a verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from scoring.citations import Title
from scoring.figures import rounded_text
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET
from scoring.rule_parts import MEASURES, Part

ROUNDED = 2
"""Decimals of the form; rounding to them before judging is the classic mistake."""


@dataclass(frozen=True, slots=True)
class PartFinding:
    """The outcome of one part of a rule.

    `measured` holds texts, exact and for people; `why` says why it was not measured; `detail`
    what it was made of, and for rows which ones; `reliefs` are the switches that were used.
    `is_flipped` marks what would come out otherwise if it were rounded to two decimals first.
    """

    part: Part
    outcome: str
    measured: Mapping[str, str] | None = None
    limit: str = ""
    comparison: str = ""
    why: Title | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    reliefs: tuple[str, ...] = ()
    is_flipped: bool = False
    remarks: tuple[Title, ...] = ()


def unmeasured(part: Part, why: Title, detail: Mapping[str, object] | None = None) -> PartFinding:
    """Return the finding of a part that was not measured, with the reason."""
    return PartFinding(part, NOT_MEASURED, why=why, detail=detail or {})


def outcome_of(is_held: bool) -> str:
    """Return met or not_met."""
    return MET if is_held else NOT_MET


def part_record(finding: PartFinding) -> dict[str, object]:
    """Return a part as it stands in a verdict certificate."""
    return {
        "id": finding.part.id,
        "title": title_record(finding.part.title),
        "measure": MEASURES[type(finding.part)],
        "outcome": finding.outcome,
        "measured": None if finding.measured is None else dict(finding.measured),
        "limit": finding.limit or None,
        "comparison": finding.comparison or None,
        "why": None if finding.why is None else title_record(finding.why),
        "reliefs": list(finding.reliefs),
        "rounding_flips": finding.is_flipped,
        "remarks": [title_record(remark) for remark in finding.remarks],
        **finding.detail,
    }


def title_record(title: Title) -> dict[str, str]:
    """Return a title or a reason as it stands in a verdict."""
    return {"zh": title.zh, "en": title.en}


def round_off(value: Fraction) -> Fraction:
    """Return `value` with two decimals, halves away from zero, as a form prints it."""
    return Fraction(rounded_text(value, ROUNDED))
