from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.canonical import canonical_json
from sampling.problems import Problem
from scoring.dispositions import FINAL_GROUPS, Case, Dispositions, sort_dispositions
from scoring.response_rates import (
    RATES,
    estimate_eligibility,
    outcome_rates,
    response_rates,
    response_record,
)

F = Fraction
# One table worked by hand from the definitions: I P R NC O UH UO, not eligible, e = 9/10.
WORKED = Dispositions(60, 5, 10, 12, 3, 4, 6, 10)
BY_HAND = {
    "rr1": F(60, 100), "rr2": F(65, 100),
    "rr3": F(60, 99), "rr4": F(65, 99),
    "rr5": F(60, 90), "rr6": F(65, 90),
    "coop1": F(60, 78), "coop2": F(65, 78), "coop3": F(60, 75), "coop4": F(65, 75),
    "ref1": F(10, 100), "ref2": F(10, 99), "ref3": F(10, 90),
    "con1": F(78, 100), "con2": F(78, 99), "con3": F(78, 90),
}  # fmt: skip
counts = st.builds(Dispositions, *[st.integers(0, 50)] * len(FINAL_GROUPS))
shares = st.fractions(0, 1)


@pytest.mark.parametrize("name", RATES)
def test_rates_by_hand(name: str) -> None:
    assert estimate_eligibility(WORKED) == F(9, 10)
    assert outcome_rates(WORKED, F(9, 10))[name] == BY_HAND[name]


@given(counts, shares)
def test_the_order_that_the_definitions_imply(dispositions: Dispositions, e: Fraction) -> None:
    rates = outcome_rates(dispositions, e)
    for family in (["rr1", "rr3", "rr5"], ["rr2", "rr4", "rr6"], ["con1", "con2", "con3"]):
        known = [rate for name in family if (rate := rates[name]) is not None]
        assert known == sorted(known)
    assert all(rate is None or 0 <= rate <= 1 for rate in rates.values())


@given(counts, shares)
def test_what_becomes_of_eligible_people_adds_up(dispositions: Dispositions, e: Fraction) -> None:
    """Everybody eligible was contacted or not; whoever was contacted answered, refused or else."""
    rates = outcome_rates(dispositions, e)
    if dispositions.eligible:
        other = F(dispositions.other) / dispositions.eligible
        contact, response, refusal = rates["con3"], rates["rr6"], rates["ref3"]
        assert contact is not None
        assert response is not None
        assert refusal is not None
        assert contact == response + refusal + other
    else:
        assert rates["rr5"] is None


def test_a_released_reserve_is_a_new_case_and_nobody_is_replaced() -> None:
    """Ten drawn, two lost, two reserves released and answered: ten of twelve, not ten of ten."""
    cases = [
        Case("teacher", "teacher", "answered", 8),
        Case("teacher", "teacher", "refused"),
        Case("teacher", "teacher", "unreachable"),
        Case("teacher", "teacher", "answered", 2),
    ]
    total = response_rates(cases)[0]
    assert total.rates["rr1"] == F(10, 12)


def test_rows_are_everybody_then_categories_then_strata() -> None:
    cases = [
        Case("s2", "student", "answered", 5),
        Case("p1", "parent", "answered", 7),
        Case("p2", "parent", "", 3),
        Case("s2", "student", "not_eligible", 5),
    ]
    rows = response_rates(cases)
    assert [(row.level, row.name) for row in rows] == [
        ("total", ""),
        ("category", "parent"),
        ("category", "student"),
        ("stratum", "s2"),
        ("stratum", "p1"),
        ("stratum", "p2"),
    ]
    assert {row.e for row in rows} == {F(12, 17)}  # of all cases together
    assert rows[1].rates["rr3"] == 7 / (7 + F(12, 17) * 3)
    assert rows[-1].rates["rr5"] is None
    last = json.loads(canonical_json(response_record(rows)))["rows"][-1]
    assert (last["rr5"], last["unknown"], last["e"]) == (None, 3, "12/17")


def test_e_can_be_given_for_each_category() -> None:
    cases = [
        Case("p", "parent", "", 3),
        Case("p", "parent", "answered", 3),
        Case("t", "teacher", "", 1),
        Case("t", "teacher", "answered", 3),
    ]
    rows = {row.name: row for row in response_rates(cases, {"parent": F(1, 3), "teacher": F(1)})}
    assert rows["parent"].rates["rr3"] == F(3, 4)
    assert rows["teacher"].rates["rr3"] == F(3, 4)
    assert rows[""].rates["rr3"] == F(6, 8)  # 6 of 6 + 1/3 of 3 + 1


def test_base_weights_give_weighted_rates() -> None:
    cases = [
        Case("small", "parent", "answered", 10 * F(3, 2)),
        Case("large", "parent", "refused", 10 * F(1, 2)),
    ]
    assert response_rates(cases)[0].rates["rr1"] == F(3, 4)


@pytest.mark.parametrize(
    "cases",
    [
        [],
        [Case("s", "parent", "asleep")],
        [Case("s", "teachers", "answered")],
        [Case("s", "parent", "answered"), Case("s", "teacher", "answered")],
        [Case("s", "parent", "answered", -1)],
    ],
    ids=["nobody", "disposition", "category", "stratum in two", "below 0"],
)
def test_cases_that_cannot_be_are_refused(cases: list[Case]) -> None:
    with pytest.raises(Problem):
        response_rates(cases)


@pytest.mark.parametrize("e", [F(-1, 2), F(3, 2), {"teacher": F(1)}], ids=str)
def test_a_share_that_cannot_be_is_refused(e: Fraction) -> None:
    with pytest.raises(Problem):
        response_rates([Case("s", "parent", "answered")], e)


def test_dispositions_of_the_site_have_their_groups() -> None:
    names = ["answered", "refused", "unreachable", "not_eligible", "spoiled", ""]
    got = sort_dispositions([Case("s", "parent", name) for name in names])
    assert got == Dispositions(1, 0, 1, 1, 1, 0, 1, 1)
