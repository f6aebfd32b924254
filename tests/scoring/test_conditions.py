from __future__ import annotations

from fractions import Fraction

import pytest

from scoring.conditions import are_passed, condition_value, is_passed
from scoring.data_tables import months
from scoring.rows import Row
from scoring.rule_parts import Condition

ROW = Row(
    "一年级1班",
    {"pupils": Fraction(45), "rooms": Fraction(0), "stage": "primary", "built": "2016-12",
     "blank": None},
    "1",
    {"area": "rural"},
)  # fmt: skip


def number(column: str, comparison: str, limit: str, per: str = "") -> Condition:
    return Condition(column, per=per, comparison=comparison, limit=Fraction(limit))


def month(comparison: str, text: str) -> Condition:
    return Condition("built", comparison=comparison, limit=Fraction(months(text) or 0))


TRUE, FALSE, OPEN = number("pupils", ">=", "1"), number("pupils", ">", "45"), number("x", ">", "1")


@pytest.mark.parametrize(
    ("condition", "result"),
    [
        (number("pupils", "<=", "45"), True),
        (number("pupils", "<", "45"), False),
        (number("blank", "<=", "45"), None),
        (number("nobody", "<=", "45"), None),
        (number("pupils", ">=", "1", per="rooms"), None),
        (number("rooms", "<=", "0", per="pupils"), True),
        (Condition("stage", options=("primary",)), True),
        (Condition("stage", options=("junior",)), False),
        (Condition("blank", options=("junior",)), None),
        (Condition("school.area", options=("rural",)), True),
        (Condition("school.built", options=("rural",)), None),
        (month("<=", "2016-12"), True),
        (month("<", "2016-12"), False),
        (number("stage", ">=", "1"), None),
    ],
)
def test_a_condition_is_true_false_or_open(condition: Condition, result: bool | None) -> None:
    assert is_passed(condition, ROW) is result


@pytest.mark.parametrize(
    ("conditions", "result"),
    [
        ([], True),
        ([TRUE, TRUE], True),
        ([TRUE, OPEN], None),
        ([OPEN, FALSE], False),
        ([FALSE, TRUE], False),
    ],
)
def test_one_that_fails_decides_whatever_is_open(
    conditions: list[Condition], result: bool | None
) -> None:
    assert are_passed(conditions, ROW) is result


def test_a_ratio_is_exact() -> None:
    assert condition_value(number("pupils", "<", "1", per="pupils"), ROW) == 1
