"""出路: the cheapest additions, against brute force, bounds, and the engine's own word."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from sampling.canonical import canonical_json
from sampling.problems import Problem, Problems
from scoring.additions import add_units, find_spreads
from scoring.builtin_engine import BuiltinEngine
from scoring.gaps import Place, find_gaps
from scoring.outcomes import MET
from scoring.rule_set import load_rule_set
from scoring.school_pass import total_cost
from scoring.schools import School
from scoring.unit_costs import UnitCosts
from scoring.way_out import FEASIBLE, INFEASIBLE, OPTIMAL, find_way_out
from scoring.way_out_record import make_way_out
from tests.scoring.makers import NATIONAL, make_row
from tests.scoring.unit_costs import county, random_county, unit_costs

BACKBONE = "backbone_teachers"
PUPILS = (100, 200, 400)


def all_hold(schools: list[School]) -> bool:
    """Return whether the engine finds every school passing and every coefficient kept.

    A stage without a section has nothing to measure.
    """
    findings = BuiltinEngine().assess(schools, NATIONAL)
    stages = {stage for school in schools for stage, pupils in school.pupils.items() if pupils}
    bought = [f for f in findings if f.rule.kind in ("school", "difference")]
    return all(f.outcome == MET for f in bought if f.subject.stage in stages)


def uneven(*backbone: int) -> list[School]:
    """Return schools at all their limits with so many backbone teachers."""
    return county(*(
        make_row(str(n), primary=pupils, primary_backbone_teachers=str(teachers))
        for n, (pupils, teachers) in enumerate(zip(PUPILS, backbone, strict=True))
    ))  # fmt: skip


def cheapest_by_trying(schools: list[School], costs: UnitCosts, most: int) -> Fraction:
    """Try every number of backbone teachers added, from nothing to `most` in each school."""
    gaps = find_gaps(schools, NATIONAL)
    spread = next(s for s in find_spreads(schools, gaps, NATIONAL) if s.rule.indicator == BACKBONE)
    places: list[Place] = [share.place for share in spread.shares]
    least = [next(g.to_floor or 0 for g in gaps if g.place == place) for place in places]
    plans = (
        dict(zip(places, units, strict=True))
        for units in product(*(range(low, most + 1) for low in least))
    )
    return min(total_cost(plan, costs) for plan in plans if spread.holds(plan))


@pytest.mark.parametrize(
    "backbone", [(20, 2, 4), (1, 2, 40), (9, 2, 9), (3, 30, 4), (12, 12, 0), (1, 2, 4), (0, 0, 0)]
)
def test_nothing_is_cheaper(backbone: tuple[int, int, int]) -> None:
    schools, costs = uneven(*backbone), unit_costs()
    found = find_way_out(schools, NATIONAL, costs, gap=Fraction(1, 10**5))
    assert found.status == OPTIMAL
    assert found.cost == cheapest_by_trying(schools, costs, 24)
    assert all_hold(add_units(schools, found.units))


def test_every_school_may_pass_and_a_coefficient_still_be_broken() -> None:
    schools = uneven(20, 2, 4)
    assert all(gap.to_limit == 0 for gap in find_gaps(schools, NATIONAL))
    assert not all_hold(schools)
    found = find_way_out(schools, NATIONAL, unit_costs())
    assert {indicator for _, _, indicator in found.units} == {BACKBONE}


@pytest.mark.parametrize(
    ("seed", "size", "highest"),
    [(1, 3, 3.0), (2, 8, 4.0), (3, 15, 4.0), (4, 25, 2.5), (5, 40, 6.0)],
)
def test_any_county_finds_a_way_out(seed: int, size: int, highest: float) -> None:
    schools, costs = random_county(seed, size, highest=highest), unit_costs()
    found = find_way_out(schools, NATIONAL, costs)
    assert found.status in (OPTIMAL, FEASIBLE)
    assert all_hold(add_units(schools, found.units))
    assert found.cost == total_cost(found.units, costs)
    assert found.bound <= found.cost
    assert found.gap < Fraction(1, 50)
    assert all(units > 0 for units in found.units.values())


def test_the_bound_is_below_a_plan_that_somebody_made_up() -> None:
    """Raising every school to the richest one holds as well, for a great deal more."""
    schools, costs = uneven(20, 2, 4), unit_costs()
    levelled = {(str(n), "primary", BACKBONE): units for n, units in ((1, 38), (2, 76))}
    assert all_hold(add_units(schools, levelled))
    assert find_way_out(schools, NATIONAL, costs).cost < total_cost(levelled, costs)


def test_what_has_to_be_added_elsewhere_when_one_place_is_full() -> None:
    schools = uneven(20, 2, 4)
    free = find_way_out(schools, NATIONAL, unit_costs())
    place = max(free.units, key=lambda p: free.units[p])
    full = {"school": place[0], "indicator": BACKBONE, "most": free.units[place] - 1}
    other = find_way_out(schools, NATIONAL, unit_costs(exceptions=[full]))
    assert other.units.get(place, 0) < free.units[place]
    assert other.cost >= free.cost
    assert all_hold(add_units(schools, other.units))


def test_schools_that_cannot_pass_are_named() -> None:
    rows = [make_row(str(n), primary=360, shares=("1", "0.8", "0.8", "1", "1", "1", "1"))
            for n in range(2)]  # fmt: skip
    none = {"school": "1", "indicator": BACKBONE, "most": 0}
    found = find_way_out(county(*rows), NATIONAL, unit_costs(exceptions=[none]))
    assert (found.status, found.blocked, found.units) == (INFEASIBLE, ("1",), {})


def test_a_coefficient_that_nothing_can_be_added_to_has_no_way_out() -> None:
    found = find_way_out(uneven(20, 2, 4), NATIONAL, unit_costs(most={BACKBONE: 0}))
    assert (found.status, found.blocked, found.units) == (INFEASIBLE, (), {})


def test_a_county_without_a_gap_costs_nothing() -> None:
    found = find_way_out(uneven(1, 2, 4), NATIONAL, unit_costs())
    assert (found.status, dict(found.units)) == (OPTIMAL, {})
    assert found.cost == found.gap == 0


def test_the_same_county_in_another_order_has_the_same_plan() -> None:
    schools, costs = random_county(7, 12), unit_costs()
    plans = [make_way_out(order, NATIONAL, costs) for order in (schools, schools, schools[::-1])]
    assert canonical_json(plans[0]) == canonical_json(plans[1]) == canonical_json(plans[2])


def test_what_was_not_measured_has_to_be_measured_first() -> None:
    point = make_row("1", "point", primary=60, shares=("1", "1", "", "1", "1", "1", ""))
    with pytest.raises(Problems) as caught:
        find_way_out(county(point), NATIONAL, unit_costs())
    assert len(caught.value.problems) == 2


def test_a_table_without_a_school_in_scope_has_nothing_to_plan() -> None:
    with pytest.raises(Problem, match="no school"):
        find_way_out(county(make_row("1", "point", primary=20)), NATIONAL, unit_costs())


def test_a_limit_on_the_composite_is_refused() -> None:
    basic = load_rule_set("inner-mongolia-basic-2012")
    with pytest.raises(Problem, match="composite"):
        find_way_out([], basic, unit_costs())


def test_the_record_says_what_is_added_and_what_it_brings() -> None:
    schools = county(
        make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1")),
        make_row("2", primary=100, primary_backbone_teachers="20"),
    )
    record = make_way_out(schools, NATIONAL, unit_costs())
    assert (record["format"], record["kind"], record["status"]) == (1, "way_out", "optimal")
    additions = {entry["id"]: entry for entry in as_entries(record["additions"])}
    assert list(additions) == ["1/primary/backbone_teachers", "1/grounds_m2"]
    grounds = additions["1/grounds_m2"]
    assert (grounds["add"], grounds["unit"], grounds["cost"]) == (270, "平方米", "108000")
    assert (grounds["closes"], grounds["to_limit"], grounds["to_floor"]) == ("limit", 270, 0)
    assert additions["1/primary/backbone_teachers"]["closes"] == "coefficient"
    sections = {entry["school"]: entry["below_limit"] for entry in as_entries(record["sections"])}
    assert sections == {"1": ["rooms_m2"], "2": []}
    moved = next(e for e in as_entries(record["coefficients"]) if e["indicator"] == BACKBONE)
    before, after = as_measured(moved["before"]), as_measured(moved["after"])
    assert (before["met"], after["met"]) == (False, True)
    assert (
        Fraction(str(after["exact_square"]))
        <= Fraction("0.25")
        < Fraction(str(before["exact_square"]))
    )


def as_entries(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value


def as_measured(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value
