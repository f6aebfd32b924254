from __future__ import annotations

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from sampling.problems import Problem
from scoring.representativity import measure_representativity
from scoring.response_propensities import MODELS, ResponseClass, fit_propensities

AXES = ("category", "area")


def make_classes(
    counts: list[tuple[int, int]], people: list[float] | None = None
) -> list[ResponseClass]:
    """Classes of two axes, two levels each, from (issued, answered)."""
    levels = product(("parent", "teacher"), ("urban", "rural"))
    sizes = people or [0.0] * len(counts)
    return [
        ResponseClass(level, *pair, size)
        for level, pair, size in zip(levels, counts, sizes, strict=False)
    ]


pairs = st.integers(2, 60).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))
four_classes = st.lists(pairs, min_size=4, max_size=4)


def test_two_classes_by_hand() -> None:
    """39 of 51 and 20 of 50: rates 0.7647 and 0.4, S^2 = sum of n (rate - 59/101)^2 / 100."""
    classes = [ResponseClass(("u",), 51, 39), ResponseClass(("r",), 50, 20)]
    variance = (51 * (39 / 51 - 59 / 101) ** 2 + 50 * (20 / 50 - 59 / 101) ** 2) / 100
    got = measure_representativity(classes, ["area"])
    assert got.indicator == pytest.approx(1 - 2 * variance**0.5, abs=1e-12)
    assert got.propensity == pytest.approx(59 / 101)
    assert got.bias_bound == pytest.approx(variance**0.5 / (2 * 59 / 101))
    (axis,) = got.axes
    assert axis.unconditional == pytest.approx(got.spread)
    assert [level.unconditional > 0 for level in axis.levels] == [True, False]


@pytest.mark.parametrize("model", MODELS)
def test_equal_rates_are_representative(model: str) -> None:
    got = measure_representativity(make_classes([(10, 6), (20, 12), (30, 18), (5, 3)]), AXES, model)
    assert got.indicator == pytest.approx(1, abs=1e-7)
    assert got.adjusted == 1


def test_half_that_answers_and_half_that_does_not_is_the_worst() -> None:
    got = measure_representativity(
        [ResponseClass(("u",), 5000, 5000), ResponseClass(("r",), 5000, 0)], ["area"]
    )
    assert got.indicator == pytest.approx(0, abs=2e-4)  # 1 / (N - 1) instead of 1 / N


@given(four_classes)
def test_main_effects_with_one_axis_are_the_saturated_model(counts: list[tuple[int, int]]) -> None:
    classes = [ResponseClass((str(i),), *pair) for i, pair in enumerate(counts)]
    one, other = (fit_propensities(classes, model) for model in MODELS)
    assert one.values == pytest.approx(other.values, abs=1e-9)


@given(four_classes)
def test_the_logistic_fit_keeps_the_margins(counts: list[tuple[int, int]]) -> None:
    """The likelihood equations: on each margin fitted and observed answers are equal."""
    classes = make_classes(counts)
    fitted = fit_propensities(classes, "main effects").values
    for axis, level in [(0, "parent"), (0, "teacher"), (1, "urban"), (1, "rural")]:
        inside = [each.levels[axis] == level for each in classes]
        expected = sum(
            c.issued * p for c, p, is_in in zip(classes, fitted, inside, strict=True) if is_in
        )
        observed = sum(c.answered for c, is_in in zip(classes, inside, strict=True) if is_in)
        assert expected == pytest.approx(observed, abs=1e-6)


def test_the_logistic_fit_is_the_maximum_of_the_likelihood() -> None:
    """Against a general optimiser that knows nothing of least squares."""
    classes = make_classes([(40, 30), (30, 12), (25, 20), (60, 20)])
    x = np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1], [1, 1, 0]], dtype=float)
    n = np.array([each.issued for each in classes])
    k = np.array([each.answered for each in classes])

    def loss(beta: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
        return float(np.sum(n * np.logaddexp(0, x @ beta) - k * (x @ beta)))

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-10}).x
    assert fit_propensities(classes, "main effects").values == pytest.approx(
        1 / (1 + np.exp(-x @ best)), abs=1e-7
    )


