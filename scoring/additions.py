"""What additions do: places, the sections that gain from them, the coefficients that they move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from scoring.difference_coefficient import DifferenceCoefficient, difference_coefficient
from scoring.gaps import Gap, Place
from scoring.rule_set import Rule, RuleSet
from scoring.schools import School
from scoring.sections import sections_in_scope

Units = Mapping[Place, int]
"""Whole units added, by place."""


@dataclass(frozen=True, slots=True)
class Share:
    """One section in a coefficient: its amount now, and how much of a unit at `place` it gains."""

    place: Place
    pupils: int
    amount: Fraction
    part: Fraction


@dataclass(frozen=True, slots=True)
class Spread:
    """A difference coefficient (差异系数) as a function of what is added."""

    rule: Rule
    limit: Fraction
    shares: tuple[Share, ...]

    def coefficient(self, units: Units) -> DifferenceCoefficient:
        """Return the coefficient once `units` are added, exact."""
        return difference_coefficient(
            (share.amount + share.part * units.get(share.place, 0), share.pupils)
            for share in self.shares
        )

    def holds(self, units: Units) -> bool:
        """Return whether the coefficient keeps its limit once `units` are added, exactly."""
        return self.coefficient(units).is_within(self.limit) is True


def find_spreads(schools: Sequence[School], gaps: Sequence[Gap], rule_set: RuleSet) -> list[Spread]:
    """Return the coefficients that have a limit, in the rule set's order.

    A stage without a section has none. `gaps` are those of the same schools, all measured.
    """
    found = {(g.section.school_id, g.section.stage, g.indicator.id): g for g in gaps}
    sections = sections_in_scope(schools, rule_set)
    spreads = []
    for rule in rule_set.of_kind("difference"):
        staged = [section.school_id for section in sections if section.stage == rule.stage]
        shares = tuple(_share(found[s, rule.stage, rule.indicator]) for s in staged)
        if rule.limit is not None and shares:
            spreads.append(Spread(rule, rule.limit, shares))
    return spreads


def add_units(schools: Sequence[School], units: Units) -> list[School]:
    """Return the schools as they stand once `units` are added."""
    by_school: dict[str, dict[tuple[str, str], int]] = {}
    for (school_id, stage, indicator), number in units.items():
        by_school.setdefault(school_id, {})[stage, indicator] = number
    return [_grown(school, by_school.get(school.school_id, {})) for school in schools]


def _share(gap: Gap) -> Share:
    return Share(gap.place, gap.section.pupils, gap.amount or Fraction(), gap.part)


def _grown(school: School, added: Mapping[tuple[str, str], int]) -> School:
    return replace(
        school,
        shared=_sums(school.shared, "", added),
        teachers={
            stage: _sums(amounts, stage, added) for stage, amounts in school.teachers.items()
        },
    )


def _sums(
    amounts: Mapping[str, Fraction | None], stage: str, added: Mapping[tuple[str, str], int]
) -> dict[str, Fraction | None]:
    return {
        name: amount if amount is None else amount + added.get((stage, name), 0)
        for name, amount in amounts.items()
    }
