"""Representativity of response: the R-indicator and partial R-indicators.

References: Schouten, Cobben and Bethlehem, Survey Methodology 35 (2009), 101-113: R = 1 - 2 S of
the response propensities. Schouten, Shlomo and Skinner, Journal of Official Statistics 27 (2011),
231-253: partial indicators. Shlomo, Skinner and Schouten, Journal of Statistical Planning and
Inference 142 (2012), 201-211: the bias of S squared. Propensities are those of known classes:
response that is selective within them, or by the opinion itself, stays unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.response_propensities import (
    Propensities,
    ResponseClass,
    Vector,
    fit_propensities,
    sizes_of,
)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of an axis.

    `unconditional` is below 0 where the level answered less than all together; `conditional` is
    what it adds to the spread within classes that are alike on all other axes.
    """

    name: str
    propensity: float
    unconditional: float
    conditional: float


@dataclass(frozen=True, slots=True)
class Axis:
    """Partial indicators of one axis: spread between its levels, and within all other axes."""

    name: str
    unconditional: float
    conditional: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Representativity:
    """How evenly the issued people answered.

    indicator
        R = 1 - 2 S: 1 where all propensities are equal, 0 (but for 1 / N) where half the people
        always answer and half never do.
    adjusted
        The same with S squared less its bias; at most 1.
    spread
        S, the standard deviation of the propensities over the population.
    propensity
        Their mean: the weighted response rate.
    bias_bound
        S over twice the mean: the standardised bias of a mean is at most this where the classes
        explain all response (Schouten, Cobben and Bethlehem 2009, section 3).
    """

    model: str
    indicator: float
    adjusted: float
    spread: float
    propensity: float
    bias_bound: float
    axes: tuple[Axis, ...]


def measure_representativity(
    classes: Sequence[ResponseClass], axes: Sequence[str], model: str = "saturated"
) -> Representativity:
    """Return the R-indicator of the response of `classes`, whose levels belong to `axes`.

    S^2 = 1 / (N - 1) sum_k N_k (rho_k - mean)^2 over the classes, N_k people in class k.

    The bias adjustment takes away what estimated propensities add to S^2 over repeated response
    of the same issued people: sum_k N_k / (N - 1) Var(rho_k) - N / (N - 1) Var(mean). It is exact
    for the saturated model and of first order for main effects. The sizes N_k are known here, so
    no term for drawing the people stands beside it. No standard error is given.

    Raises `Problem` for classes that no propensity can be fitted to (`fit_propensities`) and for
    names that do not fit the levels.

    >>> classes = [ResponseClass(("urban",), 51, 39), ResponseClass(("rural",), 50, 20)]
    >>> round(measure_representativity(classes, ["area"]).indicator, 3)
    0.633
    """
    fitted = fit_propensities(classes, model)
    if len(axes) != len(classes[0].levels) or len(set(axes)) < len(axes):
        raise Problem(
            N_("expected the names of {number} different axes, got {got}"),
            number=len(classes[0].levels),
            got=", ".join(axes) or "-",
        )
    sizes = sizes_of(classes)
    mean = _mean(fitted.values, sizes)
    variance = _spread(fitted.values - mean, sizes, sizes.sum())
    unbiased = max(0.0, variance - _bias(fitted, sizes))
    return Representativity(
        model=model,
        indicator=1 - 2 * variance**0.5,
        adjusted=1 - 2 * unbiased**0.5,
        spread=variance**0.5,
        propensity=mean,
        bias_bound=variance**0.5 / (2 * mean) if mean else float("inf"),
        axes=tuple(
            _axis(name, number, classes, fitted.values, sizes) for number, name in enumerate(axes)
        ),
    )


def _bias(fitted: Propensities, sizes: Vector) -> float:
    N = sizes.sum()
    own = sizes @ np.diag(fitted.covariance) / (N - 1)
    of_the_mean = sizes @ fitted.covariance @ sizes / N**2
    return float(own - of_the_mean * N / (N - 1))


def _axis(
    name: str, number: int, classes: Sequence[ResponseClass], rho: Vector, sizes: Vector
) -> Axis:
    N, mean = float(sizes.sum()), _mean(rho, sizes)
    own = [each.levels[number] for each in classes]
    others = [each.levels[:number] + each.levels[number + 1 :] for each in classes]
    within = rho - _means_by(others, rho, sizes)
    levels = tuple(
        _level(level, np.array([each == level for each in own]), rho, within, sizes)
        for level in dict.fromkeys(own)
    )
    return Axis(
        name=name,
        unconditional=_spread(_means_by(own, rho, sizes) - mean, sizes, N) ** 0.5,
        conditional=_spread(within, sizes, N) ** 0.5,
        levels=levels,
    )


def _level(name: str, is_in: Vector, rho: Vector, within: Vector, sizes: Vector) -> Level:
    """A level's parts; over the levels of an axis their squares add up to the axis's squared."""
    N, own = float(sizes.sum()), sizes[is_in]
    propensity = _mean(rho[is_in], own)
    return Level(
        name=name,
        propensity=propensity,
        unconditional=float(own.sum() / (N - 1)) ** 0.5 * (propensity - _mean(rho, sizes)),
        conditional=_spread(within[is_in], own, N) ** 0.5,
    )


def _mean(values: Vector, sizes: Vector) -> float:
    return float(values @ sizes / sizes.sum())


def _spread(deviations: Vector, sizes: Vector, N: float) -> float:
    return float(sizes @ deviations**2 / (N - 1))


def _means_by(keys: Iterable[object], values: Vector, sizes: Vector) -> Vector:
    """Return for each class the mean over all classes with the same key."""
    _, codes = np.unique([repr(key) for key in keys], return_inverse=True)
    means = np.bincount(codes, values * sizes) / np.bincount(codes, sizes)
    return np.asarray(means[codes], dtype=np.float64)