@pytest.mark.parametrize("true", [(0.5, 0.5, 0.5), (0.9, 0.6, 0.3), (1.0, 0.2, 0.7)], ids=str)
def test_the_adjusted_variance_is_right_on_average(true: tuple[float, float, float]) -> None:
    """Over every possible response of 3 + 4 + 5 people, each with its probability."""
    issued = (3, 4, 5)
    mean = sum(n * p for n, p in zip(issued, true, strict=True)) / 12
    truth = sum(n * (p - mean) ** 2 for n, p in zip(issued, true, strict=True)) / 11
    plain = adjusted = 0.0
    for answered in product(*(range(n + 1) for n in issued)):
        chance = 1.0
        for n, k, p in zip(issued, answered, true, strict=True):
            chance *= comb(n, k) * p**k * (1 - p) ** (n - k)
        classes = [ResponseClass((str(n),), n, k) for n, k in zip(issued, answered, strict=True)]
        fitted = fit_propensities(classes)
        got = measure_representativity(classes, ["class"])
        sizes = np.array(issued, dtype=float)
        bias = sizes @ np.diag(fitted.covariance) / 11 - sizes @ fitted.covariance @ sizes / 12 / 11
        plain += chance * got.spread**2
        adjusted += chance * (got.spread**2 - bias)
        assert got.adjusted == pytest.approx(1 - 2 * max(0.0, got.spread**2 - bias) ** 0.5)
    assert adjusted == pytest.approx(truth, abs=1e-12)
    assert plain > truth + 0.01


@given(four_classes, st.sampled_from(MODELS))
def test_the_parts_add_up(counts: list[tuple[int, int]], model: str) -> None:
    got = measure_representativity(make_classes(counts), AXES, model)
    category, area = got.axes
    for axis, other in ((category, area), (area, category)):
        assert axis.unconditional**2 + other.conditional**2 == pytest.approx(
            got.spread**2, abs=1e-9
        )
        assert sum(level.unconditional**2 for level in axis.levels) == pytest.approx(
            axis.unconditional**2
        )
        assert sum(level.conditional**2 for level in axis.levels) == pytest.approx(
            axis.conditional**2
        )
        assert axis.conditional <= got.spread + 1e-12


def test_people_change_what_a_class_counts_for() -> None:
    counts = [(20, 18), (20, 10), (20, 15), (20, 5)]
    as_issued = measure_representativity(make_classes(counts), AXES)
    by_people = measure_representativity(make_classes(counts, [1000, 10, 10, 10]), AXES)
    assert by_people.propensity > as_issued.propensity
    assert by_people.indicator > as_issued.indicator


@pytest.mark.parametrize("model", MODELS)
def test_weights_that_are_all_alike_change_no_variance(model: str) -> None:
    """Ten people behind each one issued are no ten times as many observations."""
    counts = [(40, 30), (30, 12), (25, 20), (60, 20)]
    plain = fit_propensities(make_classes(counts), model)
    tenfold = fit_propensities(make_classes(counts, [10.0 * n for n, _ in counts]), model)
    assert tenfold.values == pytest.approx(plain.values, abs=1e-9)
    assert tenfold.covariance == pytest.approx(plain.covariance, abs=1e-9)


@pytest.mark.parametrize(
    ("classes", "axes", "model"),
    [
        ([], ["a"], "saturated"),
        ([ResponseClass(("u",), 5, 6)], ["a"], "saturated"),
        ([ResponseClass(("u",), 1, 1)], ["a"], "saturated"),
        ([ResponseClass(("u",), 0, 0)], ["a"], "main effects"),
        ([ResponseClass(("u",), 5, 4)] * 2, ["a"], "saturated"),
        ([ResponseClass(("u",), 5, 4), ResponseClass(("u", "x"), 5, 4)], ["a"], "saturated"),
        ([ResponseClass(("u",), 5, 4)], ["a", "b"], "saturated"),
        ([ResponseClass(("u",), 5, 4)], ["a"], "probit"),
    ],
    ids=["none", "too many", "one issued", "nobody", "twice", "ragged", "names", "model"],
)
def test_classes_that_cannot_be_are_refused(
    classes: list[ResponseClass], axes: list[str], model: str
) -> None:
    with pytest.raises(Problem):
        measure_representativity(classes, axes, model)
