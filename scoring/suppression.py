"""Complementary cell suppression over all tables of one report, and the check of it.

A report's tables are sums of the same smallest cells. Hiding the small sums is not enough: what
is left is a system of equations, and a hidden count can be solved from it. Here a small count
(1 to `min_cell` - 1) is protected when whole-number tables exist that agree with everything that
is published and in which it is 0, and others in which it is at least `min_cell`. Nobody can then
tell it from an empty cell, nor say that it is small; nor can anybody say of a union of cells that
it is small, for it is at least as large as each of them.

The tables that prove this (witnesses) come from integer programmes in the manner of Kelly, Golden
and Assad, Networks 22 (1992), 397-417, and Fischetti and Salazar, Management Science 47 (2001),
1008-1027; every witness is checked in whole numbers. General reference: Hundepool et al.,
Statistical Disclosure Control (2012), chapter 4. Nothing here protects against someone who knows
how the cells to hide were chosen and reasons from that; one mark must stand for every hidden cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from sampling.problems import N_, Problem

Counts = tuple[int, ...]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure: the sum of the smallest cells `plus` less that of `minus`, by their numbers."""

    plus: frozenset[int]
    minus: frozenset[int] = frozenset()

    def value(self, counts: Sequence[int]) -> int:
        """Return the figure for the given smallest cells."""
        return sum(counts[i] for i in self.plus) - sum(counts[i] for i in self.minus)

    @property
    def cells(self) -> frozenset[int]:
        """All smallest cells it speaks of."""
        return self.plus | self.minus


@dataclass(frozen=True, slots=True)
class CellSystem:
    """All figures of one report over its smallest cells.

    counts
        The true smallest cells, whole numbers from 0.
    shown
        The figures of the tables; each may be hidden.
    told
        What readers know anyway: numbers of papers, the official count. It cannot be hidden.
    guarded
        Figures that no table shows and that are protected as the smallest cells are.
    """

    counts: Counts
    shown: tuple[Sum, ...]
    told: tuple[Sum, ...] = ()
    guarded: tuple[Sum, ...] = ()

    def __post_init__(self) -> None:
        if any(count < 0 for count in self.counts):
            raise Problem(N_("a table cell is below 0"))
        known = range(len(self.counts))
        if any(i not in known for figure in self.figures for i in figure.cells):
            raise Problem(N_("a table speaks of a cell that the report does not have"))

    @property
    def figures(self) -> tuple[Sum, ...]:
        """All figures, of whatever kind."""
        return (*self.shown, *self.told, *self.guarded)


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A small count that is not protected: what is published leaves it `low` to `high`."""

    figure: Sum
    value: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that a witness has to bring down to `bound`, or up to it."""

    figure: Sum
    bound: int
    is_upward: bool

    def is_reached(self, counts: Sequence[int]) -> bool:
        value = self.figure.value(counts)
        return value >= self.bound if self.is_upward else value <= self.bound


def hide_cells(system: CellSystem, min_cell: int) -> frozenset[int]:
    """Return the places in `system.shown` that must be hidden: small figures and complements.

    Where told figures alone leave a small count less room than 0 to `min_cell`, all the room
    that they leave is kept. The same system gives the same set.

    >>> row = (Sum(frozenset({0})), Sum(frozenset({1})), Sum(frozenset({2})))
    >>> sorted(hide_cells(CellSystem((3, 20, 9), row, told=(Sum(frozenset({0, 1, 2})),)), 5))
    [0, 2]
    """
    hidden: set[int] = set()
    for cells in _components(system):
        part, places = _part(system, cells)
        hidden |= {places[j] for j in _Suppression(part, min_cell).run()}
    return frozenset(hidden)


def find_disclosures(system: CellSystem, hidden: Iterable[int], min_cell: int) -> list[Disclosure]:
    """Return every small count that readers of the published figures can tell to be one.

    The exact check of a suppression, whoever made it: for each smallest cell and each figure of
    1 to `min_cell` - 1, two integer programmes over all tables that agree with what is published.
    """
    taken = set(hidden)
    found = []
    for cells in _components(system):
        part, places = _part(system, cells)
        mine = frozenset(j for j, place in enumerate(places) if place in taken)
        numbers = sorted(cells)
        for disclosure in _disclosures(part, mine, min_cell):
            named = _renumber(disclosure.figure, numbers)
            found.append(Disclosure(named, disclosure.value, disclosure.low, disclosure.high))
    return found


