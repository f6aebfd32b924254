"""Calibration (校准): weights that reproduce known totals and stay close to where they began.

Each weight d is multiplied by a factor g = F(x'λ), where x are the row's auxiliary variables and
λ is chosen so that the totals hold. F belongs to a distance:

- linear, F(u) = 1 + u: the generalised regression estimator; with bounds, F is cut off at them;
- raking, F(u) = exp(u): the same weights as iterative proportional fitting (`scoring.raking`);
- logit, with bounds L < 1 < U: F stays between them and is smooth.

References: Deville and Särndal, JASA 87 (1992), 376-382, for the distances (their cases 1, 2, 6
and 7) and Newton's method; Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992),
6.6, for the variance by g-weighted residuals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, logit

from sampling.problems import N_, Problem
from scoring.auxiliaries import Auxiliaries
from scoring.sample_design import Calibration, FloatArray, SampleDesign

LINEAR, RAKING, LOGIT = "linear", "raking", "logit"
DISTANCES = (LINEAR, RAKING, LOGIT)

EXACT = 1e-12
"""The totals hold when no gap is larger, relative to the variable's size in the sample."""
GOOD = 1e-9
"""What is accepted where rounding stops Newton's method before `EXACT`."""
STEPS = 100
HALVINGS = 40
RIDGE = 1e-13
"""Keeps the equations solvable where variables repeat each other, as whole margins do."""


class Method(Protocol):
    """A way to make weights agree with totals, for many sets of weights at once."""

    @property
    def name(self) -> str:
        """Return what the method is called in records."""

    def factors(self, sums: FloatArray, auxiliaries: Auxiliaries) -> FloatArray:
        """Return (R, C) the factor of each pattern, from (R, C) sums of weights in patterns.

        Raises `Problem` where the totals cannot be met.
        """


