"""Confidence intervals for a share from a complex sample.

All are made from four numbers: the share, the number of independent papers that its variance is
worth (n_eff), the degrees of freedom and n. References: Korn and Graubard, Survey Methodology 24
(1998), 193-201; Clopper and Pearson, Biometrika 26 (1934), 404-413; Wilson, Journal of the
American Statistical Association 22 (1927), 209-212; Franco, Little, Louis and Slud, Journal of
Survey Statistics and Methodology 7 (2019), 334-364, for a comparison; Rao and Scott, Annals of
Statistics 12 (1984), 46-60, for the likelihood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import asin, inf, log, log1p, pi, sin, sqrt
from typing import Protocol

from scipy.optimize import brentq
from scipy.special import betaincinv, expit, logit, ndtri, stdtrit

from sampling.problems import N_, Problem

POINT = "point"
KORN_GRAUBARD = "korn-graubard"

TINY = 1e-300
"""The smallest share that the likelihood is asked about."""


class EstimatedShare(Protocol):
    """What an interval needs of an estimate: `Estimate` and `PointEstimate` have it."""

    @property
    def share(self) -> Fraction | float:
        """The estimated share, 0 to 1."""

    @property
    def variance(self) -> Fraction | float:
        """Its sampling variance."""

    @property
    def n(self) -> int:
        """Papers it rests on."""

    @property
    def df(self) -> int:
        """Degrees of freedom of the variance."""

    @property
    def n_kish(self) -> Fraction | float:
        """n over the Kish design effect of the weights."""

    @property
    def is_census(self) -> bool:
        """Everybody was asked and answered."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval for a share; `n_eff` is None where the interval needs none."""

    method: str
    level: Fraction
    low: float
    high: float
    n_eff: float | None = None


def share_interval(estimate: EstimatedShare, method: str, level: Fraction) -> Interval:
    """Return the interval of `method`, one of `METHODS`, for a share. It lies within 0 to 1.

    - ``korn-graubard``: Clopper-Pearson on n_eff with the adjustment for degrees of freedom
      (t_{n-1} / t_df)^2, at most n. The one that judges.
    - ``beta``: the same without the cap, as R's svyciprop(method="beta").
    - ``wilson``: Wilson's on the n_eff of korn-graubard, for display.
    - ``logit``, ``asin``, ``mean``: the share transformed, plus and minus t_df standard errors.
    - ``likelihood``: where the log-likelihood of n over the design effect, n_eff (n - 1) / n
      papers, falls by t_df^2 / 2.

    n_eff = p (1 - p) / variance. Where the share is 0 or 1 or the variance 0, n over the Kish
    design effect stands in; ``logit`` and ``mean``, which have no width at 0 and 1, are then
    korn-graubard's. Where everybody answered, the interval is the point; without a paper or a
    degree of freedom it is 0 to 1. Raises Problem for an unknown method.
    """
    if method not in METHODS:
        raise Problem(
            N_("interval: expected one of {expected}, got {got}"),
            expected=", ".join(METHODS),
            got=method,
        )
    if estimate.is_census:
        point = float(estimate.share)
        return Interval(POINT, level, point, point)
    if estimate.df < 1 or estimate.n < 1:
        return Interval(method, level, 0.0, 1.0)
    share, n_eff = float(estimate.share), _effective_n(estimate)
    if method in _OF_ADJUSTED_N:
        n_eff *= _df_adjustment(estimate, level)
        if method != "beta":
            n_eff = min(float(estimate.n), n_eff)
        low, high = _OF_ADJUSTED_N[method](share, n_eff, float(level))
        return Interval(method, level, low, high, n_eff)
    if share in (0, 1) and method in ("logit", "mean"):
        exact = korn_graubard(estimate, level)
        return Interval(method, level, exact.low, exact.high, exact.n_eff)
    if method == "likelihood":
        n_eff *= (estimate.n - 1) / estimate.n
    low, high = _OF_T[method](share, n_eff, t_quantile(estimate.df, level))
    return Interval(method, level, low, high, n_eff)


def korn_graubard(estimate: EstimatedShare, level: Fraction) -> Interval:
    """Return the interval that judges (see `share_interval`). It errs on the wide side."""
    return share_interval(estimate, KORN_GRAUBARD, level)


def beta_interval(estimate: EstimatedShare, level: Fraction) -> Interval:
    """Return R's interval: as `korn_graubard` with n_eff not capped."""
    return share_interval(estimate, "beta", level)


