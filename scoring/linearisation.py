"""The variance of estimated totals by Taylor linearisation.

An estimate that is a smooth function of totals varies, to first order, like the total of its
influence values (Woodruff, Journal of the American Statistical Association 66, 1971, 411-414;
Deville, Survey Methodology 25, 1999, 193-203). With z_hi the sum of weighted influence values of
cluster i in stratum h, n_h clusters drawn and f_h their share of the population:

    V = sum_h (1 - f_h) n_h / (n_h - 1) sum_i (z_hi - mean_h)^2
        + sum_h f_h sum_i V_hi,

where V_hi is the same formula within the cluster, one stage down (Särndal, Swensson and Wretman,
Model Assisted Survey Sampling, 1992, 4.3.2). A cluster without rows in a domain has z = 0, and
counts.
"""

from __future__ import annotations

import numpy as np

from sampling.problems import N_, Problem
from scoring.cell_totals import Cells, pieces, runs, sum_rows, sum_runs
from scoring.sample_design import (
    BoolArray,
    FloatArray,
    Lonely,
    SampleDesign,
    Stage,
    check_lonely,
    stage_factors,
)

NO_ROWS = np.empty(0, dtype=np.intp)
"""For cells that no row belongs to any more."""


def variances(design: SampleDesign, cells: Cells, influence: FloatArray) -> FloatArray:
    """Return (D, b) variances of the totals of `influence` (m, b), weighted, one row a cell.

    Raises Problems where a stratum has a single cluster and the design says "fail", Problem
    where it says "average" and no stratum has more.
    """
    if design.lonely == "fail":
        check_lonely(design)
    total = np.zeros((len(cells.starts) - 1, influence.shape[1]))
    factors = stage_factors(design)
    for level in reversed(range(len(design.stages))):
        stage, factor = design.stages[level], factors[level]
        if (factor * (1 - stage.fractions)).any():
            total += _stage_variances(stage, factor, design.lonely, cells, influence)
        if level:
            cells, influence = _one_stage_up(stage, cells, influence)
    return total


def covariance(design: SampleDesign, influence: FloatArray) -> FloatArray:
    """Return (m, m) covariances of totals; `influence` (C, m) has a row for each cluster of the
    last stage."""
    C, m = influence.shape
    cells = Cells(np.arange(C), np.array([0, C]), NO_ROWS)
    first, second = np.triu_indices(m)
    plus = variances(design, cells, influence[:, first] + influence[:, second])
    minus = variances(design, cells, influence[:, first] - influence[:, second])
    result = np.empty((m, m))
    result[first, second] = result[second, first] = ((plus - minus) / 4)[0]
    return result


def _one_stage_up(stage: Stage, cells: Cells, influence: FloatArray) -> tuple[Cells, FloatArray]:
    parents = stage.strata[cells.clusters]
    bounds = runs(cells.domains, parents)
    starts = np.searchsorted(bounds, cells.starts)
    return Cells(parents[bounds[:-1]], starts, NO_ROWS), sum_runs(influence, bounds)


def _stage_variances(
    stage: Stage, factor: FloatArray, lonely: Lonely, cells: Cells, influence: FloatArray
) -> FloatArray:
    """Return (D, b) what one stage adds; `factor` (S,) as `stage_factors` gives it."""
    strata = stage.strata[cells.clusters]
    bounds = runs(cells.domains, strata)
    of_runs = strata[bounds[:-1]]
    seen = np.diff(bounds)
    n_h = stage.sizes[of_runs]
    means = sum_runs(influence, bounds) / n_h[:, None]
    # Clusters without rows in the domain lie at 0, that is at one mean's distance.
    squares = (n_h - seen)[:, None] * means**2
    for some, rows in pieces(bounds):
        deviations = influence[rows] - np.repeat(means[some], seen[some], axis=0)
        deviations *= deviations
        squares[some] += sum_runs(deviations, bounds[some.start : some.stop + 1] - rows.start)
    scale = (factor * (1 - stage.fractions))[of_runs] * n_h / np.maximum(n_h - 1, 1)
    squares *= np.where(n_h > 1, scale, 0.0)[:, None]
    result = sum_runs(squares, np.searchsorted(bounds, cells.starts))
    affected = stage.is_lonely & (factor > 0)
    if affected.any() and lonely == "average":
        return result * _scale_of_others(factor, affected)
    if affected.any() and lonely == "adjust":
        return result + _distances(stage, np.where(affected, factor, 0.0), cells, influence)
    return result


def _scale_of_others(factor: FloatArray, affected: BoolArray) -> float:
    """Return by how much the strata with several clusters are scaled up to stand for all."""
    strata = int((factor > 0).sum())
    others = strata - int(affected.sum())
    if not others:
        raise Problem(N_("every stratum has a single cluster: none to take the average of"))
    return strata / others


def _distances(stage: Stage, factor: FloatArray, cells: Cells, influence: FloatArray) -> FloatArray:
    """Return (D, b) squared distances of lone clusters from the mean of the stage's clusters.

    `factor` (S,) is 0 for all other strata. A lone cluster without rows in a domain lies at 0.
    """
    means = sum_runs(influence, cells.starts) / stage.n_clusters
    scale = factor * (1 - stage.fractions)
    of_cells = scale[stage.strata[cells.clusters]]
    lone = np.flatnonzero(of_cells)
    domains = cells.domains[lone]
    squares = (influence[lone] - means[domains]) ** 2
    seen = sum_rows(domains, len(means), of_cells[lone], squares)
    weight = np.bincount(domains, of_cells[lone], minlength=len(means))
    return np.asarray(seen + (scale.sum() - weight)[:, None] * means**2)
