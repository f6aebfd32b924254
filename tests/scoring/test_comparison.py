"""Differences between domains and between years."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

from sampling.problems import Problem
from scoring.comparison import Year, compare_domains, compare_years
from scoring.domain_estimates import estimate_means
from scoring.sample_design import SampleDesign, make_design

LEVEL = Fraction(95, 100)
Floats = npt.NDArray[np.float64]


def draw(seed: int, n: int = 60, people: int = 500) -> tuple[SampleDesign, Floats, list[str]]:
    """Return a sample of people from two strata of `people` each, an item and who they are."""
    rng = np.random.default_rng(seed)
    chosen = np.concatenate([rng.permutation(people)[: n // 2] + people * h for h in (0, 1)])
    strata = chosen // people
    design = make_design(strata=strata, populations=[np.full(n, people)])
    item = (rng.random(n) < 0.8).astype(float)
    return design, item, [f"p{person}" for person in chosen]


def variance(design: SampleDesign, item: Floats) -> float:
    return float(estimate_means(design, item[:, None]).variance[0, 0])


def test_domains_in_different_strata_are_independent() -> None:
    design, item, _ = draw(1)
    first = design.psu_strata[design.psus] == 0
    found = compare_domains(design, item, first, ~first)
    parts = [found.first.variance, found.second.variance]
    assert found.variance == pytest.approx(sum(parts), rel=1e-12)
    assert (found.df, found.overlap) == (58, 0)
    assert found.value == found.first.value - found.second.value


def test_a_part_and_the_whole_depend_on_each_other() -> None:
    design, item, _ = draw(1)
    everybody = np.ones(design.n, dtype=np.bool_)
    assert compare_domains(design, item, everybody, everybody).variance == 0
    part = np.arange(design.n) % 2 == 0
    found = compare_domains(design, item, part, everybody)
    assert 0 < found.variance < found.first.variance + found.second.variance
    assert found.overlap == part.sum()


def test_a_share_of_1_on_one_side_still_has_a_width() -> None:
    design, item, _ = draw(1)
    first = design.psu_strata[design.psus] == 0
    found = compare_domains(design, np.where(first, 1.0, item), first, ~first)
    low, high = found.interval(LEVEL)
    plain = found.value - 2.002 * found.se
    assert found.first.variance == 0
    assert low < plain < found.value < high <= 1


def test_two_shares_of_1_are_not_known_to_be_equal() -> None:
    design, _, _ = draw(1)
    first = design.psu_strata[design.psus] == 0
    low, high = compare_domains(design, np.ones(design.n), first, ~first).interval(LEVEL)
    assert low == pytest.approx(-high)
    assert 0.05 < high < 0.2


def test_an_empty_side_is_told() -> None:
    design, item, _ = draw(1)
    nobody = np.zeros(design.n, dtype=np.bool_)
    with pytest.raises(Problem, match="one side has no answer"):
        compare_domains(design, item, nobody, ~nobody)


def test_the_same_people_in_both_years_are_a_sample_of_differences() -> None:
    design, item, keys = draw(2)
    later = np.where(np.arange(design.n) % 5 == 0, 1 - item, item)
    found = compare_years(Year(design, item, keys), Year(design, later, keys))
    assert found.variance == pytest.approx(variance(design, item - later), rel=1e-10)
    assert found.overlap == design.n


def test_years_without_common_people_are_independent() -> None:
    design, item, keys = draw(3)
    others = [f"other {key}" for key in keys]
    found = compare_years(Year(design, item, keys), Year(design, item[::-1].copy(), others))
    assert found.overlap == 0
    assert found.variance == pytest.approx(
        variance(design, item) + variance(design, item[::-1].copy()), rel=1e-12
    )


def test_the_covariance_of_an_overlap_is_tams() -> None:
    """(n_12 / (n_1 n_2) - 1 / N) s_12, in a single stratum, on means."""
    rng = np.random.default_rng(4)
    n, N, shared = 40, 200, 25
    first, second = np.arange(n), np.arange(n) + (n - shared)
    y = rng.normal(size=N)
    one, other = y[first], y[second] + rng.normal(size=n) / 3
    design = make_design(populations=[np.full(n, N)])
    found = compare_years(Year(design, one, first), Year(design, other, second))
    s = np.cov(one[n - shared :], other[:shared])[0, 1]
    expected = variance(design, one) + variance(design, other)
    assert found.variance == pytest.approx(expected - 2 * (shared / n**2 - 1 / N) * s, rel=1e-10)
    assert found.overlap == shared


def test_on_average_the_variance_is_that_of_the_difference() -> None:
    """Over many draws of two years with half the people in both."""
    rng = np.random.default_rng(5)
    N, n = 120, 30
    y1 = rng.normal(size=N)
    y2 = y1 + rng.normal(size=N) / 2
    values, variances = [], []
    design = make_design(populations=[np.full(n, N)])
    for _ in range(400):
        chosen = rng.permutation(N)[: n + n // 2]
        one, two = chosen[:n], chosen[n // 2 :]
        found = compare_years(Year(design, y1[one], one), Year(design, y2[two], two))
        values.append(found.value)
        variances.append(found.variance)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.15)


def test_a_mask_compares_a_part_of_each_year() -> None:
    design, item, keys = draw(6)
    mask = np.arange(design.n) % 2 == 0
    found = compare_years(Year(design, item, keys, mask), Year(design, item, keys, mask))
    assert found.first.n == mask.sum()
    assert found.variance == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(
    ("keys", "told"), [(["p"] * 60, "stands for two"), (["p"], "1 keys for 60 rows")]
)
def test_keys_that_name_nobody_are_told(keys: list[str], told: str) -> None:
    design, item, right = draw(7)
    with pytest.raises(Problem, match=told):
        compare_years(Year(design, item, right), Year(design, item, keys))


def test_a_unit_with_two_keys_is_told() -> None:
    design = make_design(clusters=[["a", "a", "b", "b"]])
    item = np.array([1.0, 0.0, 1.0, 1.0])
    with pytest.raises(Problem, match="a sampling unit has two keys: y"):
        compare_years(Year(design, item, ["x", "y", "z", "z"]), Year(design, item, list("xxzz")))
