"""How many to ask: the binomial tail in exact fractions, and what a frame cannot give."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from sampling.record import Plan
from sampling.response_plan import (
    count_issued,
    plan_response,
    read_confidence,
    read_response_rates,
)

LEVEL = Fraction("0.95")


def tail(n: int, asked: int, rate: Fraction) -> Fraction:
    """P(Binomial(asked, rate) >= n), exactly."""
    return sum(
        (comb(asked, k) * rate**k * (1 - rate) ** (asked - k) for k in range(n, asked + 1)),
        start=Fraction(0),
    )


@given(
    st.integers(1, 30),
    st.fractions(Fraction(1, 5), 1, max_denominator=20),
    st.sampled_from([Fraction("0.5"), Fraction("0.9"), LEVEL, Fraction("0.99")]),
)
def test_it_is_the_least_number_that_suffices(n: int, rate: Fraction, level: Fraction) -> None:
    asked = count_issued(n, rate, level)
    slack = Fraction(1, 10**9)  # the tail is computed in floating point
    assert tail(n, asked, rate) >= level - slack
    assert asked == n or tail(n, asked - 1, rate) < level + slack


@pytest.mark.parametrize(
    ("n", "rate", "expected"),
    [(38, Fraction(1), 38), (0, LEVEL, 0), (1, Fraction(1, 2), 5), (413, Fraction("0.8"), 535)],
)
def test_known_numbers(n: int, rate: Fraction, expected: int) -> None:
    assert count_issued(n, rate, LEVEL) == expected


def test_a_plan_for_response(plan: Plan) -> None:
    rates = dict.fromkeys(plan["categories"], Fraction("0.8"))
    response = plan_response(plan, rates)
    by_name = {entry["category"]: entry for entry in response["categories"]}
    assert by_name["parent"]["issue"] == count_issued(60, Fraction("0.8"), LEVEL)
    # There are 12 principals: all are asked, and ten of them answer with a chance of 56 %.
    assert (by_name["principal"]["issue"], by_name["principal"]["reserve"]) == (12, 2)
    assert by_name["principal"]["chance"] == f"{float(tail(10, 12, Fraction('0.8'))):.4f}"
    assert [entry["stratum"] for entry in response["strata"]] == [
        stratum["stratum"] for stratum in plan["strata"]
    ]
    assert all(entry["issue"] <= entry["N"] for entry in response["strata"])
    assert response["reserve_depth"] == max(entry["reserve"] for entry in response["strata"])


def test_every_category_needs_a_rate(plan: Plan) -> None:
    with pytest.raises(Problem, match=r"missing: teacher .*; unknown: mayor"):
        plan_response(plan, {"parent": LEVEL, "mayor": LEVEL})


@pytest.mark.parametrize(
    "text", ["parent", "parent=0", "parent=1.1", "parent=80%", "", "parent=0.8,"]
)
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(Problem, match="expected CATEGORY=RATE"):
        read_response_rates([text])


def test_a_rate_stands_once() -> None:
    with pytest.raises(Problem, match="parent stands twice"):
        read_response_rates(["parent=0.8", "parent=0.7"])


@pytest.mark.parametrize("text", ["0", "1", "95", "x", ""])
def test_what_is_no_confidence(text: str) -> None:
    with pytest.raises(Problem, match="confidence"):
        read_confidence(text)
