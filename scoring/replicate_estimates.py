"""Means, shares, totals and ratios by domain from replicate weights.

The rows are summed once to cells of domain, calibration pattern and unit; the replicates of all
totals are then products of the cells' multipliers with the cells' sums. References as in
`scoring.replication`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.special import expit, logit

from scoring.domain_estimates import (
    NO_VARIANCE,
    estimate_means,
    estimate_ratios,
    estimate_totals,
)
from scoring.domains import Domains, whole
from scoring.estimates import Estimates
from scoring.intervals import mean_interval
from scoring.replicate_sums import ReplicateCells, Values, find_cells, sum_replicates
from scoring.replication import ReplicateSample
from scoring.sample_design import FloatArray, IntArray, SampleDesign, Stage


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateEstimates:
    """Estimates by domain and item with what each replicate makes of them.

    estimates
        Arrays (D, k), as linearisation gives them; their variance is that of the replicates.
        `df` are the domain's own: units minus strata, or, where a file of replicate weights does
        not tell strata, one less than the number of replicates that differ.
    replicates
        (R, D, k); NaN where nobody of the domain is left. Such replicates are not in the variance.
    """

    sample: ReplicateSample
    estimates: Estimates
    replicates: FloatArray

    @property
    def empty(self) -> IntArray:
        """(D, k) replicates without anybody of the domain."""
        return np.asarray(np.isnan(self.replicates).sum(axis=0))

    def covariance(self) -> FloatArray:
        """Return (D k, D k) covariances, domain by domain. Needs replicates without NaN."""
        flat = self.replicates.reshape(len(self.replicates), -1)
        return self.sample.replication.covariance(flat, self.estimates.value.ravel())

    def contrast(self, coefficients: FloatArray) -> tuple[float, float]:
        """Return value and variance of the sum of (D, k) coefficients times the values.

        A difference of two domains has the coefficients 1 and -1 at their places.
        """
        used = coefficients != 0
        value = np.asarray((coefficients * self.estimates.value)[used].sum())
        replicates = (coefficients * self.replicates)[:, used].sum(axis=1)
        return float(value), float(self.sample.replication.variance(replicates, value))

    def transformed_variance(self, function: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Return (D, k) the variances of a smooth function of the values, as of the logit."""
        with np.errstate(divide="ignore", invalid="ignore"):
            replicates, full = function(self.replicates), function(self.estimates.value)
            return self.sample.replication.variance(replicates, full)


def replicate_means(
    sample: ReplicateSample, items: FloatArray, domains: Domains | None = None
) -> ReplicateEstimates:
    """Return the means of `items` (n, k) by domain: shares where an item holds 0 and 1 only.

    NaN is item non-response: the row leaves numerator and denominator.
    """
    domains = whole(len(items)) if domains is None else domains
    found = estimate_means(_carrier(sample), items, domains)

    def values(rows: IntArray) -> FloatArray:
        y = items[rows]
        blank = np.isnan(y)
        return np.hstack([np.where(blank, 0.0, y), ~blank])

    def complete_values(rows: IntArray) -> FloatArray:
        return np.hstack([items[rows], np.ones((len(rows), 1))])

    # One column of ones serves all items where none is blank.
    is_complete = not np.isnan(items.sum())
    return _with_replicates(sample, found, complete_values if is_complete else values)


def replicate_totals(
    sample: ReplicateSample, items: FloatArray, domains: Domains | None = None
) -> ReplicateEstimates:
    """Return the weighted totals of `items` (n, k) by domain; NaN counts nothing."""
    domains = whole(len(items)) if domains is None else domains
    found = estimate_totals(_carrier(sample), items, domains)
    return _with_replicates(sample, found, lambda rows: np.nan_to_num(items[rows]))


def replicate_ratios(
    sample: ReplicateSample,
    numerators: FloatArray,
    denominators: FloatArray,
    domains: Domains | None = None,
) -> ReplicateEstimates:
    """Return the ratios of the totals of `numerators` to those of `denominators`, both (n, k).

    A row in which either is NaN leaves the pair.
    """
    domains = whole(len(numerators)) if domains is None else domains
    found = estimate_ratios(_carrier(sample), numerators, denominators, domains)

    def values(rows: IntArray) -> FloatArray:
        y, x = numerators[rows], denominators[rows]
        blank = np.isnan(y) | np.isnan(x)
        return np.hstack([np.where(blank, 0.0, y), np.where(blank, 0.0, x)])

    return _with_replicates(sample, found, values)


def logit_interval(
    found: ReplicateEstimates, domain: int, item: int, level: Fraction
) -> tuple[float, float]:
    """Return the logit of a share, plus and minus t_df standard errors, transformed back.

    The standard error is that of the replicates' logits, as in R's svyciprop. For a share
    strictly between 0 and 1 in every replicate that counts.
    """
    point = found.estimates.at(domain, item)
    se = float(found.transformed_variance(logit)[domain, item] ** 0.5)
    ends = mean_interval(float(logit(point.value)), se, point.df, level)
    return float(expit(ends[0])), float(expit(ends[1]))


def _carrier(sample: ReplicateSample) -> SampleDesign:
    """Return a design that gives the estimates without any variance of their own."""
    stage = Stage(sample.is_certain.astype(np.intp), np.array([0, 1]), np.array([0.0, 1.0]))
    return SampleDesign(sample.weights, (stage,), ("", ""), lonely="certainty")


def _with_replicates(
    sample: ReplicateSample, found: Estimates, values: Values
) -> ReplicateEstimates:
    """Return the estimates with replicates; `values` are k numerators and their denominators.

    No denominators: totals. One: shared by all numerators.
    """
    k = found.value.shape[1]
    cells = find_cells(sample, found.domains.codes, len(found.domains))
    totals = sum_replicates(sample, cells, values)
    replicates = totals[:, :, :k]
    if totals.shape[2] > k:
        with np.errstate(divide="ignore", invalid="ignore"):
            replicates = replicates / totals[:, :, k:]
    variance = sample.replication.variance(replicates, found.value)
    variance[variance <= NO_VARIANCE * found.spread] = 0.0
    df = _degrees_of_freedom(sample, cells)
    return ReplicateEstimates(sample, replace(found, variance=variance, df=df), replicates)


def _degrees_of_freedom(sample: ReplicateSample, cells: ReplicateCells) -> IntArray:
    """Return (D,) the domains' own degrees of freedom."""
    scheme = sample.replication
    found = []
    for first, end in zip(cells.starts[:-1], cells.starts[1:], strict=True):
        units = np.unique(cells.units[first:end])
        if scheme.strata is None:
            found.append(scheme.rank(units) - 1)
        else:
            found.append(len(units) - len(np.unique(scheme.strata[units])))
    limit = scheme.df if scheme.strata is None else scheme.replicates - 1
    return np.minimum(np.array(found, dtype=np.intp), limit)
