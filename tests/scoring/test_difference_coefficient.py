from __future__ import annotations

import csv
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.difference_coefficient import difference_coefficient
from tests.scoring.cases_of import CASES, read_cases

schools = st.lists(
    st.tuples(st.fractions(0, 10**5, max_denominator=100), st.integers(1, 3000)),
    min_size=1,
    max_size=30,
)


@pytest.mark.parametrize("case", read_cases("difference"))
def test_cases(case: dict[str, Any]) -> None:
    amounts = [Fraction(amount) for amount in case["amounts"]]
    coefficient = difference_coefficient(zip(amounts, case["pupils"], strict=True))
    assert coefficient.value is not None
    assert float(coefficient.value) == pytest.approx(case["cv"], abs=1e-9)
    assert coefficient.is_within(Fraction(case["limit"])) is case["met"]


@pytest.mark.parametrize("case", read_cases("difference"))
def test_where_weights_decide(case: dict[str, Any]) -> None:
    """What a spreadsheet's STDEVP / AVERAGE gives stands on the other side of the limit."""
    if "unweighted" in case:
        each = np.array([float(Fraction(a)) for a in case["amounts"]]) / np.array(case["pupils"])
        assert each.std() / each.mean() == pytest.approx(case["unweighted"], abs=5e-4)
        assert (case["unweighted"] <= float(Fraction(case["limit"]))) is not case["met"]


def test_california_1998() -> None:
    """Teachers per student, 359 districts KK-08 (AER::CASchools), from an independent programme."""
    with (CASES / "california_kk08.csv").open(encoding="utf-8") as file:
        rows = [(Fraction(r["teachers"]), int(r["students"])) for r in csv.DictReader(file)]
    coefficient = difference_coefficient(rows)
    assert coefficient.schools == 359
    assert coefficient.value is not None
    assert float(coefficient.value) == pytest.approx(0.075122883807, abs=1e-12)


def test_a_spreadsheets_unweighted_coefficient_is_another_figure() -> None:
    with (CASES / "difference_coefficient_example.csv").open(encoding="utf-8") as file:
        rows = [(int(r["books"]), int(r["pupils"])) for r in csv.DictReader(file)]
    each = np.array([books / pupils for books, pupils in rows])
    assert each.std() / each.mean() == pytest.approx(0.489, abs=5e-4)
    assert not difference_coefficient((Fraction(a), n) for a, n in rows).is_within(Fraction(1, 2))


@given(schools)
def test_it_agrees_with_the_weighted_definition(rows: list[tuple[Fraction, int]]) -> None:
    coefficient = difference_coefficient(rows)
    pupils = sum(n for _, n in rows)
    spread = sum(
        (Fraction(n, pupils) * (a / n - coefficient.mean) ** 2 for a, n in rows), Fraction()
    )
    assert coefficient.mean == sum((a for a, _ in rows), Fraction()) / pupils
    assert coefficient.variance == spread


@given(schools, st.integers(1, 1000))
def test_the_unit_and_the_order_do_not_matter(
    rows: list[tuple[Fraction, int]], factor: int
) -> None:
    other = difference_coefficient([(a * factor, n) for a, n in reversed(rows)])
    assert other.square == difference_coefficient(rows).square


@given(schools)
def test_a_school_split_in_proportion_changes_nothing(rows: list[tuple[Fraction, int]]) -> None:
    (amount, pupils), *rest = rows
    halves = [(amount / 2, pupils), (amount / 2, pupils)]
    whole = difference_coefficient([(amount, 2 * pupils), *rest])
    assert difference_coefficient([*halves, *rest]).square == whole.square


def test_all_zero_is_undefined() -> None:
    coefficient = difference_coefficient([(Fraction(0), 10), (Fraction(0), 20)])
    assert (coefficient.value, coefficient.square) == (None, None)
    assert coefficient.is_within(Fraction(1, 2)) is None
    assert coefficient.sd == 0


@pytest.mark.parametrize("rows", [[], [(Fraction(3), 0)], [(Fraction(3), -5)]])
def test_schools_need_pupils(rows: list[tuple[Fraction, int]]) -> None:
    with pytest.raises(Problem, match="each with pupils"):
        difference_coefficient(rows)
