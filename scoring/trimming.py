"""Trimming (截尾): weights brought between two limits, their sum kept.

What is cut off the largest weights and given to the smallest is shared out in equal parts among
the weights that lay within the limits. It trades a little bias for less variance, and the totals
of an earlier calibration hold no longer.
References: Potter, Proceedings of the Survey Research Methods Section, ASA (1990), 225-230;
Lumley, Complex Surveys (2010), 7.3. Limits and shares are those of R's `trimWeights`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.sample_design import BoolArray, FloatArray

ROUNDS = 10_000
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class TrimmedWeights:
    """Trimmed weights.

    trimmed
        How many lay outside the limits at the outset.
    outside
        How many lie outside at the end, pushed there by their share; 0 where it was strict.
    """

    weights: FloatArray
    trimmed: int
    outside: int


def trim_weights(
    weights: FloatArray, lower: float, upper: float, *, strict: bool = True
) -> TrimmedWeights:
    """Return the weights brought between `lower` and `upper`, with the same sum.

    A share can push a weight past a limit. Where it is strict, such weights are trimmed in turn
    until none lies outside. Raises `Problem` where the limits leave no room for the sum, and where
    no weight lies within them.

    >>> trim_weights(np.array([1.0, 2.0, 2.0, 7.0]), 1.0, 4.0).weights.tolist()
    [2.0, 3.0, 3.0, 4.0]
    """
    _check_limits(weights, lower, upper)
    trimmed = int(_is_outside(weights, lower, upper).sum())
    for _ in range(ROUNDS):
        outside = _is_outside(weights, lower, upper)
        if not outside.any():
            break
        weights = _share_out(weights, outside, lower, upper)
        if not strict:
            break
    return TrimmedWeights(weights, trimmed, int(_is_outside(weights, lower, upper).sum()))


def _is_outside(weights: FloatArray, lower: float, upper: float) -> BoolArray:
    slack = ROUNDING * upper
    return np.asarray((weights < lower - slack) | (weights > upper + slack))


def _share_out(weights: FloatArray, outside: BoolArray, lower: float, upper: float) -> FloatArray:
    inside = ~outside
    if not inside.any():
        raise Problem(N_("no weight lies between the limits {lower} and {upper}"),
                      lower=lower, upper=upper)  # fmt: skip
    cut = np.clip(weights, lower, upper)
    cut[inside] += (weights - cut).sum() / inside.sum()
    return cut


def _check_limits(weights: FloatArray, lower: float, upper: float) -> None:
    total, n = float(weights.sum()), len(weights)
    if not (0 <= lower < upper and n * lower <= total <= n * upper):
        raise Problem(
            N_("{n} weights from {lower} to {upper} cannot add up to {total}"),
            n=n, lower=lower, upper=upper, total=total,
        )  # fmt: skip
