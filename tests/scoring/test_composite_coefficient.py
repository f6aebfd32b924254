from __future__ import annotations

import csv
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.composite_coefficient import CompositeCoefficient
from tests.scoring.cases_of import CASES, read_cases
from tests.scoring.county_makers import assess, make_sheets

LIMITS = {"primary": Fraction("0.65"), "junior": Fraction("0.55")}
SINGLES = ("rooms", "grounds", "equipment", "computers", "books", "teacher_ratio", "degree",
           "middle_title")  # fmt: skip


@pytest.mark.parametrize("case", read_cases("composite"))
def test_cases(case: dict[str, Any]) -> None:
    composite = CompositeCoefficient(tuple(Fraction(square) for square in case["squares"]))
    assert composite.is_within(Fraction(case["limit"])) is case["met"]


def published() -> list[Any]:
    """Return the rows that two provinces published for the basic scheme: eight and their mean."""
    with (CASES / "basic_balance_published_cv.csv").open(encoding="utf-8") as file:
        return [pytest.param(row, id=f"{row['county']} {row['stage']}") for row in
                csv.DictReader(file)]  # fmt: skip


@pytest.mark.parametrize("row", published())
def test_published_composites_are_the_mean_of_the_eight(row: dict[str, str]) -> None:
    """Singles and composite are printed with three decimals, so the mean agrees within 0.001."""
    composite = CompositeCoefficient(tuple(Fraction(row[name]) ** 2 for name in SINGLES))
    printed, limit = Fraction(row["composite"]), LIMITS[row["stage"]]
    assert abs(composite.value - printed) <= Fraction("0.001")
    assert composite.is_within(limit) is (printed <= limit)


@given(st.lists(st.fractions(0, 4, max_denominator=60), min_size=1, max_size=8), st.data())
def test_it_is_never_on_the_wrong_side(roots: list[Fraction], data: st.DataObject) -> None:
    """Coefficients that are fractions have a mean that is one: the limit can be put right on it."""
    mean = sum(roots, Fraction()) / len(roots)
    composite = CompositeCoefficient(tuple(root * root for root in roots))
    assert composite.is_within(mean)
    assert not composite.is_within(mean - Fraction(1, 10 ** data.draw(st.integers(1, 80))))
    assert composite.value == pytest.approx(float(mean))


def test_nationally_it_is_shown_and_has_no_limit() -> None:
    finding = assess(make_sheets())["composite.primary"]
    assert (finding.outcome, finding.rule.decisive) == ("shown", False)
    shown: Any = finding.parts["coefficients"]
    singles = [Fraction(text) for text in shown.values()]
    assert len(singles) == 7
    assert Fraction((finding.measured or {})["display"]) == pytest.approx(
        float(sum(singles, Fraction()) / 7), abs=1e-3
    )
