"""校校达标 for the least money: which indicators of a section stay at their floor.

The school rule lets some indicators (one of seven) stay at a share of their limit. Which one is
cheapest depends on both sections of an integrated school at once, for they share their rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, groupby, product
from math import ceil

from scoring.gaps import Gap, Place
from scoring.rule_set import Rule
from scoring.unit_costs import UnitCosts


@dataclass(frozen=True, slots=True)
class SchoolPass:
    """The cheapest additions with which all sections of one school pass.

    `additions` are whole units by place, none of them 0; `at_floor` names, by stage, the
    indicators that stay below their limit; `cost` is in the currency of the unit costs.
    """

    additions: Mapping[Place, int]
    at_floor: Mapping[str, tuple[str, ...]]
    cost: Fraction


def cheapest_pass(gaps: Sequence[Gap], rule: Rule | None, costs: UnitCosts) -> SchoolPass | None:
    """Return the cheapest way to have one school pass, or None where its limits forbid it.

    Parameters
    ----------
    gaps
        The gaps of one school, every one measured.
    rule
        The rule of kind "school"; without one every indicator has to be met.

    Every choice is tried, 7 x 7 for a nine-year school under six of seven; of two that cost the
    same the first in the rule set's order is taken.
    """
    staged = [list(group) for _, group in groupby(gaps, key=lambda gap: gap.section.stage)]
    options = (_options(section, rule) for section in staged)
    found = [_pass(gaps, set().union(*choice), costs) for choice in product(*options)]
    within = [one for one in found if _is_within(one, costs)]
    return min(within, key=lambda one: one.cost, default=None)


def allowed_below(gaps: Sequence[Gap], rule: Rule | None) -> int:
    """Return how many of a section's indicators may stay below their limit: one of seven."""
    if rule is None or rule.limit is None:
        return 0
    return max(0, len(gaps) - ceil(rule.limit))


def _options(section: Sequence[Gap], rule: Rule | None) -> Iterator[set[tuple[str, str]]]:
    """Yield the sets of (stage, indicator) that may stay at their floor."""
    choices = [(gap.section.stage, gap.indicator.id) for gap in section if gap.is_choice]
    size = min(allowed_below(section, rule), len(choices))
    return (set(chosen) for chosen in combinations(choices, size))


def _pass(gaps: Sequence[Gap], low: set[tuple[str, str]], costs: UnitCosts) -> SchoolPass:
    needed: dict[Place, int] = {}
    for gap in gaps:
        is_low = (gap.section.stage, gap.indicator.id) in low
        units = (gap.to_floor if is_low else gap.to_limit) or 0
        needed[gap.place] = max(needed.get(gap.place, 0), units)
    additions = {place: units for place, units in needed.items() if units}
    at_floor = [gap for gap in gaps if (gap.to_limit or 0) > needed[gap.place]]
    return SchoolPass(additions, _by_stage(at_floor), total_cost(additions, costs))


def total_cost(additions: Mapping[Place, int], costs: UnitCosts) -> Fraction:
    """Return what additions cost, exact."""
    return sum((costs.cost(place) * units for place, units in additions.items()), Fraction())


def _by_stage(gaps: Iterable[Gap]) -> dict[str, tuple[str, ...]]:
    grouped = groupby(gaps, key=lambda gap: gap.section.stage)
    return {stage: tuple(gap.indicator.id for gap in group) for stage, group in grouped}


def _is_within(one: SchoolPass, costs: UnitCosts) -> bool:
    limits = ((units, costs.most(place)) for place, units in one.additions.items())
    return all(most is None or units <= most for units, most in limits)
