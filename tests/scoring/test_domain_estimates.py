"""Item non-response, empty domains, blocks of items, census: what no reference case holds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from sampling.problems import Problem
from scoring import domain_estimates
from scoring.domain_estimates import estimate_means, estimate_ratios, estimate_totals
from scoring.domains import Domains, cross_classify, part
from scoring.estimates import Estimates
from scoring.sample_design import SampleDesign, make_design

NAN = float("nan")


def made(n: int = 200, seed: int = 7) -> tuple[SampleDesign, npt.NDArray[np.float64], Domains]:
    rng = np.random.default_rng(seed)
    strata = rng.integers(0, 5, n)
    design = make_design(
        weights=rng.uniform(1, 3, n), strata=strata, clusters=[rng.integers(0, 12, n)]
    )
    items = (rng.random((n, 6)) < 0.8).astype(float)
    items[rng.random((n, 6)) < 0.1] = NAN
    return design, items, cross_classify({"area": rng.integers(0, 3, n)})


def test_a_blank_leaves_numerator_and_denominator_and_stays_in_the_design() -> None:
    design, items, domains = made()
    found = estimate_means(design, items, domains)
    for j in range(6):
        answered = ~np.isnan(items[:, j])
        for d in range(3):
            rows = answered & (domains.codes == d)
            alone = estimate_means(design, np.nan_to_num(items[:, [j]]), part(rows)).at(0, 0)
            point = found.at(d, j)
            assert point.n == rows.sum()
            assert point.value == pytest.approx(alone.value, rel=1e-12)
            assert point.variance == pytest.approx(alone.variance, rel=1e-10)
            assert point.is_share
            # The domain's degrees of freedom do not hang on who left an item out.
            assert point.df == estimate_means(design, items, domains).df[d]


@pytest.mark.parametrize("block", [1, 200 * 8, 3 * 200 * 8])
@pytest.mark.parametrize("layout", ["C", "F"])
def test_blocks_of_items_do_not_change_the_result(
    block: int, layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    design, items, domains = made()
    whole = estimate_means(design, items, domains)
    monkeypatch.setattr(domain_estimates, "BLOCK", block)
    columns = np.asfortranarray(items) if layout == "F" else items
    parts = estimate_means(design, columns, domains)
    for name in ("n", "value", "variance", "spread", "n_kish", "is_share"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@pytest.mark.parametrize("kind", [np.int8, np.bool_, np.float32])
def test_items_of_any_kind_of_number(kind: type[np.generic]) -> None:
    design, items, domains = made()
    yes = np.nan_to_num(items)
    found = estimate_means(design, yes.astype(kind), domains)
    np.testing.assert_array_equal(found.variance, estimate_means(design, yes, domains).variance)


def test_a_domain_in_which_nobody_answered_has_no_estimate() -> None:
    design = make_design(n=4)
    items = np.array([[1.0], [0.0], [NAN], [NAN]])
    found = estimate_means(design, items, cross_classify({"a": ["x", "x", "y", "y"]})).at(1, 0)
    assert (found.n, found.denominator) == (0, 0.0)
    assert np.isnan(found.value)


def test_rows_in_no_domain_count_nothing() -> None:
    design, items, _ = made()
    mask = np.arange(design.n) % 3 == 0
    found = estimate_totals(design, items, part(mask))
    everything = np.where(mask[:, None], items, 0.0)
    np.testing.assert_allclose(
        found.variance, estimate_totals(design, everything).variance, rtol=1e-12
    )
    np.testing.assert_allclose(found.value[0], (np.nan_to_num(everything).T @ design.weights))


def test_a_mean_is_the_ratio_to_ones() -> None:
    design, items, domains = made()
    marks = items * 3 + 1
    mean = estimate_means(design, marks, domains)
    ratio = estimate_ratios(design, marks, np.ones_like(marks), domains)
    for name in ("n", "value", "variance", "spread", "deff"):
        np.testing.assert_allclose(getattr(mean, name), getattr(ratio, name), rtol=1e-12)
    assert not mean.is_share.any()


def only(found: Estimates) -> tuple[float, float, bool]:
    point = found.at(0, 0)
    return point.value, point.variance, point.is_census


@pytest.mark.parametrize(
    ("answers", "population", "census"),
    [([1, 0, 1], 3, True), ([1, 0, NAN], 3, False), ([1, 0, 1], 4, False)],
)
def test_a_census_is_where_everybody_was_asked_and_answered(
    answers: list[float], population: int, census: bool
) -> None:
    design = make_design(populations=[[population] * 3])
    value, variance, found = only(estimate_means(design, np.array(answers)[:, None]))
    assert found is census
    assert (variance == 0) is (population == 3)
    assert 0 < value < 1


def test_rounding_is_no_variance() -> None:
    """Strata of one mind each: the variance is 0, not what is left of rounding."""
    strata = np.repeat(np.arange(7), 3)
    weights = np.repeat([1.1, 1.3, 1.7, 2.3, 0.7, 0.1, 3.1], 3)
    design = make_design(weights=weights, strata=strata, populations=[np.full(21, 10)])
    items = (strata % 2 == 0).astype(float)[:, None]
    point = estimate_means(design, items).at(0, 0)
    assert point.variance == 0
    assert point.n_eff == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_weights_that_count_nobody_are_compared_with_replacement() -> None:
    design = make_design(n=10)
    items = np.array([[1.0], [0.0]] * 5)
    assert estimate_means(design, items).deff[0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("items", "told"),
    [
        (np.ones((3, 1)), "do not fit a design of 4 rows"),
        (np.ones(4), "do not fit a design of 4 rows"),
        (np.array([[1.0], [np.inf], [0.0], [1.0]]), "infinite"),
    ],
)
def test_items_that_cannot_be_estimated_are_told(items: npt.NDArray[np.float64], told: str) -> None:
    with pytest.raises(Problem, match=told):
        estimate_means(make_design(n=4), items)