def mean_interval(value: float, se: float, df: int, level: Fraction) -> tuple[float, float]:
    """Return value plus and minus t_df standard errors, for means, totals and ratios.

    Without a degree of freedom it has no ends: minus to plus infinity.

    >>> low, high = mean_interval(10, 2, 4, Fraction(95, 100))
    >>> round(low, 4), round(high, 4)
    (4.4471, 15.5529)
    """
    if df < 1:
        return -inf, inf
    half = t_quantile(df, level) * se
    return value - half, value + half


def clopper_pearson(share: float, n: float, level: float) -> tuple[float, float]:
    """Return the exact binomial interval for `share` of `n`, which need not be whole.

    >>> low, high = clopper_pearson(0.5, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.1871, 0.8129)
    """
    tail = (1 - level) / 2
    x = n * share
    low = float(betaincinv(x, n - x + 1, tail)) if share > 0 else 0.0
    high = float(betaincinv(x + 1, n - x, 1 - tail)) if share < 1 else 1.0
    return low, high


def wilson(share: float, n: float, level: float) -> tuple[float, float]:
    """Return Wilson's score interval for `share` of `n`, which need not be whole.

    >>> low, high = wilson(0.5, 10, 0.95)
    >>> round(low, 4), round(high, 4)
    (0.2366, 0.7634)
    """
    z2 = float(ndtri((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n) / (1 + z2 / n)
    low = centre - half if share > 0 else 0.0
    high = centre + half if share < 1 else 1.0
    return max(0.0, low), min(1.0, high)


def t_quantile(df: int, level: Fraction) -> float:
    """Return how many standard errors a two-sided interval of `level` has on each side.

    >>> round(t_quantile(10, Fraction(95, 100)), 4)
    2.2281
    """
    return float(stdtrit(df, float((1 + level) / 2)))


def _logit(share: float, n_eff: float, t: float) -> tuple[float, float]:
    half = t / sqrt(n_eff * share * (1 - share))
    return float(expit(logit(share) - half)), float(expit(logit(share) + half))


def _asin(share: float, n_eff: float, t: float) -> tuple[float, float]:
    centre, half = asin(sqrt(share)), t / (2 * sqrt(n_eff))
    return sin(max(0.0, centre - half)) ** 2, sin(min(pi / 2, centre + half)) ** 2


def _mean(share: float, n_eff: float, t: float) -> tuple[float, float]:
    half = t * sqrt(share * (1 - share) / n_eff)
    return max(0.0, share - half), min(1.0, share + half)


def _likelihood(share: float, n_eff: float, t: float) -> tuple[float, float]:
    return _likelihood_end(share, n_eff, t), 1 - _likelihood_end(1 - share, n_eff, t)


def _likelihood_end(share: float, n_eff: float, t: float) -> float:
    """Return the lower p for which 2 n_eff times the divergence from `share` is t squared."""
    if share <= 0:
        return 0.0

    def excess(p: float) -> float:
        return 2 * n_eff * _divergence(share, p) - t * t

    if excess(TINY) < 0:
        return 0.0
    return float(brentq(excess, TINY, share, xtol=1e-15, rtol=1e-13))


def _divergence(share: float, p: float) -> float:
    """Return the Kullback-Leibler divergence of a yes or no with chance p from one with `share`."""
    yes = share * log(share / p) if share > 0 else 0.0
    no = (1 - share) * (log1p(-share) - log1p(-p)) if share < 1 else 0.0
    return yes + no


def _effective_n(estimate: EstimatedShare) -> float:
    # A lone paper's stand-in variance keeps the variance above 0 where the share is 0 or 1.
    if not estimate.variance or estimate.share in (0, 1):
        return float(estimate.n_kish)
    return float(estimate.share * (1 - estimate.share) / estimate.variance)


def _df_adjustment(estimate: EstimatedShare, level: Fraction) -> float:
    if estimate.n < 2:
        return 1.0
    return (t_quantile(estimate.n - 1, level) / t_quantile(estimate.df, level)) ** 2


_OF_ADJUSTED_N: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    KORN_GRAUBARD: clopper_pearson,
    "wilson": wilson,
    "beta": clopper_pearson,
}

_OF_T: dict[str, Callable[[float, float, float], tuple[float, float]]] = {
    "logit": _logit,
    "likelihood": _likelihood,
    "asin": _asin,
    "mean": _mean,
}

METHODS = (*_OF_ADJUSTED_N, *_OF_T)
"""The intervals for a share, the one that judges first."""
