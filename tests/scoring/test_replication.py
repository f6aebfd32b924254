"""Jackknife, balanced replication and bootstrap: what they must give where theory says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sampling.problems import Problem, Problems
from scoring.balanced_replication import balanced_replication, hadamard
from scoring.bootstrap import bootstrap
from scoring.calibration import calibrated_design
from scoring.domain_estimates import estimate_means, estimate_totals
from scoring.domains import cross_classify
from scoring.jackknife import jackknife
from scoring.raking import rake
from scoring.recalibration import recalibrate
from scoring.replicate_estimates import replicate_means, replicate_ratios, replicate_totals
from scoring.replication import replicate
from scoring.sample_design import FloatArray, Lonely, SampleDesign, make_design

Columns = dict[str, list[str]]


def make_sample(
    strata: int = 6, psus: int = 4, *, finite: bool = False, lonely: Lonely = "fail", seed: int = 5
) -> tuple[SampleDesign, FloatArray, Columns]:
    """Return a design of five rows a cluster, three 0/1 items with blanks, and two columns."""
    generator = np.random.default_rng(seed)
    n = strata * psus * 5
    stratum = np.repeat(np.arange(strata), psus * 5)
    cluster = np.repeat(np.arange(strata * psus), 5)
    drift = generator.normal(0, 0.1, strata * psus)[cluster]
    items = (generator.random((n, 3)) < 0.8 + drift[:, None]).astype(np.float64)
    items[generator.random((n, 3)) < 0.05] = np.nan
    columns = {
        "area": [("urban", "rural")[k] for k in generator.integers(0, 2, n)],
        "sex": [("F", "M")[k] for k in generator.integers(0, 2, n)],
    }
    design = make_design(
        weights=generator.uniform(5, 15, n),
        strata=stratum,
        clusters=[cluster],
        populations=[np.full(n, psus * 3)] if finite else [],
        lonely=lonely,
    )
    return design, items, columns


TARGETS = {"area": {"urban": 700.0, "rural": 500.0}, "sex": {"F": 590.0, "M": 610.0}}


@pytest.mark.parametrize("finite", [False, True])
@pytest.mark.parametrize("strata", [1, 6])
def test_jackknife_of_a_total_is_the_design_variance(*, finite: bool, strata: int) -> None:
    """A total is linear: leaving out one PSU at a time gives the textbook variance exactly."""
    design, items, _ = make_sample(strata, finite=finite)
    scheme = jackknife(design, mse=True)
    assert scheme.kind == ("JK1" if strata == 1 else "JKn")
    found = replicate_totals(replicate(design, scheme), items).estimates
    np.testing.assert_allclose(found.variance, estimate_totals(design, items).variance)
    assert found.df.tolist() == [design.df]


@pytest.mark.parametrize("rho", [0.0, 0.3])
@pytest.mark.parametrize("strata", [1, 3, 4, 11, 20])
def test_balanced_replicates_of_a_total_give_the_design_variance(rho: float, strata: int) -> None:
    design, items, _ = make_sample(strata, 2)
    scheme = balanced_replication(design, rho=rho)
    found = replicate_totals(replicate(design, scheme), items)
    np.testing.assert_allclose(found.estimates.variance, estimate_totals(design, items).variance)
    assert scheme.kind == ("Fay" if rho else "BRR")
    # Fully balanced: the replicates' mean is the estimate.
    np.testing.assert_allclose(found.replicates.mean(axis=0), found.estimates.value)


@pytest.mark.parametrize("least", [1, 2, 3, 5, 12, 13, 21, 29, 45, 100, 130])
def test_hadamard_matrices(least: int) -> None:
    matrix = hadamard(least).astype(int)
    order = len(matrix)
    assert least <= order <= max(2, least + 7)
    assert (matrix @ matrix.T == order * np.eye(order)).all()
    assert (matrix[:, 0] == 1).all()


@pytest.mark.parametrize("finite", [False, True])
def test_bootstrap_of_a_total_comes_to_the_design_variance(*, finite: bool) -> None:
    """With 4,000 replicates a variance is known to about 1 / sqrt(2000) = 2.2 %."""
    design, items, _ = make_sample(finite=finite)
    sample = replicate(design, bootstrap(design, 4000, seed=7))
    found = replicate_totals(sample, items).estimates
    expected = estimate_totals(design, items).variance
    np.testing.assert_allclose(found.variance, expected, rtol=0.09)
    assert found.df.tolist() == [design.df]


def test_bootstrap_without_correction_draws_one_less() -> None:
    design, _, _ = make_sample(finite=True)
    weights = replicate(design, bootstrap(design, 50, seed=1, is_finite=False)).replicate_weights()
    times = weights / design.weights[:, None] * 3 / 4
    np.testing.assert_allclose(times, times.round(), atol=1e-12)
    drawn = times[::5].reshape(6, 4, 50).sum(axis=1)
    np.testing.assert_allclose(drawn, 3)


def test_same_seed_same_replicates() -> None:
    design, _, _ = make_sample()
    first, same, other = (bootstrap(design, 20, seed=seed) for seed in (4, 4, 5))
    assert (first.pattern == same.pattern).all()
    assert (first.pattern != other.pattern).any()
    assert first.seed == 4
    # The stream is part of the record. Three draws of four PSUs, by hand: floor of 4 u.
    u = np.random.Generator(np.random.PCG64(4)).random(3)
    assert np.floor(4 * u).tolist() == [3, 2, 3]
    assert first.pattern[:4, 0].tolist() == [0, 0, 1, 2]
    assert first.pattern[:4, 1:4].tolist() == [[1, 0, 0], [0, 2, 2], [2, 1, 0], [0, 0, 1]]


def test_many_psus_of_one_stratum_are_counted_without_overflow() -> None:
    design = make_design(n=300)
    counts = bootstrap(design, 10, seed=2).pattern.astype(np.int64)
    assert (counts.sum(axis=0) == 299).all()


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
def test_means_by_domain_come_near_linearisation(kind: str) -> None:
    design, items, columns = make_sample(40, 3, seed=9)
    domains = cross_classify({"area": columns["area"]})
    scheme = jackknife(design) if kind == "jackknife" else bootstrap(design, 3000, seed=3)
    found = replicate_means(replicate(design, scheme), items, domains).estimates
    expected = estimate_means(design, items, domains)
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-12)
    np.testing.assert_allclose(found.se, expected.se, rtol=0.06)
    assert (found.n == expected.n).all()
    np.testing.assert_allclose(found.n_kish, expected.n_kish)
    assert found.is_share.all()


@pytest.mark.parametrize("kind", ["jackknife", "bootstrap"])
def test_estimates_are_those_of_the_weights_one_by_one(kind: str) -> None:
    """What matrix products give is what each replicate's weights give by themselves."""
    design, items, columns = make_sample(finite=True)
    scheme = jackknife(design) if kind == "jackknife" else bootstrap(design, 30, seed=3)
    sample = replicate(design, scheme)
    sample = recalibrate(sample, rake(design.weights, columns, TARGETS))
    domains = cross_classify({"area": columns["area"]})
    found = replicate_means(sample, items, domains)
    weights = sample.replicate_weights()
    answered = ~np.isnan(items)
    for d in range(2):
        inside = domains.codes == d
        for r in range(scheme.replicates):
            w = weights[:, r] * inside
            expected = (w @ np.nan_to_num(items)) / (w @ answered)
            np.testing.assert_allclose(found.replicates[r, d], expected, rtol=1e-12)
    for name, target in TARGETS.items():
        for label, total in target.items():
            mask = np.array([x == label for x in columns[name]])
            np.testing.assert_allclose(weights[mask].sum(axis=0), total, rtol=1e-10)


