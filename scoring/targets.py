"""分年目标: what a plan wants by a year, held against what was measured of the county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.county_rules import CountyRules
from scoring.outcomes import NOT_MEASURED, combine
from scoring.part_findings import PartFinding, part_record, title_record
from scoring.rule_set import RuleSet
from scoring.stages import Target


@dataclass(frozen=True, slots=True)
class TargetFinding:
    """One target: whether its year has come (`is_due`), and its outcome part by part."""

    target: Target
    is_due: bool
    outcome: str
    parts: tuple[PartFinding, ...]


def measure_targets(
    rule_set: RuleSet, year: int, rules: CountyRules, county: str = ""
) -> list[TargetFinding]:
    """Return the targets that are for the county, in the rule set's order.

    Parameters
    ----------
    year
        The year that the data are of: a target by that year or an earlier one is due, and one
        for each year from then on.
    rules
        The rules of the county, already given its data; shares of schools that are to rise need
        the findings of the year before, and stages passed have to be named.
    county
        The county's name, for plans that name theirs; a plan without names is for any county.
    """
    return [
        _measure(target, year, rules)
        for target in rule_set.targets
        if not target.counties or county in target.counties
    ]


def target_record(finding: TargetFinding) -> dict[str, object]:
    """Return a target as it stands in a record, with its citation."""
    target, citation = finding.target, finding.target.citation
    return {
        "target": target.id,
        "title": title_record(target.title),
        "year": target.year,
        "from_year": target.from_year,
        "is_due": finding.is_due,
        "outcome": finding.outcome,
        "why": None if target.open is None else title_record(target.open),
        "parts": [part_record(part) for part in finding.parts],
        "source": citation.source.number,
        "article": citation.article,
        "quote": citation.quote,
        "mark": citation.mark,
    }


def _measure(target: Target, year: int, rules: CountyRules) -> TargetFinding:
    parts: Sequence[PartFinding] = rules.measure(target.id, target.parts)
    outcome = combine(part.outcome for part in parts) if parts else NOT_MEASURED
    first = target.year if target.year is not None else target.from_year
    return TargetFinding(target, first is not None and first <= year, outcome, tuple(parts))
