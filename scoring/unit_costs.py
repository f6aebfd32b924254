"""Unit costs (单位成本): what a teacher, a square metre, a yuan of equipment or a room costs.

A TOML file of the county's own; amounts are text and are read exactly::

    format = 1
    currency = "元"

    [costs]
    degree_teachers = "95000"
    rooms_m2 = "3200"

    [most]
    grounds_m2 = 5000

    [[exceptions]]
    school = "1003"
    indicator = "grounds_m2"
    most = 0
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml
from scoring.gaps import Place
from scoring.rule_set import STAGES, RuleSet


@dataclass(frozen=True, slots=True)
class UnitCosts:
    """What one more unit costs, and how many more there can be.

    `cost_of` and `most_of` are by place, the default of an indicator standing under a school and
    a stage of "". `digest` is the SHA-256 of the file's content.
    """

    currency: str
    cost_of: Mapping[Place, Fraction]
    most_of: Mapping[Place, int]
    digest: str

    def cost(self, place: Place) -> Fraction:
        """Return the cost of one unit; `Problem` where the file names none."""
        for key in _from_near(place):
            if key in self.cost_of:
                return self.cost_of[key]
        raise Problem(N_("there is no unit cost for {indicator}"), indicator=place[2])

    def most(self, place: Place) -> int | None:
        """Return how many units can be added at most; None where nothing limits them."""
        return next((self.most_of[key] for key in _from_near(place) if key in self.most_of), None)


def read_unit_costs(path: Path, rule_set: RuleSet) -> UnitCosts:
    """Return the unit costs in a TOML file, one for each indicator of the rule set.

    Raises `Problem` with file, key and what was expected: a cost is above 0, a number of units
    whole and from 0 up.
    """
    data = read_toml(path)
    return make_unit_costs(data, rule_set, path.name)


def make_unit_costs(
    data: Mapping[str, object], rule_set: RuleSet, where: str = "costs"
) -> UnitCosts:
    """Return the unit costs that a file's content says; `Problem` as `read_unit_costs`."""
    table = Table(data, where)
    table.whole("format", least=1, most=1)
    names = tuple(indicator.id for indicator in rule_set.indicators)
    costs_table = table.table("costs")
    costs = {("", "", name): _cost(costs_table, name) for name in names}
    costs_table.finish()
    most = _most(table.table("most"), names) if "most" in data else {}
    for entry in table.entries("exceptions") if "exceptions" in data else []:
        place = _place(entry, names)
        if "cost" in entry.keys:
            costs[place] = _cost(entry, "cost")
        if "most" in entry.keys:
            most[place] = entry.whole("most", least=0)
        entry.finish()
    unit_costs = UnitCosts(table.text("currency"), costs, most, digest(data))
    table.finish()
    return unit_costs


def _from_near(place: Place) -> tuple[Place, ...]:
    """Return the keys that speak of a place, the most particular first."""
    school, stage, indicator = place
    return place, (school, "", indicator), ("", stage, indicator), ("", "", indicator)


def _cost(table: Table, key: str) -> Fraction:
    cost = table.number(key)
    if cost <= 0:
        raise table.problem(key, "a number above 0", str(cost))
    return cost


def _most(table: Table, names: tuple[str, ...]) -> dict[Place, int]:
    most = {("", "", n): table.whole(n, least=0) for n in names if n in table.keys}
    table.finish()
    return most


def _place(entry: Table, names: tuple[str, ...]) -> Place:
    school = entry.text("school") if "school" in entry.keys else ""
    stage = entry.choice("stage", STAGES) if "stage" in entry.keys else ""
    return school, stage, entry.choice("indicator", names)