def test_raking_again_takes_the_variance_of_known_totals_away() -> None:
    design, _, columns = make_sample()
    area = np.array([[label == "urban"] for label in columns["area"]], dtype=np.float64)
    calibrated = rake(design.weights, columns, TARGETS)
    plain = replicate(design, jackknife(design))
    anew = recalibrate(plain, calibrated)
    assert replicate_totals(plain, area).estimates.se[0, 0] > 10
    assert replicate_totals(anew, area).estimates.se[0, 0] < 1e-6
    twice = recalibrate(anew, rake(anew.weights, columns, TARGETS))
    np.testing.assert_allclose(twice.replicate_weights(), anew.replicate_weights(), rtol=1e-9)
    with pytest.raises(Problem, match="calibrated from others"):
        recalibrate(anew, calibrated)


def test_a_replicate_that_loses_a_category_is_told() -> None:
    design = make_design(clusters=[["a", "a", "b", "b", "c"]])
    classes = {"kind": ["x", "x", "x", "x", "y"]}
    calibrated = rake(design.weights, classes, {"kind": {"x": 40, "y": 10}})
    with pytest.raises(Problem, match="no weight is left in kind = y"):
        recalibrate(replicate(design, jackknife(design)), calibrated)


def test_replicates_without_the_domain_are_left_out() -> None:
    design = make_design(clusters=[["a", "a", "b", "b", "c", "c"]])
    item = np.array([[1.0], [0.0], [1.0], [1.0], [0.0], [1.0]])
    domains = cross_classify({"kind": ["x", "x", "x", "x", "y", "y"]})
    found = replicate_means(replicate(design, jackknife(design)), item, domains)
    assert found.empty.tolist() == [[0], [1]]
    assert np.isfinite(found.estimates.se).all()
    assert found.estimates.df.tolist() == [1, 0]
    scheme = bootstrap(design, 200, seed=1)
    rare = replicate_means(replicate(design, scheme), item, domains)
    kept = rare.replicates[~np.isnan(rare.replicates[:, 0, 0]), 0, 0]
    assert 0 < rare.empty[0, 0] < 100
    expected = ((kept - kept.mean()) ** 2).sum() / 199 * 200 / len(kept)
    assert rare.estimates.variance[0, 0] == pytest.approx(expected)


