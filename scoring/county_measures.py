"""Parts measured on other findings: whole rules, shares of schools, stages passed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from scoring.citations import Title
from scoring.figure_measures import (
    measure_answer,
    measure_figure,
    measure_never_falls,
    measure_years_between,
)
from scoring.figures import display_text, exact_text
from scoring.findings import Finding
from scoring.ground import Ground
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, combine
from scoring.part_findings import PartFinding, outcome_of, round_off, unmeasured
from scoring.reasons import NO_EARLIER, NO_PROCEDURE, NO_ROWS, open_rules
from scoring.row_measures import measure_every, measure_rooms
from scoring.rule_parts import (
    AnswerPart,
    EveryPart,
    FigurePart,
    NeverFallsPart,
    Part,
    RecognisedPart,
    RoomsPart,
    RulesPart,
    SchoolSharePart,
    YearsBetweenPart,
)
from scoring.rule_set_checks import rules_named

PERCENT = 100


def measure_part(part: Part, owner: str, ground: Ground) -> PartFinding:
    """Return what is measured of one part; `owner` is the rule or target that it belongs to."""
    match part:
        case EveryPart():
            return measure_every(part, owner, ground)
        case RoomsPart():
            return measure_rooms(part, owner, ground)
        case RulesPart():
            return measure_rules(part, owner, ground)
        case SchoolSharePart():
            return measure_school_share(part, owner, ground)
        case RecognisedPart():
            return measure_recognised(part, owner, ground)
    return _measure_on_figures(part, owner, ground)


def _measure_on_figures(
    part: FigurePart | AnswerPart | NeverFallsPart | YearsBetweenPart, owner: str, ground: Ground
) -> PartFinding:
    match part:
        case FigurePart():
            return measure_figure(part, owner, ground)
        case AnswerPart():
            return measure_answer(part, owner, ground)
        case NeverFallsPart():
            return measure_never_falls(part, owner, ground)
        case YearsBetweenPart():
            return measure_years_between(part, owner, ground)


def measure_rules(part: RulesPart, _: str, ground: Ground) -> PartFinding:
    """Return whether all findings of other rules are met; one that is not decides."""
    findings = ground.find_rules(part.rules)
    if isinstance(findings, Title):
        return unmeasured(part, findings)
    if not findings:
        return unmeasured(part, NO_ROWS)
    outcome = combine(finding.outcome for finding in findings)
    failing = [f for f in findings if f.outcome == NOT_MET]
    open_ = [f for f in findings if f.outcome == NOT_MEASURED]
    detail = {
        "of": len(findings),
        "not_met": list(dict.fromkeys(f.rule.id for f in failing)),
        "not_measured": list(dict.fromkeys(f.rule.id for f in open_)),
    }
    if outcome == NOT_MEASURED:
        return unmeasured(part, open_rules(len(open_)), detail)
    measured = {"exact": str(len(failing)), "display": f"{len(failing)} / {len(findings)}"}
    return PartFinding(part, outcome, measured, "0", "<=", detail=detail)


def measure_school_share(part: SchoolSharePart, _: str, ground: Ground) -> PartFinding:
    """Return the share of sections that meet all rules named, against the limit, exactly.

    Sections that were not measured leave it open only where they could make the difference.
    With `is_rise`, the rise over the year before, whose findings have to be given.
    """
    findings = ground.find_rules(part.rules)
    if isinstance(findings, Title):
        return unmeasured(part, findings)
    met, open_, of = count_sections(findings, part.stage)
    if not of:
        return unmeasured(part, NO_ROWS)
    before = share_before(part, ground) if part.is_rise else Fraction()
    if before is None:
        return unmeasured(part, NO_EARLIER)
    low, high = Fraction(met, of) - before, Fraction(met + open_, of) - before
    detail: dict[str, object] = {"met": met, "open": open_, "of": of}
    if part.is_rise:
        detail["before"] = exact_text(before)
    if part.limit.holds(low) != part.limit.holds(high):
        return unmeasured(part, open_rules(open_), detail)
    return _share_finding(part, low, detail)


def share_before(part: SchoolSharePart, ground: Ground) -> Fraction | None:
    """Return the share of the year before; None where it is not known to the last school."""
    ids = {rule.id for rule in rules_named(ground.rule_set.rules, part.rules)}
    earlier = [finding for finding in ground.earlier or () if finding.rule.id in ids]
    met, open_, of = count_sections(earlier, part.stage)
    return None if open_ or not of else Fraction(met, of)


def _share_finding(
    part: SchoolSharePart, share: Fraction, detail: dict[str, object]
) -> PartFinding:
    holds = part.limit.holds(share)
    limit = part.limit.value * PERCENT
    rounded = part.limit.holds(round_off(share * PERCENT) / PERCENT)
    return PartFinding(
        part,
        outcome_of(holds),
        {"exact": exact_text(share), "display": f"{display_text(share * PERCENT, limit)} %"},
        part.limit.text,
        part.limit.comparison,
        detail=detail,
        is_flipped=holds != rounded,
    )


def count_sections(findings: Sequence[Finding], stage: str) -> tuple[int, int, int]:
    """Return how many sections meet all of the findings, how many are open, and all of them.

    A rule of the county about rows says of each school that they belong to whether all of its
    rows hold; without a stage, such a school counts as one.
    """
    by_section: dict[tuple[str, str], list[str]] = {}
    for finding in findings:
        subject = finding.subject
        if subject.kind == "school" and (not stage or subject.stage == stage):
            by_section.setdefault((subject.id, subject.stage), []).append(finding.outcome)
        if subject.kind == "county" and not stage:
            for school_id, outcome in _school_outcomes(finding):
                by_section.setdefault((school_id, ""), []).append(outcome)
    outcomes = [combine(found) for found in by_section.values()]
    return outcomes.count(MET), outcomes.count(NOT_MEASURED), len(outcomes)


def _school_outcomes(finding: Finding) -> Iterator[tuple[str, str]]:
    """Yield, for each part of a rule about rows, the outcome of every school concerned."""
    parts = finding.parts.get("parts")
    for part in parts if isinstance(parts, list) else ():
        schools = part.get("schools")
        yield from schools.items() if isinstance(schools, dict) else ()


def measure_recognised(part: RecognisedPart, _: str, ground: Ground) -> PartFinding:
    """Return whether the county has passed a stage of the procedure."""
    if ground.recognised is None:
        return unmeasured(part, NO_PROCEDURE)
    has_passed = part.stage in ground.recognised
    text = "yes" if has_passed else "no"
    return PartFinding(part, outcome_of(has_passed), {"exact": text, "display": text}, "yes")
