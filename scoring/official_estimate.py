"""The estimates of a round, made from its published rows and from nothing else.

Whatever is printed of them is therefore a function of what is printed already, and tells nothing
more. A category that is a union of whole rows is estimated from these, weighted by their people.
Categories that share a row are one group and one stratum: their papers stand in it as they
came, which is how the pooled count weights them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from scoring.answers import CATEGORIES
from scoring.counting_rule import Tally
from scoring.estimation import Estimate, StratumCount, estimate_share
from scoring.publication import Row


@dataclass(frozen=True, slots=True)
class Group:
    """Categories that can be told from the others by whole rows; mostly one."""

    categories: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """The group's name, which stands for a category in the estimate."""
        return "+".join(self.categories)

    @property
    def tally(self) -> Tally:
        """All papers of the group."""
        return sum((row.tally for row in self.rows), Tally())

    @property
    def people(self) -> int:
        """The people in the frame of its strata."""
        return sum(row.N for row in self.rows)

    @property
    def strata(self) -> list[StratumCount]:
        """The strata that the group is estimated from; one where it holds several categories."""
        if len(self.categories) > 1:
            return [_stratum(self.name, self.people, self.tally)]
        return [_stratum(self.name, row.N, row.tally) for row in self.rows]


def group_rows(rows: Sequence[Row]) -> list[Group]:
    """Return the finest groups of categories that share no row, in the order of categories."""
    groups: list[Group] = []
    for row in rows:
        linked = [group for group in groups if {*group.categories} & {*row.categories}]
        names = {*row.categories, *(c for group in linked for c in group.categories)}
        together = (*(r for group in linked for r in group.rows), row)
        groups = [group for group in groups if group not in linked]
        groups.append(Group(tuple(c for c in CATEGORIES if c in names), together))
    return sorted(groups, key=lambda group: CATEGORIES.index(group.categories[0]))


def official_estimate(rows: Sequence[Row]) -> Estimate | None:
    """Return the estimate that the official interval belongs to; None without a valid paper.

    The groups' shares of the denominator are held fixed.
    """
    groups = group_rows(rows)
    return _combine(groups, [group.tally.denominator for group in groups])


def category_estimate(rows: Sequence[Row], category: str) -> Estimate | None:
    """Return the estimate of one category; None where it shares a row or has no valid paper."""
    groups = [group for group in group_rows(rows) if group.categories == (category,)]
    return official_estimate([row for group in groups for row in group.rows])


def population_estimate(rows: Sequence[Row]) -> Estimate | None:
    """Return the share with each category weighted by its people in the frame.

    None where categories share a row, since nothing published tells their shares apart, and
    without a valid paper. Categories without valid papers are left out.
    """
    groups = group_rows(rows)
    if any(len(group.categories) > 1 for group in groups):
        return None
    return _combine(groups, [group.people * bool(group.tally.valid) for group in groups])


def _combine(groups: Sequence[Group], weights: Sequence[int]) -> Estimate | None:
    total = sum(weights)
    if not total:
        return None
    shares = {
        group.name: Fraction(weight, total) for group, weight in zip(groups, weights, strict=True)
    }
    return estimate_share([stratum for group in groups for stratum in group.strata], shares)


def _stratum(name: str, people: int, counts: Tally) -> StratumCount:
    credit = counts.valid * (counts.share or Fraction())
    return StratumCount(name, people, counts.valid, credit)
