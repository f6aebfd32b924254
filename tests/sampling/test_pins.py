"""Numbers set by hand: how they are typed, and which are none."""

from __future__ import annotations

import pytest

from sampling.pins import CellKey, read_pins, resolve_pins
from sampling.problems import Problem
from sampling.survey_rules import SurveyRules

SIZES = {
    CellKey("parent", "urban", "1-2"): 20,
    CellKey("parent", "rural", "1-2"): 10,
    CellKey("parent", "rural", "3-4"): 5,
    CellKey("principal", "", ""): 3,
}


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        ("parent", 35),
        ("parent/urban", 20),
        ("parent/1-2", 30),
        ("parent/rural/3-4", 5),
        ("principal", 3),
    ],
)
def test_a_number_is_for_every_cell_it_names(rules: SurveyRules, name: str, covered: int) -> None:
    (pin,) = resolve_pins({name: covered}, SIZES, rules)
    assert sum(size for cell, size in SIZES.items() if pin.covers(cell)) == covered
    with pytest.raises(Problem, match=f"{name}: {covered + 1} are to be drawn, but only {covered}"):
        resolve_pins({name: covered + 1}, SIZES, rules)


@pytest.mark.parametrize(
    "name",
    ["mayor", "", "/", "parent/", "urban", "parent/1-2/urban", "parent/urban/rural", "parent/x"],
)
def test_unknown_cells_are_told_with_what_is_known(rules: SurveyRules, name: str) -> None:
    with pytest.raises(Problem, match="there is no cell") as caught:
        resolve_pins({name: 1}, SIZES, rules)
    assert all(word in str(caught.value) for word in ("principal", "town", "5-6"))


def test_a_cell_without_anybody_can_only_be_nought(rules: SurveyRules) -> None:
    assert resolve_pins({"principal/urban": 0}, SIZES, rules)[0].n == 0
    with pytest.raises(Problem, match="principal/urban: 1 are to be drawn, but only 0"):
        resolve_pins({"principal/urban": 1}, SIZES, rules)
    with pytest.raises(Problem, match="expected 0 or more, got -1"):
        resolve_pins({"parent": -1}, SIZES, rules)


@pytest.mark.parametrize(
    "text", ["parent", "parent=", "parent=x", "parent=-1", "parent=1.5", "=", ""]
)
def test_what_is_no_number_for_a_cell(text: str) -> None:
    with pytest.raises(Problem, match="expected CELL=N"):
        read_pins([text])


def test_a_cell_is_set_once() -> None:
    with pytest.raises(Problem, match="'parent' is set twice"):
        read_pins(["parent=1", "parent =2"])
