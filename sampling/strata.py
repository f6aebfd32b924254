"""From planned cells to the strata that are drawn in and the unions that an answer carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeVar

from sampling.frame import AXES


@dataclass(frozen=True, slots=True)
class Cell:
    """A planned cell: `N` eligible people of which `n` are to be drawn; "" on an unused axis."""

    category: str
    area: str
    grade_band: str
    N: int
    n: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The non-empty cells of one category with the values it has on each axis, in rule order."""

    category: str
    areas: tuple[str, ...]
    grade_bands: tuple[str, ...]
    cells: tuple[Cell, ...]

    def get_values(self, axis: str) -> tuple[str, ...]:
        """Return the category's values on `axis`, "area" or "grade_band"."""
        return self.areas if axis == "area" else self.grade_bands


Stratum = tuple[Cell, ...]
Part = TypeVar("Part")
Group = tuple[Part, ...]


def count_people(cells: Sequence[Cell]) -> tuple[int, int]:
    """Return ``(N, n)`` of a union of cells: eligible people and people to be drawn."""
    return sum(cell.N for cell in cells), sum(cell.n for cell in cells)


def is_drawable(cells: Sequence[Cell], minimum: int) -> bool:
    """Say whether `cells` can be a stratum: `minimum` or more are drawn, or everybody."""
    size, drawn = count_people(cells)
    return drawn >= minimum or drawn == size


def form_strata(grid: Grid, minimum: int) -> list[Stratum]:
    """Unite the cells of one category until each union can be drawn from (see `is_drawable`).

    Bands of one area are united first, neighbour with neighbour; an area that is too small even
    then is united with its neighbour. A union is always a full product of areas and bands, so
    that values by column define it. Only the category as a whole may stay too small.
    """

    def is_fine(cells: Stratum) -> bool:
        return is_drawable(cells, minimum)

    def count_drawn(cells: Stratum) -> int:
        return count_people(cells)[1]

    strata: list[Stratum] = []
    for area in _unite(_split(grid.cells, grid, "area"), is_fine, count_drawn):
        strata += _unite(_split(area, grid, "grade_band"), is_fine, count_drawn)
    return strata


def form_answer_strata(strata: Sequence[Stratum], minimum: int) -> list[tuple[Stratum, ...]]:
    """Unite the strata of one category until `minimum` people are drawn in each union.

    A category with fewer people is one union. Bands of one area are united first, then areas;
    areas that had to be united are not told apart by band any more.
    """

    def is_safe(union: tuple[Stratum, ...]) -> bool:
        return count_drawn(union) >= minimum

    def count_drawn(union: tuple[Stratum, ...]) -> int:
        return count_people(tuple(chain(*union)))[1]

    unions: list[tuple[Stratum, ...]] = []
    for area in _unite(_split_by_areas(strata), is_safe, count_drawn):
        if len(_split_by_areas(area)) > 1:
            unions.append(area)
        else:
            unions += _unite([(stratum,) for stratum in area], is_safe, count_drawn)
    return unions


def define_cell(cells: Sequence[Cell], grid: Grid) -> dict[str, list[str]]:
    """Return the values by column that tell `cells` apart within their category.

    A column on which they cover every value that the category has is left out.
    """
    definition = {"category": [grid.category]}
    for axis in AXES:
        covered = {getattr(cell, axis) for cell in cells}
        every = grid.get_values(axis)
        if len(covered) < len(every):
            definition[axis] = [value for value in every if value in covered]
    return definition


def name_cell(definition: dict[str, list[str]]) -> str:
    """Return the name of a stratum with this definition.

    >>> name_cell({"category": ["student"], "area": ["town", "rural"], "grade_band": ["3-4"]})
    'student/town+rural/3-4'
    """
    columns = ("category", *AXES)
    return "/".join("+".join(definition[column]) for column in columns if column in definition)


def _split(cells: Sequence[Cell], grid: Grid, axis: str) -> list[Stratum]:
    groups = [
        tuple(cell for cell in cells if getattr(cell, axis) == value)
        for value in grid.get_values(axis)
    ]
    return [group for group in groups if group]


def _split_by_areas(strata: Sequence[Stratum]) -> list[tuple[Stratum, ...]]:
    groups: dict[frozenset[str], list[Stratum]] = {}
    for stratum in strata:
        groups.setdefault(frozenset(cell.area for cell in stratum), []).append(stratum)
    return [tuple(group) for group in groups.values()]


def _unite(
    groups: list[Group[Part]],
    is_fine: Callable[[Group[Part]], bool],
    count_drawn: Callable[[Group[Part]], int],
) -> list[Group[Part]]:
    """Unite whatever is not fine with the neighbour of fewer drawn, first to last, till all are.

    >>> _unite([(1,), (5,), (3,)], lambda group: sum(group) > 1, sum)
    [(1, 5), (3,)]
    """
    united = list(groups)
    while len(united) > 1:
        bad = next((index for index, group in enumerate(united) if not is_fine(group)), None)
        if bad is None:
            break
        neighbours = [index for index in (bad - 1, bad + 1) if 0 <= index < len(united)]
        other = min(neighbours, key=lambda index: count_drawn(united[index]))
        first = min(bad, other)
        united[first : first + 2] = [united[first] + united[first + 1]]
    return united
