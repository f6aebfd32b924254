"""Confidence intervals for a share from a complex sample.

References: Korn and Graubard, Survey Methodology 24 (1998), 193-201; Clopper and Pearson,
Biometrika 26 (1934), 404-413; `beta` is what svyciprop(method="beta") of R's survey package does.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from scipy.stats import beta, t

from scoring.estimation import Estimate

POINT = "point"
KORN_GRAUBARD = "korn-graubard"


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval for a share; `n_eff` is None where the interval needs none."""

    method: str
    level: Fraction
    low: float
    high: float
    n_eff: float | None = None


def korn_graubard(estimate: Estimate, level: Fraction) -> Interval:
    """Return the interval that judges: Clopper-Pearson on the effective number of papers.

    n_eff = p (1 - p) / variance, times (t_{n-1} / t_df)^2, at most n. Where the variance is 0
    without everybody having answered (a share of 0 or 1, or strata of one mind each), it says
    nothing, and n over the Kish design effect takes the place of p (1 - p) / variance. Where
    everybody answered, the interval is the point. With no degree of freedom it is 0 to 1.
    It errs on the wide side.
    """
    if estimate.is_census:
        point = float(estimate.share)
        return Interval(POINT, level, point, point)
    if estimate.df < 1:
        return Interval(KORN_GRAUBARD, level, 0.0, 1.0)
    n_eff = min(float(estimate.n), _effective_n(estimate) * _df_adjustment(estimate, level))
    low, high = clopper_pearson(float(estimate.share), n_eff, float(level))
    return Interval(KORN_GRAUBARD, level, low, high, n_eff)


def beta_interval(estimate: Estimate, level: Fraction) -> Interval:
    """Return R's interval: as `korn_graubard` with n_eff not capped; needs a variance above 0."""
    n_eff = _effective_n(estimate) * _df_adjustment(estimate, level)
    low, high = clopper_pearson(float(estimate.share), n_eff, float(level))
    return Interval("beta", level, low, high, n_eff)


def clopper_pearson(share: float, n: float, level: float) -> tuple[float, float]:
    """Return the exact binomial interval for `share` of `n`, which need not be whole.

    >>> low, high = clopper_pearson(0.5, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.1871, 0.8129)
    """
    tail = (1 - level) / 2
    x = n * share
    low = float(beta.ppf(tail, x, n - x + 1)) if share > 0 else 0.0
    high = float(beta.ppf(1 - tail, x + 1, n - x)) if share < 1 else 1.0
    return low, high


def _effective_n(estimate: Estimate) -> float:
    # A lone paper's stand-in variance keeps the variance above 0 where the share is 0 or 1.
    if not estimate.variance or estimate.share in (0, 1):
        return float(estimate.n_kish)
    return float(estimate.share * (1 - estimate.share) / estimate.variance)


def _df_adjustment(estimate: Estimate, level: Fraction) -> float:
    tail = float((1 - level) / 2)
    return float((t.ppf(tail, estimate.n - 1) / t.ppf(tail, estimate.df)) ** 2)
