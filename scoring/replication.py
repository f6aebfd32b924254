"""Replication (重复权重法): the estimate again and again on parts of the sample.

A replicate gives each unit (a primary sampling unit, or a row) a multiplier; how much the
estimate moves from replicate to replicate shows its variance:

    v = scale * sum_r rscale_r (theta_r - centre)^2,

centre being the mean of the replicates, or the full sample's estimate ("mse"). Weights that were
calibrated are calibrated again in each replicate, so that the variance holds what that gains.
References: Wolter, Introduction to Variance Estimation (2nd ed. 2007), chapters 3 to 5; Rust and
Rao, Statistical Methods in Medical Research 5 (1996), 283-310.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sampling.problems import N_, Problem
from scoring.sample_design import (
    BoolArray,
    FloatArray,
    IntArray,
    SampleDesign,
    check_lonely,
    row_fractions,
)

Pattern = npt.NDArray[np.float64] | npt.NDArray[np.integer[Any]]

LARGEST = 200_000_000
"""Numbers that a table of units or rows by replicates may have: 1.6 GB."""
CHUNK = 8_000_000
"""Numbers in the tables that work is cut into."""
PRODUCT = 500_000
"""Multiplications in one matrix product: small factors stay in the processor's cache, and the
product on one thread, where several would wait for each other longer than they work."""
REPEATED = 1e-10
"""Replicates repeat each other where eigenvalues of their products are below this share."""


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """How replicates are made, and how they are put together.

    kind
        JK1, JKn, BRR, Fay, bootstrap, or the kind that a file of replicate weights has.
    units
        (n,) the unit of each row.
    base, step, pattern
        (U,), (U,) and (U, R): the multiplier of unit u in replicate r is
        base[u] + step[u] * pattern[u, r]. A bootstrap keeps small counts in `pattern`.
    scale, rscales
        As in the formula above; rscales (R,).
    df
        Degrees of freedom: units minus strata, and no more than R - 1.
    strata
        (U,) of the units, or None where a file does not say.
    mse
        Whether the centre is the full sample's estimate.
    seed
        Of the generator that drew the replicates; None where nothing was drawn.
    """

    kind: str
    units: IntArray
    base: FloatArray
    step: FloatArray
    pattern: Pattern
    scale: float
    rscales: FloatArray
    df: int
    strata: IntArray | None = None
    mse: bool = False
    seed: int | None = None

    @property
    def replicates(self) -> int:
        """Number of replicates."""
        return int(self.pattern.shape[1])

    def multipliers(self, units: IntArray | slice, columns: slice = slice(None)) -> FloatArray:
        """Return (u, r) the multipliers of `units` in the replicates of `columns`."""
        found = self.pattern[units, columns].astype(np.float64)
        found *= self.step[units, None]
        found += self.base[units, None]
        return found

    def totals(self, units: IntArray, sums: FloatArray) -> FloatArray:
        """Return (R, K) the replicates of the total of (m, K) sums, each of the unit beside it."""
        if sums.shape[1] == 1:
            # A matrix by a vector goes to several threads however small it is.
            return self.totals(units, np.hstack([sums, sums]))[:, :1]
        found = np.zeros((self.replicates, sums.shape[1])) + self.base[units] @ sums
        stepped = self.step[units, None] * sums
        for part in cut(0, len(units), max(1, PRODUCT // found.size)):
            found += self.pattern[units[part]].astype(np.float64).T @ stepped[part]
        return found

    def rank(self, units: IntArray) -> int:
        """Return how many replicates are independent of each other over `units`."""
        gram = np.zeros((self.replicates, self.replicates))
        for part in cut(0, len(units), max(1, CHUNK // self.replicates)):
            multipliers = self.multipliers(units[part])
            gram += multipliers.T @ multipliers
        values = np.linalg.eigvalsh(gram)
        return int((values > REPEATED * values[-1]).sum())

    def variance(self, replicates: FloatArray, full: FloatArray) -> FloatArray:
        """Return the variance of estimates from (R, ...) replicates and the full sample's (...).

        Replicates in which an estimate is NaN, its domain being empty, are left out; a bootstrap
        is scaled up for them. NaN where none is left, 0 where there are no replicates at all,
        every unit being certain.
        """
        used = ~np.isnan(replicates)
        deviations = np.where(used, replicates - self._centre(replicates, full, used), 0.0)
        weights = self.rscales.reshape(-1, *[1] * full.ndim)
        n_used, all_certain = used.sum(axis=0), not self.replicates
        with np.errstate(invalid="ignore", divide="ignore"):
            rescaled = np.where(n_used > 0, self._rescale(n_used), 0.0 if all_certain else np.nan)
        return np.asarray(self.scale * rescaled * (weights * deviations**2).sum(axis=0))

    def covariance(self, replicates: FloatArray, full: FloatArray) -> FloatArray:
        """Return (m, m) covariances from (R, m) replicates without NaN and (m,) full estimates."""
        deviations = replicates - self._centre(replicates, full, ~np.isnan(replicates))
        return np.asarray(self.scale * (deviations.T * self.rscales) @ deviations)

    def _rescale(self, n_used: IntArray) -> FloatArray:
        if self.seed is None:
            return np.ones(n_used.shape)
        return np.asarray(self.replicates / n_used)

    def _centre(self, replicates: FloatArray, full: FloatArray, used: BoolArray) -> FloatArray:
        if self.mse:
            return full
        used = used & (self.rscales > 0).reshape(-1, *[1] * full.ndim)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(used, replicates, 0.0).sum(axis=0) / used.sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Recalibration:
    """Calibration of every replicate: (n,) pattern of each row, (C, R) factors."""

    patterns: IntArray
    factors: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateSample:
    """A sample with replicate weights.

    weights
        (n,) of the full sample.
    start
        (n,) the weights that the multipliers go with: those before any calibration.
    is_certain
        (n,) True where the row was asked with certainty.
    recalibrations
        In the order they were made.
    """

    weights: FloatArray
    start: FloatArray
    replication: Replication
    is_certain: BoolArray
    recalibrations: tuple[Recalibration, ...] = ()

    def replicate_weights(self) -> FloatArray:
        """Return (n, R) the weights of each replicate. Raises `Problem` where they are too many."""
        check_size(len(self.start), self.replication.replicates)
        found = self.replication.multipliers(self.replication.units)
        for step in self.recalibrations:
            found *= step.factors[step.patterns]
        return found * self.start[:, None]


def replicate(design: SampleDesign, replication: Replication) -> ReplicateSample:
    """Return the sample with its replicates, its weights as they are.

    Raises `Problem` for a design that is calibrated already: replicates are made first and then
    calibrated with it (`recalibrate`).
    """
    if design.calibrations:
        raise Problem(N_("make the replicates before calibrating: each is calibrated anew"))
    is_certain = row_fractions(design) >= 1
    return ReplicateSample(design.weights, design.weights, replication, is_certain)


def check_size(rows: int, replicates: int) -> None:
    """Raise `Problem` where a table of rows by replicates would not fit."""
    if rows * replicates > LARGEST:
        raise Problem(
            N_("{replicates} replicates of {rows} are too many to keep; take a bootstrap of some "
               "hundreds of replicates"),
            replicates=replicates, rows=rows,
        )  # fmt: skip


def first_stage_fractions(design: SampleDesign) -> FloatArray:
    """Return (S,) the sampling fractions that replicates of whole PSUs may allow for.

    Replicates know the first stage only. Where later stages were sampled, a correction for the
    first would take away variance that is theirs: the fractions are 0, which errs on the wide
    side. Raises `Problem` for strata with a single PSU unless they are certain.
    """
    if design.lonely == "fail":
        check_lonely(design)
    elif design.lonely != "certainty" and design.stages[0].is_lonely.any():
        raise Problem(
            N_("replicates take a stratum with a single cluster as fail or certainty, not {got}"),
            got=design.lonely,
        )
    later = design.stages[1:]
    if any((stage.fractions < 1).any() for stage in later):
        return np.zeros(design.n_strata)
    return design.stages[0].fractions


def cut(first: int, end: int, width: int) -> Iterator[slice]:
    """Yield the slices of at most `width` that cover `first` to `end`.

    >>> [(part.start, part.stop) for part in cut(0, 5, 2)]
    [(0, 2), (2, 4), (4, 5)]
    """
    for start in range(first, end, width):
        yield slice(start, min(start + width, end))
