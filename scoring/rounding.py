"""From the solver's units to whole ones, and from nearly kept to kept: exact repair.

The tangents leave a coefficient a little too large, and rounding moves it. What is missing then is
small, and is added unit by unit where it lowers the coefficient most for its money.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

from scoring.additions import Share, Spread
from scoring.cone_programme import Choice, Column, Solution
from scoring.gaps import Place

NEAR = 1e-4
MOST_STEPS = 20_000
"""Steps of a repair, after which it is given up; it takes a few hundred at most."""


@dataclass(slots=True)
class _Sums:
    """Running sums of one coefficient in floats: which additions would help, and how much."""

    spread: Spread
    total: float
    squares: float
    pupils: int
    bound: float

    def slope(self, share: Share, units: int) -> float:
        """Return how P sum a^2/P_s - (1 + c^2) A^2 changes with one unit at the share's place."""
        amount = float(share.amount) + float(share.part) * units
        part = float(share.part)
        return 2 * part * (self.pupils * amount / share.pupils - self.bound * self.total)

    @property
    def excess(self) -> float:
        """P sum a^2/P_s - (1 + c^2) A^2: above 0 while the coefficient is too large."""
        return self.pupils * self.squares - self.bound * self.total**2

    def curve(self, share: Share) -> float:
        """Return the second difference that goes with `slope`."""
        return 2 * float(share.part) ** 2 * (self.pupils / share.pupils - self.bound)


def least_units(
    solution: Solution, columns: Sequence[Column], choices: Sequence[Choice]
) -> dict[Place, int]:
    """Return the fewest units that pass every school under the solution's choices."""
    units = {column.place: column.least for column in columns}
    for choice, reached in zip(choices, solution.reached, strict=True):
        if reached:
            units[choice.place] = max(units[choice.place], choice.units)
    return units


def round_units(
    solution: Solution, columns: Sequence[Column], choices: Sequence[Choice]
) -> dict[Place, int]:
    """Return whole units that pass every school: rounded down, but never below what is needed."""
    units = least_units(solution, columns, choices)
    for column, value in zip(columns, solution.units, strict=True):
        nearest = round(float(value))
        is_near = abs(float(value) - nearest) < NEAR * max(1.0, column.usual)
        rounded = nearest if is_near else floor(float(value))
        units[column.place] = max(units[column.place], rounded)
    return units


def repair(
    units: Mapping[Place, int], spreads: Sequence[Spread], columns: Sequence[Column]
) -> dict[Place, int] | None:
    """Return `units` and a little more, with which every coefficient keeps its limit, exactly.

    None where that is not reached, which limits on additions may cause. Adding never undoes that
    a school passes.
    """
    grown = dict(units)
    by_place = {column.place: column for column in columns}
    for _ in range(2 * len(spreads)):
        broken = [spread for spread in spreads if not spread.holds(grown)]
        if not broken:
            return grown
        for spread in broken:
            if not _mend(spread, grown, spreads, by_place):
                return None
    return grown if all(spread.holds(grown) for spread in spreads) else None


def _mend(
    spread: Spread,
    units: dict[Place, int],
    spreads: Sequence[Spread],
    columns: Mapping[Place, Column],
) -> bool:
    """Add units until one coefficient keeps its limit; return whether it does."""
    others = [s for s in spreads if s is not spread and s.rule.indicator == spread.rule.indicator]
    for _ in range(MOST_STEPS):
        sums = _sum(spread, units)
        if sums.excess <= 0 and spread.holds(units):
            return True
        share = _best(sums, units, columns, others)
        if share is None:
            return False
        units[share.place] += _steps(sums, share, units, columns[share.place])
    return False


def _best(
    sums: _Sums,
    units: Mapping[Place, int],
    columns: Mapping[Place, Column],
    others: Sequence[Spread],
) -> Share | None:
    """Return the share whose place lowers the coefficient most for its money, and harms none."""
    found = [
        (sums.slope(share, units[share.place]) / float(columns[share.place].cost), number)
        for number, share in enumerate(sums.spread.shares)
        if _room(columns[share.place], units) > 0
    ]
    for steepness, number in sorted(found):
        share = sums.spread.shares[number]
        if steepness < 0 and not any(_harms(other, share.place, units) for other in others):
            return share
    return None


def _harms(other: Spread, place: Place, units: Mapping[Place, int]) -> bool:
    """Return whether more at `place` raises another coefficient that has no room for it."""
    share = next((share for share in other.shares if share.place == place), None)
    if share is None:
        return False
    sums = _sum(other, units)
    return sums.slope(share, units[place]) > 0 and sums.excess > -1e-3 * sums.total**2


def _steps(sums: _Sums, share: Share, units: Mapping[Place, int], column: Column) -> int:
    """Return how many units to add at once: one where they count, else towards the limit."""
    slope, curve = sums.slope(share, units[share.place]), sums.curve(share)
    wanted = ceil(max(sums.excess, 0.0) / -slope) or 1
    turning = -slope / curve / 2 if curve > 0 else inf
    return int(max(1, min(wanted, turning, _room(column, units))))


def _room(column: Column, units: Mapping[Place, int]) -> float:
    return inf if column.most is None else column.most - units[column.place]


def _sum(spread: Spread, units: Mapping[Place, int]) -> _Sums:
    amounts = [
        (float(share.amount) + float(share.part) * units[share.place], share.pupils)
        for share in spread.shares
    ]
    return _Sums(
        spread=spread,
        total=sum(amount for amount, _ in amounts),
        squares=sum(amount**2 / pupils for amount, pupils in amounts),
        pupils=sum(pupils for _, pupils in amounts),
        bound=1 + float(spread.limit) ** 2,
    )
