"""校校达标 for the least money."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import pytest

from scoring.additions import add_units
from scoring.gaps import Place, find_gaps, school_rule
from scoring.outcomes import MET
from scoring.resource_indicators import read_indicators, school_outcome
from scoring.school_pass import SchoolPass, cheapest_pass, total_cost
from scoring.schools import School
from scoring.sections import sections
from tests.scoring.makers import NATIONAL, make_row
from tests.scoring.unit_costs import county, random_county, unit_costs

SCHOOL_RULE = NATIONAL.of_kind("school")[0]


def passes(school: School) -> bool:
    return all(
        school_outcome(read_indicators(section, NATIONAL), SCHOOL_RULE) == MET
        for section in sections(school, NATIONAL)
    )


def find_pass(school: School, most: Mapping[str, int] | None = None) -> SchoolPass | None:
    costs = unit_costs(most)
    return cheapest_pass(find_gaps([school], NATIONAL), school_rule(NATIONAL), costs)


def test_the_dearest_stays_at_its_floor() -> None:
    """Rooms 10 % short (144 m2 at 3,200) and grounds 10 % short (270 m2 at 400)."""
    (school,) = county(make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1")))
    found = find_pass(school)
    assert found is not None
    assert found.additions == {("1", "", "grounds_m2"): 270}
    assert found.at_floor == {"primary": ("rooms_m2",)}
    assert found.cost == 270 * 400


def test_below_the_floor_something_has_to_be_added() -> None:
    (school,) = county(make_row("1", primary=360, shares=("1", "1", "1", "0.8", "1", "1", "1")))
    found = find_pass(school)
    assert found is not None
    assert found.additions == {("1", "", "rooms_m2"): 81}  # 0.05 of 1620


def test_where_the_cheap_one_is_limited_the_dear_one_is_added() -> None:
    (school,) = county(make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1")))
    found = find_pass(school, most={"grounds_m2": 269})
    assert found is not None
    assert found.additions == {("1", "", "rooms_m2"): 162}
    assert find_pass(school, most={"grounds_m2": 269, "rooms_m2": 161}) is None


def test_a_school_that_passes_needs_nothing() -> None:
    (school,) = county(make_row("1", primary=360, shares=("1", "1", "1", "0.85", "1", "1", "1")))
    found = find_pass(school)
    assert found is not None
    assert not found.additions
    assert found.cost == 0


@pytest.mark.parametrize("seed", range(3))
def test_nothing_cheaper_passes(seed: int) -> None:
    """Against every combination of nothing, the floor or the limit at each place."""
    for school in random_county(seed, 3, lowest=0.8, highest=1.2):
        found = find_pass(school)
        assert found is not None
        assert passes(add_units([school], found.additions)[0])
        assert found.cost == cheapest_by_trying(school)


def cheapest_by_trying(school: School) -> Fraction:
    steps: dict[Place, set[int]] = {}
    for gap in find_gaps([school], NATIONAL):
        steps.setdefault(gap.place, {0}).update((gap.to_limit or 0, gap.to_floor or 0))
    plans = (dict(zip(steps, units, strict=True)) for units in product(*steps.values()))
    priced = sorted((total_cost(plan, unit_costs()), number, plan) for number, plan in
                    enumerate(plans))  # fmt: skip
    return next(cost for cost, _, plan in priced if passes(add_units([school], plan)[0]))
