"""缺口: what is lacking, in whole units of the school's total."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem, Problems
from scoring.additions import add_units
from scoring.gaps import Gap, check_measured, find_gaps
from scoring.school_layout import layout_of
from scoring.schools import parse_schools
from scoring.way_out_record import make_way_out
from tests.scoring.cases_of import read_cases
from tests.scoring.makers import NATIONAL, make_row, number_rows
from tests.scoring.unit_costs import county, unit_costs


def gap_of(gaps: list[Gap], indicator: str, stage: str = "primary") -> Gap:
    return next(g for g in gaps if g.indicator.id == indicator and g.section.stage == stage)


@pytest.mark.parametrize("case", read_cases("gaps"))
def test_cases(case: dict[str, Any]) -> None:
    pupils = {stage: case.get(stage, 0) for stage in ("primary", "junior")}
    row = make_row("1", case["kind"], **pupils) | case["cells"]
    gap = gap_of(find_gaps(county(row), NATIONAL), case["indicator"], case["stage"])
    assert (gap.to_limit, gap.to_floor) == (case["to_limit"], case["to_floor"])


@given(
    st.integers(20, 2000),
    st.integers(20, 2000),
    st.fractions(0, 3, max_denominator=50),
    st.sampled_from(["rooms_m2", "equipment_yuan", "multimedia_rooms"]),
)
def test_the_gap_closes_it_and_one_unit_less_does_not(
    primary: int, junior: int, share: Fraction, indicator: str
) -> None:
    amount = str(round(float(share) * 4 * (primary + junior), 1))
    row = make_row("1", "nine_year", primary=primary, junior=junior) | {indicator: amount}
    schools = county(row)
    for stage in ("primary", "junior"):
        gap = gap_of(find_gaps(schools, NATIONAL), indicator, stage)
        assert gap.to_limit is not None
        for units, is_closed in ((gap.to_limit, True), (gap.to_limit - 1, False)):
            if units >= 0:
                grown = add_units(schools, {gap.place: units})
                after = gap_of(find_gaps(grown, NATIONAL), indicator, stage)
                assert (after.to_limit == 0) is is_closed


def test_only_what_the_indicators_look_at_has_gaps() -> None:
    schools = county(
        make_row("2", "special", primary=80),
        make_row("3", "point", primary=49),
        make_row("1", primary=100),
    )
    assert {gap.section.school_id for gap in find_gaps(schools, NATIONAL)} == {"1"}


def test_what_nobody_measured_is_no_gap_and_is_named() -> None:
    shares = ("1", "1", "1", "", "1", "1", "1")
    gaps = find_gaps(county(make_row("1", "point", primary=60, shares=shares)), NATIONAL)
    assert gap_of(gaps, "rooms_m2").to_limit is None
    with pytest.raises(Problems, match="1 学校1, primary: rooms_m2 was not measured"):
        check_measured(gaps)


def test_a_limit_from_above_is_not_reached_by_adding() -> None:
    rules = tuple(
        replace(rule, comparison="<=") if rule.id == "resources.rooms_m2.primary" else rule
        for rule in NATIONAL.rules
    )
    with pytest.raises(Problem, match="not reached by adding"):
        find_gaps(county(make_row("1", primary=60)), replace(NATIONAL, rules=rules))


def test_a_relief_that_is_on_leaves_less_to_add() -> None:
    """2,400 of 2,700 m2 and 200 on the roof: 300 are lacking, under the relief 100."""
    row = make_row("1", primary=360, grounds_m2="2400") | {
        "dense_centre": "yes", "extra_grounds_m2": "200"}  # fmt: skip
    schools = parse_schools(number_rows([row]), "schools.xlsx", layout_of(NATIONAL))
    plain, eased = (
        gap_of(find_gaps(schools, NATIONAL, reliefs), "grounds_m2", "primary")
        for reliefs in ((), ("extra-grounds",))
    )
    assert (plain.to_limit, plain.to_floor, len(plain.reliefs)) == (300, 0, 0)
    assert (eased.to_limit, eased.amount) == (100, Fraction(2400))
    assert eased.reliefs == ("extra-grounds",)
    short = [replace(schools[0], more={**schools[0].more, "dense_centre": "no"})]
    refused = gap_of(find_gaps(short, NATIONAL, ("extra-grounds",)), "grounds_m2", "primary")
    assert (refused.to_limit, len(refused.reliefs)) == (300, 0)


def test_the_way_out_under_a_relief_is_judged_under_it() -> None:
    row = make_row("1", primary=360, grounds_m2="2400", shares=("1",) * 3 + ("0.9",) + ("1",) * 3)
    row |= {"dense_centre": "yes", "extra_grounds_m2": "200"}
    schools = parse_schools(number_rows([row]), "schools.xlsx", layout_of(NATIONAL))
    plan = make_way_out(schools, NATIONAL, unit_costs(), reliefs=("extra-grounds",))
    (only,) = cast("list[dict[str, object]]", plan["additions"])
    assert (only["indicator"], only["add"], plan["reliefs"]) == (
        "grounds_m2", 100, ["extra-grounds"])  # fmt: skip
    with pytest.raises(Problem, match="has no relief 'more'"):
        make_way_out(schools, NATIONAL, unit_costs(), reliefs=("more",))
