"""Estimates of survey items by domain, with what their intervals need.

References: Kish, Survey Sampling (1965), 8.2 and 11.7, for design effects and unequal weights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from scoring.domains import Domains
from scoring.sample_design import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class PointEstimate:
    """One estimate with all that an interval needs; `Estimates` describes the fields."""

    domain: Mapping[str, str]
    n: int
    numerator: float
    denominator: float
    value: float
    variance: float
    deff: float
    n_eff: float
    n_kish: float
    df: int
    is_share: bool
    is_census: bool

    @property
    def share(self) -> float:
        """The value, of an item of 0 and 1."""
        return self.value

    @property
    def se(self) -> float:
        """Standard error."""
        return float(self.variance**0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Estimates for each domain (row) and item (column): arrays of shape (D, k).

    n
        Rows of the domain that answered the item.
    weight
        Sum of their weights.
    numerator, denominator
        Weighted sums, of which `value` is the quotient; a total has the denominator 1.
    value, variance
        The estimate and its sampling variance; NaN where nobody answered or a ratio's
        denominator is 0.
    spread
        The variance from one row drawn with replacement: p (1 - p) for a share. `spread` over
        `variance` is how many such rows the sample is worth.
    n_kish
        n over Kish's design effect of the weights: (sum w)^2 / sum w^2.
    df
        (D,) degrees of freedom: PSUs minus strata of the domain's own.
    is_share
        (k,) True where the mean of an item of 0 and 1 is estimated.
    is_census
        (D, k) True where everybody in the domain was asked and answered.
    """

    domains: Domains
    n: IntArray
    weight: FloatArray
    numerator: FloatArray
    denominator: FloatArray
    value: FloatArray
    variance: FloatArray
    spread: FloatArray
    n_kish: FloatArray
    df: IntArray
    is_share: BoolArray
    is_census: BoolArray

    @property
    def se(self) -> FloatArray:
        """(D, k) standard errors."""
        return np.sqrt(self.variance)

    @property
    def deff(self) -> FloatArray:
        """(D, k) design effects: the variance over that of a simple random sample of n rows,
        drawn without replacement from as many as the weights add up to.

        Where they add up to no more than n they count no people, and the comparison is with a
        sample with replacement. NaN where such a sample would show no variance.
        """
        fraction = np.where(self.weight > self.n, self.n / np.maximum(self.weight, 1), 0.0)
        return self._over_simple(1 - fraction)

    @property
    def deff_with_replacement(self) -> FloatArray:
        """(D, k) design effects against a simple random sample drawn with replacement."""
        return self._over_simple(np.ones_like(self.variance))

    @property
    def n_eff(self) -> FloatArray:
        """(D, k) effective numbers of rows, not capped.

        Where the variance is 0 it says nothing, and Kish's number stands in; where everybody
        answered it is n.
        """
        with np.errstate(invalid="ignore", divide="ignore"):
            found = np.where(self.variance > 0, self.spread / self.variance, self.n_kish)
        return np.where(self.is_census, self.n, found)

    def at(self, domain: int, item: int) -> PointEstimate:
        """Return the estimate of one item for one domain."""
        place = domain, item
        return PointEstimate(
            domain=self.domains.names[domain],
            n=int(self.n[place]),
            numerator=float(self.numerator[place]),
            denominator=float(self.denominator[place]),
            value=float(self.value[place]),
            variance=float(self.variance[place]),
            deff=float(self.deff[place]),
            n_eff=float(self.n_eff[place]),
            n_kish=float(self.n_kish[place]),
            df=int(self.df[domain]),
            is_share=bool(self.is_share[item]),
            is_census=bool(self.is_census[place]),
        )

    def _over_simple(self, kept: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            simple = self.spread / (self.n - 1) * kept
            return np.where(simple > 0, self.variance / simple, np.nan)
