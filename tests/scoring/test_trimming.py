from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.trimming import trim_weights

WEIGHTS = st.lists(st.floats(1, 100), min_size=3, max_size=40)


@given(drawn=WEIGHTS, low=st.floats(0.3, 0.8), high=st.floats(1.3, 3))
def test_strict_trimming_keeps_sum_and_limits(drawn: list[float], low: float, high: float) -> None:
    w = np.array(drawn)
    lower, upper = low * w.mean(), high * w.mean()
    assume(((w > lower) & (w < upper)).sum() > len(w) / 2)
    found = trim_weights(w, lower, upper)
    assert found.weights.sum() == pytest.approx(w.sum())
    assert found.weights.min() >= lower * (1 - 1e-9)
    assert found.weights.max() <= upper * (1 + 1e-9)
    assert found.outside == 0
    assert found.trimmed == ((w < lower) | (w > upper)).sum()


def test_one_round_may_push_weights_past_a_limit() -> None:
    weights = np.array([1.0, 3.9, 2.0, 9.1])
    once = trim_weights(weights, 1.0, 4.0, strict=False)
    np.testing.assert_allclose(once.weights, [2.7, 5.6, 3.7, 4.0])
    assert (once.trimmed, once.outside) == (1, 1)
    np.testing.assert_allclose(trim_weights(weights, 1.0, 4.0).weights, [4, 4, 4, 4])


def test_weights_within_the_limits_stay() -> None:
    weights = np.array([1.0, 2.0, 3.0])
    assert trim_weights(weights, 1.0, 3.0).weights.tolist() == weights.tolist()


@pytest.mark.parametrize(
    ("lower", "upper", "told"),
    [
        (1.0, 2.0, "cannot add up to 12"),
        (5.0, 9.0, "cannot add up to 12"),
        (4.0, 1.0, "cannot add up"),
        (-1.0, 9.0, "cannot add up"),
        (2.0, 8.0, "no weight lies between"),
    ],
)
def test_limits_that_cannot_be(lower: float, upper: float, told: str) -> None:
    with pytest.raises(Problem, match=told):
        trim_weights(np.array([1.0, 1.0, 10.0]), lower, upper)
