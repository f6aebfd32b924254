"""Unit costs and made-up counties for tests of the way out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from scoring.schools import School, parse_schools
from scoring.unit_costs import UnitCosts, make_unit_costs
from tests.scoring.makers import INDICATORS, NATIONAL, make_row, number_rows

COSTS = {
    "degree_teachers": "95000",
    "backbone_teachers": "20000",
    "pe_art_teachers": "90000",
    "rooms_m2": "3200",
    "grounds_m2": "400",
    "equipment_yuan": "1",
    "multimedia_rooms": "30000",
}


def costs_table(
    most: Mapping[str, int] | None = None, exceptions: list[dict[str, object]] | None = None
) -> dict[str, object]:
    """Return the content of a file of unit costs."""
    table: dict[str, object] = {"format": 1, "currency": "元", "costs": dict(COSTS)}
    if most is not None:
        table["most"] = dict(most)
    if exceptions:
        table["exceptions"] = exceptions
    return table


def unit_costs(
    most: Mapping[str, int] | None = None, exceptions: list[dict[str, object]] | None = None
) -> UnitCosts:
    return make_unit_costs(costs_table(most, exceptions), NATIONAL)


def county(*rows: dict[str, str]) -> list[School]:
    return parse_schools(number_rows(rows), "schools.xlsx")


def random_county(seed: int, size: int, lowest: float = 0.1, highest: float = 4.0) -> list[School]:
    """Return schools of all kinds that reach between these shares of their limits."""
    chance = np.random.default_rng(seed)
    kinds = ("primary", "primary", "junior", "nine_year", "twelve_year", "complete_secondary")
    chosen = chance.integers(0, len(kinds), size)
    rows = []
    for number in range(size):
        kind = kinds[chosen[number]]
        has_primary = kind in ("primary", "nine_year", "twelve_year")
        row = make_row(
            f"s{number:03d}",
            kind,
            primary=int(chance.integers(40, 1500)) if has_primary else 0,
            junior=int(chance.integers(60, 1500)) if kind != "primary" else 0,
            senior=int(chance.integers(200, 900)) if kind[0] in "ct" else 0,
            shares=[f"{chance.uniform(lowest, highest):.2f}" for _ in INDICATORS],
        )
        for name, text in row.items():
            if name.endswith(("teachers", "rooms")) and text:
                row[name] = str(round(float(text)))
        rows.append(row)
    return county(*rows)
