from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.figures import (
    display_text,
    exact_text,
    read_cell,
    read_decimal,
    rounded_text,
    square_root,
    whole_or_float,
)

fractions = st.fractions(min_value=0, max_value=10**6, max_denominator=10**6)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.85", "17/20"),
        ("１２．５", "25/2"),
        (" +7 ", "7"),
        ("-.5", "-1/2"),
        ("3.", "3"),
        ("1e-05", "1/100000"),
        ("10.8999996185303", "108999996185303/10000000000000"),
    ],
)
def test_decimals_are_read_exactly(text: str, value: str) -> None:
    assert read_decimal(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["", "twelve", "1,234", "12%", "1/3", "1 2", "nan", "inf", "1e999", "9" * 61, "0x1f",
     "1²", "①", "½", "١", "㎡", "１，000"],
)  # fmt: skip
def test_anything_else_is_no_number(text: str) -> None:
    with pytest.raises(Problem, match="expected a number"):
        read_decimal(text)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("0.30000000000000004", "0.3"),
        ("45.0", "45"),
        ("4.1950000000000003", "4.195"),
        ("1E+15", "1000000000000000"),
        ("999999999999999", "999999999999999"),
    ],
)
def test_a_spreadsheet_float_is_what_was_typed(cell: str, value: str) -> None:
    assert read_cell(cell) == Fraction(value)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_what_a_double_does_to_a_figure_is_undone(typed: Decimal) -> None:
    assert read_cell(str(float(typed))) == Fraction(typed)


@given(fractions)
def test_exact_text_loses_nothing(value: Fraction) -> None:
    assert Fraction(exact_text(value)) == value


@given(fractions, st.decimals(min_value=0, max_value=10**6, places=3))
def test_display_never_moves_a_value_past_its_limit(value: Fraction, limit: Decimal) -> None:
    shown = Fraction(display_text(value, Fraction(limit)))
    assert (shown >= limit) == (value >= limit)
    assert abs(shown - value) <= Fraction(1, 200)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [("2.5", 0, "3"), ("0.005", 2, "0.01"), ("-0.004", 2, "0.00"), ("1234.5678", 3, "1234.568")],
)
def test_halves_are_rounded_away_from_zero(value: str, digits: int, text: str) -> None:
    assert rounded_text(Fraction(value), digits) == text


@given(fractions)
def test_the_root_of_a_square_comes_back(value: Fraction) -> None:
    assert abs(square_root(value * value) - value) <= value * Fraction(1, 10**28)


@pytest.mark.parametrize(
    ("value", "text"), [(812.0, "812"), (0.0, "0"), (-0.0, "0"), (0.95, "0.95"), (811.9, "811.9")]
)
def test_a_whole_float_is_written_as_an_integer(value: float, text: str) -> None:
    assert json.dumps(whole_or_float(value)) == text
