"""Raking (多边际加权): weights that add up to several margins, by iterative proportional fitting.

Each margin in turn is scaled to its targets until all hold. Where it converges the weights are
those of calibration with the raking distance, and the variance is that of calibration.
References: Deming and Stephan, Annals of Mathematical Statistics 11 (1940), 427-444; Deville,
Särndal and Sautory, JASA 88 (1993), 1013-1020.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.auxiliaries import Auxiliaries, read_margins
from scoring.calibration import CalibratedWeights, calibrate
from scoring.sample_design import FloatArray


@dataclass(frozen=True, slots=True)
class Raking:
    """Iterative proportional fitting through the cells that the margins cross in.

    tolerance
        The largest relative gap between a margin and its target at which it stops.
    sweeps
        The largest number of rounds over all margins.
    """

    tolerance: float = 1e-12
    sweeps: int = 5_000

    @property
    def name(self) -> str:
        """Return what the method is called in records."""
        return "raking"

    def factors(self, sums: FloatArray, auxiliaries: Auxiliaries) -> FloatArray:
        """Return (R, C) the factor of each pattern; all R sets of weights are raked at once.

        Raises `Problem` with the margin that stays away from its target.
        """
        if not auxiliaries.blocks:
            raise Problem(N_("raking needs margins; calibrate with the raking distance instead"))
        factors = np.ones_like(sums)
        for _ in range(self.sweeps):
            gap = _sweep(sums, factors, auxiliaries)
            if gap <= self.tolerance:
                return factors
        _raise_missed(sums * factors, auxiliaries)
        return factors


def rake(
    weights: FloatArray,
    columns: Mapping[str, Sequence[str]],
    targets: Mapping[str, Mapping[str, float]],
    method: Raking | None = None,
) -> CalibratedWeights:
    """Return weights that add up to the targets of every margin.

    Parameters
    ----------
    weights
        (n,) above 0.
    columns, targets
        As in `scoring.auxiliaries.read_margins`.

    Raises `Problem` where margins disagree, where a category with a target has no rows, and
    where no weights above 0 meet all margins; with the names.

    >>> columns = {"sex": ["F", "M", "M"], "area": ["urban", "urban", "rural"]}
    >>> targets = {"sex": {"F": 50, "M": 50}, "area": {"urban": 70, "rural": 30}}
    >>> rake(np.ones(3), columns, targets).weights.round(9).tolist()
    [50.0, 20.0, 30.0]
    """
    return calibrate(weights, read_margins(columns, targets), method or Raking())


def _sweep(sums: FloatArray, factors: FloatArray, auxiliaries: Auxiliaries) -> float:
    """Scale `factors` to each margin in turn; return the largest relative gap met on the way."""
    largest = 0.0
    for first, end in auxiliaries.blocks:
        margin = auxiliaries.table[:, first:end]
        reached = (sums * factors) @ margin
        if not reached.all():
            _raise_empty(reached, auxiliaries, first)
        scale = auxiliaries.totals[first:end] / reached
        largest = max(largest, float(np.abs(scale - 1).max()))
        factors *= scale @ margin.T
    return largest


def _raise_empty(reached: FloatArray, auxiliaries: Auxiliaries, first: int) -> None:
    column = int(np.argwhere(reached == 0)[0][1])
    raise Problem(
        N_("no weight is left in {name}, which has a target; unite it with another category"),
        name=auxiliaries.names[first + column],
    )


def _raise_missed(sums: FloatArray, auxiliaries: Auxiliaries) -> None:
    gaps = np.abs(sums @ auxiliaries.table / auxiliaries.totals - 1)
    row, column = np.unravel_index(int(gaps.argmax()), gaps.shape)
    raise Problem(
        N_("raking does not settle: {name} comes to {got} in place of {total}; unite categories"),
        name=auxiliaries.names[int(column)],
        got=round(float((sums[row] @ auxiliaries.table)[column]), 3),
        total=float(auxiliaries.totals[column]),
    )
