"""Differences between two domains of one sample, and between two years with people in both.

References: Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.9 (domains);
Tam, American Statistician 38 (1984), 288-289, and Qualité and Tillé, Survey Methodology 34
(2008), 173-181 (samples that overlap); Zou and Donner, Statistics in Medicine 27 (2008),
1693-1702 (an interval for a difference from the intervals of its parts).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sampling.problems import N_, Problem
from scoring.cell_totals import find_cells
from scoring.columns import Labels
from scoring.domain_estimates import estimate_means, mean_influence
from scoring.domains import Domains, degrees_of_freedom, part, whole
from scoring.estimates import PointEstimate
from scoring.intervals import korn_graubard, t_quantile
from scoring.linearisation import variances
from scoring.sample_design import BoolArray, FloatArray, IntArray, SampleDesign


@dataclass(frozen=True, slots=True)
class Difference:
    """The first mean minus the second, with the variance of the difference.

    `df` are its degrees of freedom; `overlap` is the number of clusters (people, where people
    were drawn) that stand in both.
    """

    first: PointEstimate
    second: PointEstimate
    variance: float
    df: int
    overlap: int

    @property
    def value(self) -> float:
        """First minus second."""
        return self.first.value - self.second.value

    @property
    def se(self) -> float:
        """Standard error of the difference."""
        return sqrt(self.variance)

    def interval(self, level: Fraction) -> tuple[float, float]:
        """Return the two-sided interval of the difference.

        Plus and minus t_df standard errors; for shares within -1 to 1. Where a share has no
        variance though not everybody answered (0 or 1), its width is taken from its own
        korn-graubard interval, with no correlation between the two.
        """
        shares = self.first.is_share and self.second.is_share
        if self.df < 1:
            return (-1.0, 1.0) if shares else (-np.inf, np.inf)
        if shares and any(_shows_nothing(one) for one in (self.first, self.second)):
            return _from_parts(self.first, self.second, level)
        half = t_quantile(self.df, level) * self.se
        low, high = self.value - half, self.value + half
        return (max(-1.0, low), min(1.0, high)) if shares else (low, high)


@dataclass(frozen=True, slots=True, eq=False)
class Year:
    """One year's sample for a comparison.

    item
        (n,) values, NaN where there is no answer.
    keys
        (n,) what names a primary sampling unit in both years: the person where people were
        drawn, else the cluster.
    mask
        (n,) the rows compared; None: all.
    """

    design: SampleDesign
    item: FloatArray
    keys: Labels
    mask: BoolArray | None = None


def compare_domains(
    design: SampleDesign, item: FloatArray, first: BoolArray, second: BoolArray
) -> Difference:
    """Return the difference of an item's means between the rows of two masks, which may overlap.

    `item` and the masks are (n,). Clusters with rows in both make the two depend on each other;
    this is in the variance. Raises Problem where a mask holds no answer.
    """
    one, other = part(first), part(second)
    influence = mean_influence(design, item, one) - mean_influence(design, item, other)
    return Difference(
        _point(design, item, one),
        _point(design, item, other),
        variance=_variance(design, influence),
        df=int(degrees_of_freedom(design, part(first | second))[0]),
        overlap=len(np.intersect1d(design.psus[first], design.psus[second])),
    )


def compare_years(first: Year, second: Year) -> Difference:
    """Return the difference of an item's means between two years' samples.

    The variances of both years, less twice the covariance from the primary sampling units that
    stand in both in the same stratum:

        cov = sum_h (n_12 - n_1 n_2 / N) s_12,

    n_12 being the common units, s_12 the covariance of their influence values and N the stratum's
    population (the smaller of the two years; without one the second term is 0). An overlap as
    large as chance makes it has no covariance. Strata with fewer than two common units add none,
    nor do later stages: where years go together, as they do, this errs on the wide side.

    Raises Problem where a year holds no answer, or a unit or a key stands for two.
    """
    parts = [_point(year.design, year.item, _domain(year)) for year in (first, second)]
    units = [_units(year) for year in (first, second)]
    covariance, overlap = _covariance(*units)
    bound = sqrt(parts[0].variance * parts[1].variance)
    total = parts[0].variance + parts[1].variance
    return Difference(
        parts[0],
        parts[1],
        variance=total - 2 * float(np.clip(covariance, -bound, bound)),
        df=min(part.df for part in parts),
        overlap=overlap,
    )


def _shows_nothing(estimate: PointEstimate) -> bool:
    return estimate.variance == 0 and not estimate.is_census


def _from_parts(
    first: PointEstimate, second: PointEstimate, level: Fraction
) -> tuple[float, float]:
    one, other = korn_graubard(first, level), korn_graubard(second, level)
    value = first.value - second.value
    low = value - sqrt((first.value - one.low) ** 2 + (other.high - second.value) ** 2)
    high = value + sqrt((one.high - first.value) ** 2 + (second.value - other.low) ** 2)
    return max(-1.0, low), min(1.0, high)


def _point(design: SampleDesign, item: FloatArray, domain: Domains) -> PointEstimate:
    found = estimate_means(design, item[:, None], domain).at(0, 0)
    if not found.n:
        raise Problem(N_("nothing to compare: one side has no answer"))
    return found


def _variance(design: SampleDesign, influence: FloatArray) -> float:
    cells = find_cells(design, whole(design.n), every=True)
    return float(variances(design, cells, influence[:, None])[0, 0])


def _domain(year: Year) -> Domains:
    return whole(year.design.n) if year.mask is None else part(year.mask)


def _units(year: Year) -> pd.DataFrame:
    """Return a row for each primary sampling unit: key, stratum, n, N (of the stratum), u."""
    design, stage = year.design, year.design.stages[0]
    influence = mean_influence(design, year.item, _domain(year))
    with np.errstate(divide="ignore"):
        people = stage.sizes / stage.fractions
    return pd.DataFrame(
        {
            "key": _keys(year),
            "stratum": np.asarray(design.stratum_names, dtype=object)[stage.strata],
            "n": stage.sizes[stage.strata],
            "N": people[stage.strata],
            "u": np.bincount(_psus_of_clusters(design), influence, minlength=design.n_psus),
        }
    )


def _keys(year: Year) -> npt.NDArray[Any]:
    """Return (C,) the key of each primary sampling unit."""
    keys, psus = np.asarray(year.keys), year.design.psus
    if len(keys) != year.design.n:
        raise Problem(N_("{keys} keys for {rows} rows"), keys=len(keys), rows=year.design.n)
    of_units = np.empty(year.design.n_psus, dtype=keys.dtype)
    of_units[psus[::-1]] = keys[::-1]
    differs = of_units[psus] != keys
    if differs.any():
        raise Problem(N_("a sampling unit has two keys: {key}"), key=keys[np.argmax(differs)])
    if len(np.unique(of_units)) != len(of_units):
        raise Problem(N_("a key stands for two sampling units"))
    return of_units


def _psus_of_clusters(design: SampleDesign) -> IntArray:
    """Return for each cluster of the last stage its primary sampling unit."""
    units = np.arange(design.stages[-1].n_clusters)
    for stage in reversed(design.stages[1:]):
        units = stage.strata[units]
    return units


def _covariance(first: pd.DataFrame, second: pd.DataFrame) -> tuple[float, int]:
    """Return the covariance of the two estimates and how many units they have in common."""
    common = first.merge(second, on=["key", "stratum"], suffixes=("_1", "_2"))
    total = 0.0
    for _, units in common.groupby("stratum", sort=True):
        overlap, stratum = len(units), units.iloc[0]
        if overlap > 1:
            people = min(stratum["N_1"], stratum["N_2"])
            beyond_chance = overlap - stratum["n_1"] * stratum["n_2"] / people
            total += beyond_chance * float(np.cov(units["u_1"], units["u_2"])[0, 1])
    return total, len(common)
