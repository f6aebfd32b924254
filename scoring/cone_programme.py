"""The mixed-integer programme of the way out, with cones cut by tangents and solved by HiGHS.

Unknown are the units y added at each place. A section passes when a_s + p_s y reaches its floors,
and its limits in all but a few indicators: binary z say in which. A coefficient keeps its limit c
when, with values b_s and their pooled mean m, both relative to a fixed scale, and sigma_s the
section's share of the pupils,

    sum_s sigma_s b_s^2 <= (1 + c^2) m^2,        a second-order cone.

It is taken apart into t_s >= b_s^2 / m and sum_s sigma_s t_s <= (1 + c^2) m, so that each piece is
convex in two unknowns and is cut by tangents with three figures: t_s >= 2 r b_s - r^2 m touches
where b_s = r m. Cuts never take away what keeps the limits, so the optimum over them is a bound
from below; what comes out still has to be checked exactly, for tangents leave a little too much.

References: Kelley, The cutting-plane method for solving convex programs (1960); Vielma, Dunning,
Huchette, Lubin, Extended formulations in mixed integer conic quadratic programming (2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from scoring.additions import Spread
from scoring.gaps import Place

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

DIVISIBLE = 300
"""From so many units in a place on, one unit more or less is left to rounding."""
FIRST_CUTS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Ratios of a section's value to the mean where every cone is cut from the start."""
INFEASIBLE = 2
"""What `scipy.optimize.milp` says of a programme without a solution."""


@dataclass(frozen=True, slots=True)
class Column:
    """An unknown number of units at a place: bounds, cost of one, and what is usual there.

    `least` is what every choice needs; `most` is None without a limit.
    """

    place: Place
    least: int
    most: int | None
    cost: Fraction
    usual: float


@dataclass(frozen=True, slots=True)
class Choice:
    """A section's indicator that may stay below its limit: then `units` are not needed."""

    place: Place
    units: int


@dataclass(frozen=True, slots=True)
class Solution:
    """Units by column, not yet rounded; which choices reach the limit; the bound from below."""

    units: Floats
    reached: NDArray[np.bool_]
    bound: float


class _Cone:
    """A coefficient in floats: sections by place, values relative to `scale`."""

    def __init__(self, spread: Spread, position: Mapping[Place, int], scale: Fraction) -> None:
        pupils = np.array([share.pupils for share in spread.shares], dtype=float)
        unit = pupils * float(scale)
        self.place: Indices = np.array([position[share.place] for share in spread.shares])
        self.start: Floats = np.array([float(share.amount) for share in spread.shares]) / unit
        self.slope: Floats = np.array([float(share.part) for share in spread.shares]) / unit
        self.sigma: Floats = pupils / pupils.sum()
        self.bound = 1 + float(spread.limit) ** 2
        self.mean_column = 0
        self.is_in = False
        self._cuts: list[Floats] = []

    def values(self, units: Floats) -> Floats:
        """Return b_s: each section's value over the scale."""
        found: Floats = self.start + self.slope * units[self.place]
        return found

    def excess(self, units: Floats) -> float:
        """Return how far sum sigma b^2 / m^2 stands above 1 + c^2; negative where it keeps it."""
        values = self.values(units)
        mean = float(self.sigma @ values)
        return float(self.sigma @ values**2) / mean**2 - self.bound if mean > 0 else np.inf

    def uncut(self, ratio: Floats, tolerance: float) -> Indices:
        """Return the sections that no cut made so far holds close to t_s = r^2 m, and note these.

        A tangent at r0 leaves sigma (r - r0)^2. With at most tolerance / n left in each section,
        no more than `tolerance` is left in all.
        """
        left = np.full(len(ratio), np.inf)
        for made in self._cuts:
            np.minimum(left, self.sigma * (ratio - made) ** 2, out=left)
        is_uncut = left > tolerance / len(ratio)
        self._cuts.append(np.where(is_uncut, ratio, np.inf))
        return np.flatnonzero(is_uncut)


