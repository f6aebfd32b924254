from __future__ import annotations

import numpy as np
import pytest

from sampling.problems import Problem
from scoring.auxiliaries import join, number_rows, read_covariates, read_margins

AREA = ["urban", "rural", "rural", "urban"]
SEX = ["F", "F", "M", "M"]
BOTH = {"area": AREA, "sex": SEX}


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        ({}, "at least one margin"),
        ({"band": {"1-2": 1.0}}, "there is no column 'band'"),
        ({"area": {"urban": 5.0}}, "row 2: area = 'rural' has no target"),
        ({"area": {"urban": 5.0, "rural": 5.0, "town": 5.0}}, "no row has area = town"),
        ({"area": {"urban": 0.0, "rural": 5.0}}, "area = urban must be above 0, got 0.0"),
        ({"area": {"urban": -1.0, "rural": 5.0}}, "must be above 0"),
        ({"area": {"urban": float("nan"), "rural": 5.0}}, "must be above 0, got nan"),
        (
            {"area": {"urban": 5.0, "rural": 5.0}, "sex": {"F": 5.0, "M": 6.0}},
            "the margins disagree: area adds up to 10.0, sex to 11.0",
        ),
    ],
)
def test_margins_that_cannot_be(targets: dict[str, dict[str, float]], told: str) -> None:
    with pytest.raises(Problem) as caught:
        read_margins(BOTH, targets)
    assert told in str(caught.value)


def test_columns_of_two_lengths() -> None:
    with pytest.raises(Problem, match="differ in length"):
        read_margins({"area": AREA, "sex": SEX[:3]}, {"area": {"urban": 1}, "sex": {"F": 1}})


def test_rows_alike_share_a_pattern() -> None:
    columns = {"area": AREA * 50, "sex": SEX * 50}
    known = read_margins(columns, {"area": {"rural": 4, "urban": 6}, "sex": {"F": 5, "M": 5}})
    assert known.table.shape == (4, 4)
    rows = known.table[known.patterns]
    expected = np.array([[a == "rural", a == "urban", s == "F", s == "M"] for a, s in
                         zip(columns["area"], columns["sex"], strict=True)])  # fmt: skip
    assert (rows == expected).all()
    assert known.blocks == ((0, 2), (2, 4))
    assert known.sum_patterns(np.full(200, 2.0)).tolist() == [100.0] * 4


def test_margins_and_measures_together() -> None:
    margin = read_margins({"area": AREA}, {"area": {"urban": 6, "rural": 4}})
    measure = read_covariates({"age": np.array([3.0, 1.0, 2.0, 3.0])}, {"age": 20})
    both = join(margin, measure)
    assert both.names == ("area = urban", "area = rural", "age")
    assert both.totals.tolist() == [6.0, 4.0, 20.0]
    assert both.table[both.patterns].tolist() == [[1, 0, 3], [0, 1, 1], [0, 1, 2], [1, 0, 3]]
    assert both.blocks == ()


@pytest.mark.parametrize(
    ("column", "total", "told"),
    [
        ([1.0, np.nan], 5.0, "row 2: age is not a number"),
        ([1.0, np.inf], 5.0, "row 2: age is not a number"),
        ([1.0, 2.0], np.nan, "the total of age is not a number"),
    ],
)
def test_measures_that_are_none(column: list[float], total: float, told: str) -> None:
    with pytest.raises(Problem, match=told):
        read_covariates({"age": np.array(column)}, {"age": total})


def test_too_many_combinations() -> None:
    codes = np.zeros(1, dtype=np.intp)
    with pytest.raises(Problem, match="too many combinations"):
        number_rows([codes] * 3, [10**7] * 3)
