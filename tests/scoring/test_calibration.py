from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.auxiliaries import Auxiliaries, join, read_covariates, read_margins
from scoring.calibration import LINEAR, LOGIT, RAKING, Distance, calibrate, calibrated_design
from scoring.domain_estimates import estimate_totals
from scoring.sample_design import FloatArray, make_design

GROUPS = ["a", "b", "c"]
ANY = [Distance(LINEAR), Distance(RAKING), Distance(LOGIT, 0.2, 5.0), Distance(LINEAR, 0.2, 5.0)]


def make_sample(seed: int, n: int = 60) -> tuple[FloatArray, Auxiliaries]:
    """Return weights, and auxiliaries whose totals lie near the sample's."""
    generator = np.random.default_rng(seed)
    weights = generator.uniform(5, 20, n)
    group = [GROUPS[k] for k in generator.integers(0, 3, n)]
    group[:3] = GROUPS
    age = generator.normal(40, 10, n)
    near = generator.uniform(0.9, 1.1, 3)
    people = {g: float(weights[[x == g for x in group]].sum() * r) for g, r in
              zip(GROUPS, near, strict=True)}  # fmt: skip
    ages = float((weights * age).sum() * sum(people.values()) / weights.sum())
    return weights, join(
        read_margins({"group": group}, {"group": people}),
        read_covariates({"age": age}, {"age": ages}),
    )


@pytest.mark.parametrize("distance", ANY, ids=lambda d: f"{d.name} {d.low} {d.high}")
@given(seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_totals_hold_and_factors_stay_within_bounds(distance: Distance, seed: int) -> None:
    weights, known = make_sample(seed)
    found = calibrate(weights, known, distance)
    reached = found.weights @ known.table[known.patterns]
    np.testing.assert_allclose(reached, known.totals, rtol=1e-10)
    assert found.factors.min() >= max(distance.low, 0)
    assert found.factors.max() <= distance.high


def test_linear_weights_are_those_of_the_regression_estimator() -> None:
    """Särndal, Swensson and Wretman (1992), 6.4.4: g = 1 + (t - t_hat)' T^-1 x."""
    weights, known = make_sample(3)
    x = known.table[known.patterns]
    T = (x.T * weights) @ x
    g = 1 + x @ np.linalg.solve(T, known.totals - weights @ x)
    found = calibrate(weights, known, Distance(LINEAR))
    np.testing.assert_allclose(found.weights, weights * g, rtol=1e-9)


@pytest.mark.parametrize("distance", [*ANY, Distance(LOGIT, 0.7, 1.6)], ids=str)
def test_distances_begin_at_one_with_slope_one(distance: Distance) -> None:
    step = 1e-6
    rise = distance.rise(np.array([-step, 0.0, step]))
    assert rise[1] == pytest.approx(1)
    assert (rise[2] - rise[0]) / (2 * step) == pytest.approx(1, abs=1e-8)
    assert distance.slope(np.zeros(1))[0] == pytest.approx(1)


def test_slope_is_the_derivative() -> None:
    u, step = np.linspace(-2, 2, 9), 1e-6
    for distance in (Distance(RAKING), Distance(LOGIT, 0.3, 4.0)):
        numeric = (distance.rise(u + step) - distance.rise(u - step)) / (2 * step)
        np.testing.assert_allclose(distance.slope(u), numeric, rtol=1e-7)


@pytest.mark.parametrize(
    ("name", "low", "high", "told"),
    [
        ("chi", -np.inf, np.inf, "expected linear, raking or logit"),
        (LINEAR, 1.0, 2.0, "either side of 1"),
        (LINEAR, 0.5, 0.9, "either side of 1"),
        (LINEAR, np.nan, 2.0, "either side of 1"),
        (LOGIT, 0.5, np.inf, "needs both bounds"),
        (RAKING, 0.5, 2.0, "takes no bounds"),
    ],
)
def test_distances_that_are_none(name: str, low: float, high: float, told: str) -> None:
    with pytest.raises(Problem, match=told):
        Distance(name, low, high)


def test_weights_below_zero_are_refused() -> None:
    known = read_covariates({"one": np.ones(3), "x": np.arange(3.0)}, {"one": 30, "x": 58})
    with pytest.raises(Problem, match="1 weights would be 0 or below"):
        calibrate(np.full(3, 10.0), known, Distance(LINEAR))
    assert calibrate(np.full(3, 10.0), known, Distance(RAKING)).weights.min() > 0


@pytest.mark.parametrize(
    "distance", [Distance(LINEAR, 0.5, 2.0), Distance(LOGIT, 0.5, 2.0)], ids=str
)
def test_bounds_that_leave_no_way_are_told(distance: Distance) -> None:
    known = read_margins({"sex": ["F", "M"]}, {"sex": {"F": 25, "M": 10}})
    with pytest.raises(Problem, match=r"no factors from 0\.5 to 2\.0 can meet all the totals"):
        calibrate(np.full(2, 10.0), known, distance)


def test_a_total_that_no_row_adds_to_is_named() -> None:
    known = read_covariates({"one": np.ones(2), "books": np.zeros(2)}, {"one": 2, "books": 5})
    with pytest.raises(Problem, match=r"total 5\.0 of books"):
        calibrate(np.ones(2), known, Distance(RAKING))


def test_bounds_that_bind_on_a_whole_group() -> None:
    """All of group a stand at the bound, where the truncated distance has no slope."""
    known = read_margins({"g": ["a", "a", "b", "b"]}, {"g": {"a": 40, "b": 20}})
    found = calibrate(np.full(4, 10.0), known, Distance(LINEAR, 0.5, 2.0))
    np.testing.assert_allclose(found.weights, [20, 20, 10, 10])


@pytest.mark.parametrize("weights", [[1.0, 0.0], [1.0, -2.0], [1.0, np.nan], [1.0, np.inf]])
def test_bad_weights_are_named_by_row(weights: list[float]) -> None:
    known = read_margins({"sex": ["F", "M"]}, {"sex": {"F": 1, "M": 1}})
    with pytest.raises(Problem, match="row 2: expected a weight above 0"):
        calibrate(np.array(weights), known, Distance(LINEAR))
    with pytest.raises(Problem, match="3 weights, but auxiliary variables of 2 rows"):
        calibrate(np.ones(3), known, Distance(LINEAR))


def test_known_totals_have_no_variance_afterwards() -> None:
    weights, known = make_sample(8)
    design = make_design(weights=weights)
    after = calibrated_design(design, calibrate(weights, known, Distance(RAKING)))
    x = known.table[known.patterns]
    assert (estimate_totals(design, x).se > 1).all()
    np.testing.assert_allclose(estimate_totals(after, x).se, 0, atol=1e-7)
    with pytest.raises(Problem, match="calibrated from others"):
        calibrated_design(make_design(weights=weights * 2), calibrate(weights, known, ANY[0]))