@dataclass(frozen=True, slots=True)
class Distance:
    """A distance of Deville and Särndal, with the least and the largest factor where it has them.

    >>> Distance(LOGIT, 0.5, 2.0).rise(np.array([0.0])).tolist()
    [1.0]
    """

    name: str
    low: float = -np.inf
    high: float = np.inf

    def __post_init__(self) -> None:
        if self.name not in DISTANCES:
            raise Problem(
                N_("expected linear, raking or logit as the distance, got {got!r}"), got=self.name
            )
        if not self.low < 1 < self.high:
            raise Problem(
                N_("the bounds of the factors must lie on either side of 1, got {low} and {high}"),
                low=self.low, high=self.high,
            )  # fmt: skip
        bounded = np.isfinite(self.low), np.isfinite(self.high)
        if self.name == LOGIT and not all(bounded):
            raise Problem(N_("the logit distance needs both bounds"))
        if self.name == RAKING and any(bounded):
            raise Problem(N_("the raking distance takes no bounds; the logit distance does"))

    def rise(self, u: FloatArray) -> FloatArray:
        """Return F(u), the factor."""
        if self.name == LINEAR:
            return np.clip(1 + u, self.low, self.high)
        if self.name == RAKING:
            return np.exp(np.minimum(u, 700.0))
        return self.low + (self.high - self.low) * expit(self._stretch * u + self._start)

    def slope(self, u: FloatArray) -> FloatArray:
        """Return F'(u)."""
        if self.name == LINEAR:
            return ((1 + u > self.low) & (1 + u < self.high)).astype(np.float64)
        if self.name == RAKING:
            return self.rise(u)
        e = expit(self._stretch * u + self._start)
        return (self.high - self.low) * self._stretch * e * (1 - e)

    def factors(self, sums: FloatArray, auxiliaries: Auxiliaries) -> FloatArray:
        """Return (R, C) the factor of each pattern, by Newton's method with shortened steps.

        Raises `Problem` with the variable whose total is missed, and says where no weights
        within the bounds could meet the totals.
        """
        size = _size(sums, auxiliaries)
        table, totals = auxiliaries.table / size, auxiliaries.totals / size
        multipliers = np.zeros((len(sums), len(totals)))
        gaps = self._gaps(multipliers, sums, table, totals)
        for _ in range(STEPS):
            open_ = np.flatnonzero((np.abs(gaps) > EXACT).any(axis=1))
            if not open_.size:
                break
            moved = self._step(multipliers[open_], gaps[open_], sums[open_], table, totals)
            if np.array_equal(moved[0], multipliers[open_]):
                break
            multipliers[open_], gaps[open_] = moved
        _check_met(gaps, sums, auxiliaries, self)
        return self.rise(multipliers @ table.T)

    @property
    def _stretch(self) -> float:
        return (self.high - self.low) / ((1 - self.low) * (self.high - 1))

    @property
    def _start(self) -> float:
        # F(0) = 1.
        return float(logit((1 - self.low) / (self.high - self.low)))

    def _gaps(
        self, multipliers: FloatArray, sums: FloatArray, table: FloatArray, totals: FloatArray
    ) -> FloatArray:
        # Totals that no weights can meet send the multipliers to infinity, which is told later.
        with np.errstate(all="ignore"):
            gaps: FloatArray = totals - (sums * self.rise(multipliers @ table.T)) @ table
        return gaps

    def _step(
        self,
        multipliers: FloatArray,
        gaps: FloatArray,
        sums: FloatArray,
        table: FloatArray,
        totals: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return multipliers and gaps after a Newton step, halved until the gaps shrink."""
        direction = _newton(gaps, sums * self.slope(multipliers @ table.T), table)
        before = (gaps**2).sum(axis=1)
        length = np.ones(len(gaps))
        for _ in range(HALVINGS):
            moved = multipliers + length[:, None] * direction
            new_gaps = self._gaps(moved, sums, table, totals)
            worse = ~((new_gaps**2).sum(axis=1) < before)
            if not worse.any():
                return moved, new_gaps
            length[worse] /= 2
        moved[worse], new_gaps[worse] = multipliers[worse], gaps[worse]
        return moved, new_gaps


@dataclass(frozen=True, slots=True)
class CalibratedWeights:
    """Weights that reproduce known totals, with what led to them.

    base, weights
        (n,) before and after.
    factors
        (C,) of each pattern: weights = base * factors[patterns].
    method
        How; replicates are calibrated again with it.
    """

    auxiliaries: Auxiliaries
    base: FloatArray
    weights: FloatArray
    factors: FloatArray
    method: Method


def calibrate(weights: FloatArray, auxiliaries: Auxiliaries, method: Method) -> CalibratedWeights:
    """Return weights that reproduce the auxiliaries' totals.

    Raises `Problem` where the totals cannot be met, and where a weight is not above 0 or would
    not be.

    >>> from scoring.auxiliaries import read_covariates
    >>> known = read_covariates({"one": np.ones(3), "x": np.arange(3.0)}, {"one": 30, "x": 45})
    >>> found = calibrate(np.full(3, 10.0), known, Distance(LINEAR))
    >>> found.weights.round(6).tolist()
    [2.5, 10.0, 17.5]
    """
    _check_weights(weights, auxiliaries)
    sums = auxiliaries.sum_patterns(weights)[None, :]
    factors = method.factors(sums, auxiliaries)[0]
    low = int(((factors <= 0)[auxiliaries.patterns]).sum())
    if low:
        raise Problem(
            N_("{count} weights would be 0 or below; set bounds, or take raking or logit"),
            count=low,
        )
    return CalibratedWeights(
        auxiliaries, weights, weights * factors[auxiliaries.patterns], factors, method
    )


def calibrated_design(design: SampleDesign, calibrated: CalibratedWeights) -> SampleDesign:
    """Return the design with the calibrated weights, so that its variances allow for them.

    Raises `Problem` where the weights before are not those of the design.
    """
    _check_base(design.weights, calibrated)
    known = calibrated.auxiliaries
    step = Calibration(known.patterns, known.table, calibrated.base)
    return replace(design, weights=calibrated.weights, calibrations=(*design.calibrations, step))


def _check_weights(weights: FloatArray, auxiliaries: Auxiliaries) -> None:
    if len(weights) != len(auxiliaries.patterns):
        raise Problem(
            N_("{weights} weights, but auxiliary variables of {rows} rows"),
            weights=len(weights),
            rows=len(auxiliaries.patterns),
        )
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if bad.size:
        raise Problem(
            N_("row {row}: expected a weight above 0, got {got}"),
            row=int(bad[0]) + 1,
            got=float(weights[bad[0]]),
        )


def _check_base(weights: FloatArray, calibrated: CalibratedWeights) -> None:
    if not np.array_equal(weights, calibrated.base):
        raise Problem(N_("these weights were calibrated from others than the design's"))


def _size(sums: FloatArray, auxiliaries: Auxiliaries) -> FloatArray:
    """Return (p,) what to divide each variable by, so that its total is about 1 or below."""
    in_sample = (sums @ np.abs(auxiliaries.table)).mean(axis=0)
    size = np.maximum(in_sample, np.abs(auxiliaries.totals))
    missed = np.flatnonzero((in_sample == 0) & (size > 0))
    if missed.size:
        _raise_missed(auxiliaries, int(missed[0]))
    return np.where(size > 0, size, 1.0)


def _newton(gaps: FloatArray, slopes: FloatArray, table: FloatArray) -> FloatArray:
    """Return (R, p) the step that would close the gaps were the factors linear."""
    hessian = (table.T[None, :, :] * slopes[:, None, :]) @ table
    ridge = RIDGE * np.maximum(np.trace(hessian, axis1=1, axis2=2), np.finfo(float).tiny)
    hessian = hessian + ridge[:, None, None] * np.eye(table.shape[1])
    return np.asarray(np.linalg.solve(hessian, gaps[:, :, None])[:, :, 0])


def _check_met(
    gaps: FloatArray, sums: FloatArray, auxiliaries: Auxiliaries, distance: Distance
) -> None:
    worst = int(np.abs(gaps).max(axis=1).argmax())
    if np.abs(gaps[worst]).max() <= GOOD:
        return
    _raise_infeasible(sums[worst], auxiliaries, distance)
    _raise_missed(auxiliaries, int(np.abs(gaps[worst]).argmax()))


def _raise_infeasible(sums: FloatArray, auxiliaries: Auxiliaries, distance: Distance) -> None:
    """Raise `Problem` where no factors within the bounds meet the totals; a linear programme."""
    floor = distance.low if distance.name != RAKING else 0.0
    found = linprog(
        np.zeros(len(sums)),
        A_eq=(auxiliaries.table * sums[:, None]).T / sums.sum(),
        b_eq=auxiliaries.totals / sums.sum(),
        bounds=(None if np.isinf(floor) else floor,
                None if np.isinf(distance.high) else distance.high),
    )  # fmt: skip
    if found.status == 2:
        raise Problem(
            N_("no factors from {low} to {high} can meet all the totals; widen the bounds or "
               "unite categories"),
            low=floor, high=distance.high,
        )  # fmt: skip


def _raise_missed(auxiliaries: Auxiliaries, variable: int) -> None:
    raise Problem(
        N_("the weights do not come to the total {total} of {name}; unite categories"),
        total=float(auxiliaries.totals[variable]), name=auxiliaries.names[variable],
    )  # fmt: skip
