"""The table of a plan: categories by area by grade band, with its margins, in whole numbers.

The table is a flow: from the whole to the categories, on to their grade bands, through the cells
to the areas of the category, on to the areas of the county and back. `docs/planning.md` tells which
deviation each rule makes as small as can be, and in which order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sampling.network import Network, settle
from sampling.pins import CellKey, Pin, Sizes
from sampling.problems import N_, Problem
from sampling.programme import InfeasibleError, bring_near, find_flow, round_off
from sampling.survey_rules import AREAS_IN_PROPORTION, BANDS_EQUAL, SurveyRules

Shares = Mapping[str, Mapping[str, Fraction]]
Bounds = Mapping[str, tuple[int, int]]


@dataclass(slots=True)
class Table:
    """A network and which of its arcs is which number of the table."""

    network: Network = field(default_factory=Network)
    categories: dict[str, int] = field(default_factory=dict)
    bands: dict[tuple[str, str], int] = field(default_factory=dict)
    areas: dict[tuple[str, str], int] = field(default_factory=dict)
    cells: dict[CellKey, int] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)

    def get(self, arc: int) -> int:
        """Return the number that stands at an arc."""
        return self.network.flow[arc]


def find_bounds(
    sizes: Sizes, pins: Sequence[Pin], rules: SurveyRules
) -> dict[str, tuple[int, int]]:
    """Return the fewest and the most that can be drawn from each category with these `pins`.

    Only where a number inside the category is set there is anything to work out. Raises `Problem`
    when the numbers set for a category cannot all hold.
    """
    return {name: _find_bounds(name, sizes, pins) for name in rules.categories}


def fill_table(
    sizes: Sizes,
    counts: Mapping[str, int],
    shares: Shares,
    pins: Sequence[Pin],
    rules: SurveyRules,
) -> dict[CellKey, int]:
    """Return how many are drawn in each cell.

    Parameters
    ----------
    sizes
        Eligible people in each cell that has any.
    counts
        People to draw by category, within what `find_bounds` says.
    shares
        The share (0-1) that each area should have of a category.
    pins
        Numbers set by hand; they are kept.

    Grade bands and areas are served in the order of the rules, then the cells between them; what
    is still open then is the lexicographically smallest: bands, areas, cells.
    """
    table = _build(sizes, {name: (count, count) for name, count in counts.items()}, pins)
    find_flow(table.network)
    for rule in rules.soft_rules:
        if rule == BANDS_EQUAL:
            bring_near(table.network, aim_bands(table.bands, counts, rules))
        elif rule == AREAS_IN_PROPORTION:
            _serve_areas(table, counts, shares)
    settle(table.network, [*table.bands.values(), *table.areas.values()])
    bring_near(table.network, _aim_cells(table, counts))
    settle(table.network, table.cells.values())
    return {cell: table.get(arc) for cell, arc in table.cells.items()}


def aim_bands(
    bands: Mapping[tuple[str, str], int], counts: Mapping[str, int], rules: SurveyRules
) -> dict[int, Fraction]:
    """Return the equal share of each grade band, by what stands for the band in `bands`."""
    used = Counter(category for category, band in bands if band)
    width = {name: len(rules.eligible_grade_bands.get(name, ())) or used[name] for name in used}
    return {
        arc: Fraction(counts[category], width[category])
        for (category, band), arc in bands.items()
        if band
    }


def _find_bounds(category: str, sizes: Sizes, pins: Sequence[Pin]) -> tuple[int, int]:
    own = {cell: size for cell, size in sizes.items() if cell.category == category}
    here = [pin for pin in pins if pin.category == category]
    everybody = sum(own.values())
    if not here:
        return 0, everybody
    found = []
    for sign in (1, -1):
        table = _build(own, {category: (0, everybody)}, pins)
        arc = table.categories.get(category)
        if arc is None:
            return 0, 0
        try:
            find_flow(table.network, {arc: sign})
        except InfeasibleError as error:
            raise Problem(
                N_("{category}: the numbers set by hand cannot all hold: {cells}"),
                category=category,
                cells=", ".join(f"{pin.name}={pin.n}" for pin in here),
            ) from error
        found.append(table.get(arc))
    return found[0], found[1]


def _serve_areas(table: Table, counts: Mapping[str, int], shares: Shares) -> None:
    """Round each category's areas up or down so that the whole comes as near as can be."""
    targets = {
        (category, area): counts[category] * shares[category][area]
        for category, area in table.areas
        if area
    }
    wholes = dict.fromkeys((arc for area, arc in table.whole.items() if area), Fraction(0))
    for (_, area), target in targets.items():
        wholes[table.whole[area]] += target
    own = {table.areas[key]: target for key, target in targets.items()}
    if not own:
        return
    round_off(table.network, own)
    bring_near(table.network, wholes)
    bring_near(table.network, own)


def _aim_cells(table: Table, counts: Mapping[str, int]) -> dict[int, Fraction]:
    """Return what a cell would have if each band were spread over the areas alike."""
    return {
        arc: Fraction(
            table.get(table.bands[cell.category, cell.grade_band])
            * table.get(table.areas[cell.category, cell.area]),
            max(1, counts[cell.category]),
        )
        for cell, arc in table.cells.items()
    }


def _build(sizes: Sizes, bounds: Bounds, pins: Sequence[Pin]) -> Table:
    """Build the network; every number is at most what the frame has, and as it was set."""
    table = Table()
    pinned = {CellKey(pin.category, pin.area, pin.grade_band): pin.n for pin in pins}
    root = table.network.add_node()
    areas = {area: table.network.add_node() for area in _list_once(cell.area for cell in sizes)}
    for category in _list_once(cell.category for cell in sizes):
        own = {cell: size for cell, size in sizes.items() if cell.category == category}
        _add_category(table, own, bounds[category], pinned, (root, areas))
    total = sum(high for _, high in bounds.values())
    for area, node in areas.items():
        table.whole[area] = table.network.add_arc(node, root, 0, total)
    return table


def _add_category(
    table: Table,
    own: Sizes,
    bounds: tuple[int, int],
    pinned: Mapping[CellKey, int],
    ends: tuple[int, Mapping[str, int]],
) -> None:
    """Add the arcs of one category, from the root (the first of `ends`) to the areas' nodes."""
    network, (root, areas) = table.network, ends
    most = bounds[1]

    def limit(key: CellKey, size: int) -> tuple[int, int]:
        return (pinned[key], pinned[key]) if key in pinned else (0, min(size, most))

    category = next(iter(own)).category
    node = network.add_node()
    whole = pinned.get(CellKey(category, "", ""))
    span = bounds if whole is None else (whole, whole)
    table.categories[category] = network.add_arc(root, node, *span)
    by_band, by_area = _count_by(own, "grade_band"), _count_by(own, "area")
    band_nodes = {band: network.add_node() for band in by_band}
    area_nodes = {area: network.add_node() for area in by_area}
    for band, size in by_band.items():
        span = limit(CellKey(category, "", band), size)
        table.bands[category, band] = network.add_arc(node, band_nodes[band], *span)
    for area, size in by_area.items():
        span = limit(CellKey(category, area, ""), size)
        table.areas[category, area] = network.add_arc(area_nodes[area], areas[area], *span)
    for cell, size in own.items():
        span = limit(cell, size)
        table.cells[cell] = network.add_arc(
            band_nodes[cell.grade_band], area_nodes[cell.area], *span
        )


def _count_by(own: Sizes, axis: str) -> Counter[str]:
    counted: Counter[str] = Counter()
    for cell, size in own.items():
        counted[getattr(cell, axis)] += size
    return counted


def _list_once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
