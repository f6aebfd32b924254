"""Unit costs as a file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.unit_costs import make_unit_costs, read_unit_costs
from tests.scoring.makers import NATIONAL
from tests.scoring.unit_costs import COSTS, costs_table, unit_costs


def test_what_stands_nearest_counts() -> None:
    costs = unit_costs(
        most={"rooms_m2": 100},
        exceptions=[
            {"school": "1", "indicator": "rooms_m2", "most": 7, "cost": "4000.5"},
            {"school": "1", "stage": "junior", "indicator": "degree_teachers", "cost": "1"},
            {"stage": "junior", "indicator": "degree_teachers", "cost": "2"},
        ],
    )
    assert costs.cost(("1", "", "rooms_m2")) == Fraction("4000.5")
    assert (costs.most(("1", "", "rooms_m2")), costs.most(("2", "", "rooms_m2"))) == (7, 100)
    assert costs.most(("1", "", "grounds_m2")) is None
    sections = (("1", "junior"), ("2", "junior"), ("2", "primary"))
    teachers = [costs.cost((school, stage, "degree_teachers")) for school, stage in sections]
    assert teachers == [1, 2, 95000]


def test_a_file_is_read_exactly(tmp_path: Path) -> None:
    path = tmp_path / "costs.toml"
    lines = [f'{name} = "{cost}"' for name, cost in COSTS.items()]
    path.write_text('format = 1\ncurrency = "元"\n[costs]\n' + "\n".join(lines), encoding="utf-8")
    assert read_unit_costs(path, NATIONAL).digest == unit_costs().digest


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("costs", {**COSTS, "rooms_m2": 3200.5}, "costs.rooms_m2.*a number in quotes"),
        ("costs", {**COSTS, "rooms_m2": "0"}, "costs.rooms_m2.*a number above 0"),
        ("costs", {**COSTS, "books": "30"}, "unknown key 'costs.books'"),
        ("costs", {"rooms_m2": "1"}, "costs.degree_teachers' is missing"),
        ("most", {"rooms_m2": -1}, "most.rooms_m2.*a whole number from 0"),
        ("most", {"rooms_m2": "5"}, "most.rooms_m2.*a whole number from 0"),
        ("exceptions", [{"indicator": "books", "most": 1}], "one of degree_teachers"),
        ("exceptions", [{"indicator": "rooms_m2", "limit": 1}], "unknown key"),
        ("format", 2, "format"),
    ],
)
def test_slips_are_told(key: str, value: object, says: str) -> None:
    with pytest.raises(Problem, match=says):
        make_unit_costs(costs_table() | {key: value}, NATIONAL, "costs.toml")
