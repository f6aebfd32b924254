"""The variance after calibrations, against residuals taken row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from scoring.domain_estimates import estimate_means, estimate_totals
from scoring.domains import cross_classify, part
from scoring.sample_design import Calibration, SampleDesign, make_design

Floats = npt.NDArray[np.float64]
N = 90


def twice_calibrated() -> tuple[SampleDesign, npt.NDArray[np.intp]]:
    """Return a design with a step of post-strata and one of measured variables, one redundant."""
    rng = np.random.default_rng(11)
    first, second, last = (rng.uniform(1, 3, N) for _ in range(3))
    groups = rng.integers(0, 3, N)
    measured = np.column_stack([np.ones(N), rng.normal(700, 100, N)])
    redundant = np.column_stack([measured, measured @ [2.0, 1.0], np.zeros(N)])
    base = make_design(weights=last, strata=rng.integers(0, 4, N), clusters=[np.arange(N) // 3])
    steps = (Calibration(groups, np.eye(3), first), Calibration(np.arange(N), redundant, second))
    return replace(base, calibrations=steps), rng.integers(0, 2, N)


def residual(u: Floats, step: Calibration) -> Floats:
    """Return u less its weighted regression on the step's auxiliaries."""
    root, x = np.sqrt(step.weights), step.table[step.patterns]
    fit, *_ = np.linalg.lstsq(x * root[:, None], u * root, rcond=1e-10)
    return np.asarray(u - x @ fit)


def by_rows(design: SampleDesign, u: Floats) -> float:
    for step in reversed(design.calibrations):
        u = residual(u, step)
    plain = replace(design, calibrations=())
    return float(estimate_totals(plain, u[:, None]).variance[0, 0])


def test_residuals_of_the_last_calibration_come_first() -> None:
    design, areas = twice_calibrated()
    rng = np.random.default_rng(12)
    y = rng.normal(5, 1, (N, 2))
    y[rng.random((N, 2)) < 0.1] = np.nan
    domains = cross_classify({"area": areas})
    totals, means = (estimate(design, y, domains) for estimate in (estimate_totals, estimate_means))
    for d in range(2):
        for j in range(2):
            inside = (areas == d) & ~np.isnan(y[:, j])
            influence = np.where(inside, np.nan_to_num(y[:, j]), 0.0)
            assert totals.variance[d, j] == pytest.approx(by_rows(design, influence), rel=1e-9)
            off = np.where(inside, influence - means.value[d, j], 0.0)
            weight = design.weights[inside].sum()
            assert means.variance[d, j] == pytest.approx(by_rows(design, off / weight), rel=1e-9)


def test_a_total_that_was_calibrated_has_no_variance() -> None:
    design, _ = twice_calibrated()
    last = design.calibrations[-1]
    alone = replace(design, calibrations=(last,))
    assert estimate_totals(alone, last.table[:, [1]]).variance[0, 0] == 0


def test_rows_in_no_domain_count_nothing() -> None:
    design, areas = twice_calibrated()
    y = np.random.default_rng(13).normal(5, 1, (N, 1))
    both = estimate_means(design, y, cross_classify({"area": areas}))
    assert estimate_means(design, y, part(areas == 1)).variance[0, 0] == pytest.approx(
        both.variance[1, 0], rel=1e-10
    )
