"""What a set of weights looks like: range, quantiles, and what its unevenness costs.

Reference: Kish, Survey Sampling (1965), 11.7: weights that have nothing to do with the answers
multiply the variance by 1 + cv^2, cv being their coefficient of variation (变异系数).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.sample_design import FloatArray

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
AT_BOUND = 1e-9


@dataclass(frozen=True, slots=True)
class WeightDiagnostics:
    """A description of weights.

    quantiles
        Pairs of share and weight; between two weights by interpolation.
    kish_deff, n_kish
        1 + cv^2, and the number of weights over it.
    smallest_factor, largest_factor
        Of the weights over those before; 1 where none were given.
    at_low, at_high
        How many factors stand at the bounds of a calibration.
    """

    n: int
    total: float
    smallest: float
    largest: float
    quantiles: tuple[tuple[float, float], ...]
    kish_deff: float
    n_kish: float
    smallest_factor: float
    largest_factor: float
    at_low: int
    at_high: int


def describe_weights(
    weights: FloatArray,
    before: FloatArray | None = None,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> WeightDiagnostics:
    """Return the description of (n,) weights, with the factors on those `before` if given.

    Raises `Problem` where there are no weights.

    >>> found = describe_weights(np.array([1.0, 1.0, 2.0]))
    >>> found.kish_deff, round(found.n_kish, 4)
    (1.125, 2.6667)
    """
    if not len(weights):
        raise Problem(N_("expected at least one weight, got none"))
    factors = np.ones(1) if before is None else weights / before
    deff = len(weights) * float((weights**2).sum()) / float(weights.sum()) ** 2
    low, high = bounds
    return WeightDiagnostics(
        n=len(weights),
        total=float(weights.sum()),
        smallest=float(weights.min()),
        largest=float(weights.max()),
        quantiles=tuple((q, float(np.quantile(weights, q))) for q in QUANTILES),
        kish_deff=deff,
        n_kish=len(weights) / deff,
        smallest_factor=float(factors.min()),
        largest_factor=float(factors.max()),
        at_low=int((factors <= low + AT_BOUND).sum()),
        at_high=int((factors >= high - AT_BOUND).sum()),
    )