def possible_range(
    system: CellSystem, hidden: Iterable[int], figure: Sum, ceiling: int | None = None
) -> tuple[int, int]:
    """Return the least and the largest value of `figure` that what is published leaves.

    No smallest cell is thought larger than `ceiling` (default: all counts together and 10).

    >>> row = (Sum(frozenset({0})), Sum(frozenset({1})))
    >>> system = CellSystem((3, 20), row, told=(Sum(frozenset({0, 1})),))
    >>> possible_range(system, {0}, row[0]), possible_range(system, {0, 1}, row[0])
    ((3, 3), (0, 23))
    """
    programme = _Programme(system, sum(system.counts) + 10 if ceiling is None else ceiling)
    taken = frozenset(hidden)
    return programme.extreme(taken, figure, -1), programme.extreme(taken, figure, 1)


def small_figures(system: CellSystem, min_cell: int) -> list[Sum]:
    """Return the smallest cells and figures of 1 to `min_cell` - 1, the largest first."""
    singles = [Sum(frozenset({i})) for i in range(len(system.counts))]
    figures = dict.fromkeys([*singles, *system.shown, *system.guarded])
    small = [f for f in figures if 0 < f.value(system.counts) < min_cell]
    return sorted(small, key=lambda f: -f.value(system.counts))


def _disclosures(system: CellSystem, hidden: frozenset[int], min_cell: int) -> list[Disclosure]:
    """Return what can be told in one connected part; a table found for one count serves others."""
    programme = _Programme(system, sum(system.counts) + min_cell)
    everything = frozenset(range(len(system.shown)))
    tables = [system.counts]
    found = []
    for figure in small_figures(system, min_cell):
        values = [figure.value(table) for table in tables]
        low, high = min(values), max(values)
        if low > 0:
            tables.append(programme.extreme_table(hidden, figure, -1))
            low = figure.value(tables[-1])
        if high < min_cell:
            tables.append(programme.extreme_table(hidden, figure, 1))
            high = figure.value(tables[-1])
        if low <= 0 and high >= min_cell:
            continue
        least = programme.extreme(everything, figure, -1)
        most = programme.extreme(everything, figure, 1)
        if low > max(least, 0) or high < min(most, min_cell):
            found.append(Disclosure(figure, figure.value(system.counts), low, high))
    return found


class _Suppression:
    """Hiding in one connected part, small count by small count, with the witnesses found."""

    def __init__(self, system: CellSystem, min_cell: int) -> None:
        self.system = system
        self.min_cell = min_cell
        self.programme = _Programme(system, sum(system.counts) + min_cell)
        self.witnesses: list[Counts] = [system.counts]
        self.values = [figure.value(system.counts) for figure in system.shown]
        self.hidden = {j for j, value in enumerate(self.values) if 0 < value < min_cell}

    def run(self) -> set[int]:
        for figure in small_figures(self.system, self.min_cell):
            for goal in (Goal(figure, self.min_cell, True), Goal(figure, 0, False)):
                self._reach(goal)
        return self.hidden

    def _reach(self, goal: Goal) -> None:
        if any(map(goal.is_reached, self.witnesses)):
            return
        witness = self.programme.cheapest(frozenset(self.hidden), goal)
        if witness is not None:
            self._hide_changes(witness)
            return
        nearest = self._within_told(goal)
        if nearest == goal:  # possible, and yet not found: hide more than is needed
            self.hidden = set(range(len(self.values)))
        else:
            self._reach(nearest)

    def _hide_changes(self, witness: Counts) -> None:
        self.witnesses.append(witness)
        figures = enumerate(self.system.shown)
        self.hidden |= {j for j, f in figures if f.value(witness) != self.values[j]}

    def _within_told(self, goal: Goal) -> Goal:
        """Return the nearest goal that the told figures leave; the truth itself is one."""
        everything = frozenset(range(len(self.system.shown)))
        bound = self.programme.extreme(everything, goal.figure, 1 if goal.is_upward else -1)
        return Goal(goal.figure, bound, goal.is_upward)


