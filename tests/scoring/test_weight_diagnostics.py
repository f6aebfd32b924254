from __future__ import annotations

import numpy as np
import pytest

from sampling.problems import Problem
from scoring.auxiliaries import read_margins
from scoring.calibration import Distance, calibrate
from scoring.weight_diagnostics import describe_weights


def test_kish_design_effect_is_one_plus_squared_variation() -> None:
    weights = np.array([1.0, 2.0, 3.0, 10.0])
    found = describe_weights(weights)
    assert found.kish_deff == pytest.approx(1 + (weights.std() / weights.mean()) ** 2)
    assert found.n_kish == pytest.approx(4 / found.kish_deff)
    assert (found.n, found.total, found.smallest, found.largest) == (4, 16.0, 1.0, 10.0)
    assert dict(found.quantiles)[0.5] == 2.5


def test_factors_at_the_bounds_are_counted() -> None:
    known = read_margins({"g": ["a", "a", "b"]}, {"g": {"a": 40, "b": 20}})
    found = calibrate(np.array([10.0, 10.0, 20.0]), known, Distance("linear", 0.5, 2.0))
    described = describe_weights(found.weights, found.base, (0.5, 2.0))
    assert (described.at_low, described.at_high) == (0, 2)
    assert described.largest_factor == pytest.approx(2)
    assert described.smallest_factor == pytest.approx(1)


def test_equal_weights_cost_nothing() -> None:
    found = describe_weights(np.full(7, 3.0))
    assert (found.kish_deff, found.n_kish, found.at_low, found.at_high) == (1.0, 7.0, 0, 0)


def test_no_weights() -> None:
    with pytest.raises(Problem, match="at least one weight"):
        describe_weights(np.array([]))