class ConeProgramme:
    """The programme, growing by cones and cuts.

    Parameters
    ----------
    columns
        One for each place, in a fixed order.
    sections
        For each section with a choice: its choices, and how many of them may stay below.
    spreads
        All coefficients with a limit; each comes in once `cut` finds it broken.
    scales
        A usual value per pupil for each coefficient.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        sections: Sequence[tuple[Sequence[Choice], int]],
        spreads: Sequence[Spread],
        scales: Sequence[Fraction],
    ) -> None:
        self.columns = columns
        self.choices = [choice for choices, _ in sections for choice in choices]
        self._needed = [(len(choices), len(choices) - allowed) for choices, allowed in sections]
        self._position = {column.place: number for number, column in enumerate(columns)}
        self._is_divisible = np.array([column.usual >= DIVISIBLE for column in columns])
        self._step: Floats = np.where(self._is_divisible, [c.usual for c in columns], 1.0)
        costs = np.array([float(column.cost) for column in columns]) * self._step
        self._cost_scale = float(np.median(costs))
        n_choices = len(self.choices)
        self._objective = [*(costs / self._cost_scale), *[0.0] * n_choices]
        self._least = [*(c.least / s for c, s in zip(columns, self._step, strict=True))]
        self._least += [0.0] * n_choices
        self._most = [
            np.inf if c.most is None else c.most / s
            for c, s in zip(columns, self._step, strict=True)
        ]
        self._most += [1.0] * n_choices
        self._is_whole = [*(~self._is_divisible), *[True] * n_choices]
        self._rows = _Rows()
        self._add_choices(sections)
        self._cones = [
            _Cone(spread, self._position, scale)
            for spread, scale in zip(spreads, scales, strict=True)
        ]

    def cut(self, units: Floats, tolerance: float) -> bool:
        """Cut where the coefficients that `units` breaks stand; return whether there was any.

        Around an unrounded number of whole units both neighbours are cut, for one of them will
        be in the answer.
        """
        broken = [cone for cone in self._cones if cone.excess(units) > tolerance]
        for cone in broken:
            if not cone.is_in:
                self._bring_in(cone)
            mean = float(cone.sigma @ cone.values(units))
            for near in (units, np.floor(units + 1e-9), np.ceil(units - 1e-9)):
                point = np.where(self._is_divisible, units, near)
                self._cut_cone(cone, cone.values(point) / (mean or 1.0), tolerance / 2)
        return bool(broken)

    def solve(self, *, is_whole: bool, gap: float, nodes: int) -> Solution | None:
        """Return the optimum of what stands so far, within `gap` of it; None where there is none.

        `is_whole` false leaves every unknown divisible. `nodes` limits the search by its own
        count, not by a clock, so that the answer is the same on a slow machine.
        """
        whole = np.array(self._is_whole if is_whole else [False] * len(self._is_whole))
        result = milp(
            np.array(self._objective),
            integrality=whole.astype(int),
            bounds=Bounds(np.array(self._least), np.array(self._most)),
            constraints=self._rows.constraint(len(self._objective)),
            options={"mip_rel_gap": gap, "node_limit": nodes},
        )
        if result.x is None:
            if result.status == INFEASIBLE:
                return None
            raise ArithmeticError(str(result.message))
        n = len(self.columns)
        bound = result.mip_dual_bound if whole.any() else result.fun
        return Solution(
            units=np.array(result.x[:n]) * self._step,
            reached=self._reached(np.array(result.x[n : n + len(self.choices)])),
            bound=float(bound) * self._cost_scale,
        )

    def _reached(self, binary: Floats) -> NDArray[np.bool_]:
        """Return which choices reach their limit: in each section as many as must, the surest."""
        reached = np.zeros(len(binary), dtype=bool)
        first = 0
        for size, needed in self._needed:
            surest = np.argsort(-binary[first : first + size], kind="stable")
            reached[first + surest[:needed]] = True
            first += size
        return reached

    def _add_choices(self, sections: Sequence[tuple[Sequence[Choice], int]]) -> None:
        first = len(self.columns)
        for choices, allowed in sections:
            binary = np.arange(first, first + len(choices))
            place = np.array([self._position[choice.place] for choice in choices])
            least = np.array([self.columns[p].least for p in place])
            units = np.array([choice.units for choice in choices])
            step = self._step[place]
            self._rows.add([place, binary], [np.ones(len(place)), (least - units) / step],
                           least / step)  # fmt: skip
            self._rows.add([np.array([b]) for b in binary], [np.ones(1)] * len(binary),
                           np.array([len(choices) - allowed], dtype=float))  # fmt: skip
            first += len(choices)

    def _bring_in(self, cone: _Cone) -> None:
        """Give a coefficient its unknowns m and t, what ties them, and its first cuts."""
        cone.is_in = True
        cone.mean_column = len(self._objective)
        n = len(cone.place)
        self._objective += [0.0] * (n + 1)
        self._least += [0.0] * (n + 1)
        self._most += [np.inf] * (n + 1)
        self._is_whole += [False] * (n + 1)
        mean, pieces = np.array([cone.mean_column]), cone.mean_column + 1 + np.arange(n)
        gains = cone.sigma * cone.slope * self._step[cone.place]
        start = np.array([float(cone.sigma @ cone.start)])
        self._rows.add([mean, *cone.place[:, None]], [np.ones(1), *-gains[:, None]], start, start)
        bound = np.array([cone.bound])
        self._rows.add([mean, *pieces[:, None]], [bound, *-cone.sigma[:, None]], np.zeros(1))
        for ratio in FIRST_CUTS:
            self._cut_cone(cone, np.full(n, ratio), 0.0)

    def _cut_cone(self, cone: _Cone, ratios: Floats, tolerance: float) -> None:
        """Add t_s >= 2 r b_s - r^2 m for the sections that need it, each at its ratio r."""
        sections = cone.uncut(ratios, tolerance)
        n, ratio, place = len(sections), ratios[sections], cone.place[sections]
        slope = cone.slope[sections] * self._step[place]
        self._rows.add(
            [cone.mean_column + 1 + sections, place, np.full(n, cone.mean_column)],
            [np.ones(n), -2 * ratio * slope, ratio**2],
            2 * ratio * cone.start[sections],
        )


class _Rows:
    """Rows of a sparse matrix, a block at a time."""

    def __init__(self) -> None:
        self._entries: list[tuple[Indices, Indices, Floats]] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []
        self._count = 0

    def add(
        self,
        columns: Sequence[Sequence[int] | Indices],
        values: Sequence[Sequence[float] | Floats],
        lower: Floats,
        upper: Floats | None = None,
    ) -> None:
        """Add as many rows as `lower` has; each column and value is an array over the rows."""
        number = self._count + np.arange(len(lower))
        for column, value in zip(columns, values, strict=True):
            self._entries.append((number, np.asarray(column), np.asarray(value, dtype=float)))
        self._lower.append(lower)
        self._upper.append(np.full(len(lower), np.inf) if upper is None else upper)
        self._count += len(lower)

    def constraint(self, width: int) -> list[LinearConstraint]:
        """Return all rows as one constraint on `width` unknowns; none where there is no row."""
        if not self._count:
            return []
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        matrix = csr_array((values, (rows, columns)), shape=(self._count, width))
        return [LinearConstraint(matrix, np.concatenate(self._lower), np.concatenate(self._upper))]