class _Programme:
    """Integer programmes over the tables that agree with what is published."""

    def __init__(self, system: CellSystem, ceiling: int) -> None:
        self.system = system
        self.ceiling = ceiling
        self.cells = len(system.counts)
        self.told = self._matrix(system.told)
        self.shown = self._matrix(system.shown)
        self.told_values = _vector(system.told, system.counts)
        self.values = _vector(system.shown, system.counts)

    def _matrix(self, figures: Sequence[Sum]) -> csr_array:
        entries = [(row, i, 1) for row, f in enumerate(figures) for i in f.plus]
        entries += [(row, i, -1) for row, f in enumerate(figures) for i in f.minus]
        rows, columns, signs = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(figures), self.cells)
        return csr_array((np.array(signs, float), (rows, columns)), shape=shape)

    def extreme(self, hidden: frozenset[int], figure: Sum, sign: int) -> int:
        """Return the largest (`sign` 1) or least (-1) value that `figure` can have."""
        return figure.value(self.extreme_table(hidden, figure, sign))

    def extreme_table(self, hidden: frozenset[int], figure: Sum, sign: int) -> Counts:
        """Return a table in which `figure` is largest or least; the truth is one that agrees."""
        open_ = [j for j in range(len(self.system.shown)) if j not in hidden]
        direction = -sign * self._matrix([figure]).toarray()[0]
        matrix = vstack([self.told, self.shown[open_]])
        values = np.concatenate([self.told_values, self.values[open_]])
        truth = self.system.counts
        found = self._solve(direction, [(matrix, values, values)], self.cells)
        if found is None or not self.agrees(found, open_):
            return truth
        return max(truth, found, key=lambda table: sign * figure.value(table))

    def cheapest(self, hidden: frozenset[int], goal: Goal) -> Counts | None:
        """Return a table that reaches `goal` and changes the published figures least, or None.

        Changing a shown figure costs more the larger it is and the more cells it sums up.
        """
        open_ = [j for j in range(len(self.system.shown)) if j not in hidden]
        costs = [self._cost(j) for j in open_]
        shown, change = self.shown[open_], csr_array(eye_array(len(open_)))
        none = csr_array((len(self.system.told), len(open_)))
        target = hstack([self._matrix([goal.figure]), csr_array((1, len(open_)))])
        values = self.values[open_]
        most = np.full(len(open_), np.inf)
        bound = (goal.bound, np.inf) if goal.is_upward else (-np.inf, goal.bound)
        found = self._solve(
            np.concatenate([np.zeros(self.cells), costs]),
            [
                (hstack([self.told, none]), self.told_values, self.told_values),
                (hstack([shown, -change]), -most, values),
                (hstack([shown, change]), values, most),
                (target, np.array([bound[0]]), np.array([bound[1]])),
            ],
            self.cells + len(open_),
        )
        is_proof = found is not None and self.agrees(found, ()) and goal.is_reached(found)
        return found if is_proof else None

    def agrees(self, counts: Counts, open_: Sequence[int]) -> bool:
        """Return whether a table agrees with what is published, in whole numbers."""
        truth = self.system.counts
        published = [*self.system.told, *(self.system.shown[j] for j in open_)]
        return min(counts, default=0) >= 0 and all(
            figure.value(counts) == figure.value(truth) for figure in published
        )

    def _cost(self, j: int) -> float:
        return len(self.system.shown[j].cells) * (1 + log1p(abs(int(self.values[j]))))

    def _solve(
        self,
        costs: Vector,
        constraints: Sequence[tuple[csr_array, Vector, Vector]],
        variables: int,
    ) -> Counts | None:
        """Return the smallest cells of an optimum, rounded to whole numbers, or None."""
        whole = np.zeros(variables, dtype=np.int64)
        whole[: self.cells] = 1
        upper = np.full(variables, np.inf)
        upper[: self.cells] = self.ceiling
        result = milp(
            costs,
            integrality=whole,
            bounds=Bounds(np.zeros(variables), upper),
            constraints=[LinearConstraint(*each) for each in constraints if each[0].shape[0]],
        )
        if result.x is None:
            return None
        return tuple(int(value) for value in np.rint(result.x[: self.cells]))


def _components(system: CellSystem) -> list[frozenset[int]]:
    """Return the groups of smallest cells that figures tie together, in the order of the cells."""
    group = list(range(len(system.counts)))

    def find(i: int) -> int:
        while group[i] != i:
            group[i] = group[group[i]]
            i = group[i]
        return i

    for figure in system.figures:
        first, *others = sorted(figure.cells) or [-1]
        for other in others:
            group[find(other)] = find(first)
    spoken_of = sorted({i for figure in system.figures for i in figure.cells})
    members: dict[int, list[int]] = {}
    for i in spoken_of:
        members.setdefault(find(i), []).append(i)
    return [frozenset(cells) for cells in members.values()]


def _part(system: CellSystem, cells: frozenset[int]) -> tuple[CellSystem, list[int]]:
    """Return the part of a system over `cells`, and which of its shown figures it holds."""
    numbers = sorted(cells)
    new = {old: number for number, old in enumerate(numbers)}
    places = [j for j, figure in enumerate(system.shown) if figure.cells & cells]
    part = CellSystem(
        counts=tuple(system.counts[i] for i in numbers),
        shown=tuple(_renumber(system.shown[j], new) for j in places),
        told=tuple(_renumber(f, new) for f in system.told if f.cells & cells),
        guarded=tuple(_renumber(f, new) for f in system.guarded if f.cells & cells),
    )
    return part, places


def _vector(figures: Sequence[Sum], counts: Counts) -> Vector:
    return np.array([figure.value(counts) for figure in figures], dtype=np.float64)


def _renumber(figure: Sum, numbers: Mapping[int, int] | Sequence[int]) -> Sum:
    return Sum(
        frozenset(numbers[i] for i in figure.plus), frozenset(numbers[i] for i in figure.minus)
    )