def test_contrast_covariance_and_transform_agree() -> None:
    design, items, columns = make_sample(20, 4)
    domains = cross_classify({"area": columns["area"]})
    found = replicate_means(replicate(design, jackknife(design)), items[:, :1], domains)
    V = found.covariance()
    np.testing.assert_allclose(np.diag(V), found.estimates.variance.ravel(), rtol=1e-12)
    value, variance = found.contrast(np.array([[1.0], [-1.0]]))
    assert value == pytest.approx(found.estimates.value[0, 0] - found.estimates.value[1, 0])
    assert variance == pytest.approx(V[0, 0] + V[1, 1] - 2 * V[0, 1])
    doubled = found.transformed_variance(lambda values: 2 * values)
    np.testing.assert_allclose(doubled, 4 * found.estimates.variance)


def test_ratio_leaves_out_rows_in_which_either_is_blank() -> None:
    design = make_design(n=5)
    y, x = np.array([[1.0, 2, 3, np.nan, 5]]).T, np.array([[2.0, 2, np.nan, 2, 2]]).T
    found = replicate_ratios(replicate(design, jackknife(design)), y, x)
    assert found.estimates.value[0, 0] == pytest.approx(8 / 6)
    whole = replicate_ratios(replicate(make_design(n=3), jackknife(make_design(n=3))),
                             y[[0, 1, 4]], x[[0, 1, 4]])  # fmt: skip
    assert whole.estimates.value[0, 0] == pytest.approx(8 / 6)


def test_strata_with_one_psu() -> None:
    strata, clusters = ["a", "a", "b"], ["1", "2", "3"]
    with pytest.raises(Problems, match="stratum b has a single cluster"):
        make_design(strata=strata, clusters=[clusters])
    certain = make_design(strata=strata, clusters=[clusters], lonely="certainty")
    assert jackknife(certain).replicates == 2
    assert (bootstrap(certain, 9, seed=1).multipliers(slice(2, 3)) == 1).all()
    with pytest.raises(Problem, match="fail or certainty, not adjust"):
        jackknife(replace(certain, lonely="adjust"))
    with pytest.raises(Problem, match="two clusters in each stratum, b has 1"):
        balanced_replication(certain)


def test_later_stages_forbid_the_correction() -> None:
    """Replicates see the first stage only; a correction would take the second stage's part."""
    of_clusters, of_rows, all_rows = [4] * 4, [9] * 4, [2] * 4
    scales = [
        jackknife(make_design(clusters=[["a", "a", "b", "b"]], populations=populations)).scale
        for populations in ([of_clusters], [of_clusters, of_rows], [of_clusters, all_rows])
    ]
    assert scales == [0.25, 0.5, 0.25]


def test_everybody_asked() -> None:
    design = make_design(n=4, populations=[[4, 4, 4, 4]])
    item = np.array([[1.0], [0], [1], [1]])
    for scheme in (jackknife(design), bootstrap(design, 20, seed=1)):
        found = replicate_means(replicate(design, scheme), item).estimates
        assert found.variance[0, 0] == 0
        assert found.is_census.all()


def test_replicates_come_before_calibration() -> None:
    design, _, columns = make_sample()
    after = calibrated_design(design, rake(design.weights, columns, TARGETS))
    with pytest.raises(Problem, match="before calibrating"):
        replicate(after, jackknife(design))


@pytest.mark.parametrize("replicates", [-1, 0, 1])
def test_too_few_replicates(replicates: int) -> None:
    with pytest.raises(Problem, match="at least 2 replicates"):
        bootstrap(make_design(n=3), replicates, seed=1)


def test_too_many_to_keep() -> None:
    with pytest.raises(Problem, match="too many to keep; take a bootstrap"):
        jackknife(make_design(n=20_000))


def test_rho_out_of_range() -> None:
    with pytest.raises(Problem, match="rho from 0 to below 1"):
        balanced_replication(make_design(n=2), rho=1.0)
