"""Response propensities of classes of issued people, and their variance.

A class is a combination of what is known of everybody issued (category, area, grade band …).
The saturated model gives each class its own response rate; the main-effects model is a logistic
regression on the classes' axes, fitted by iteratively reweighted least squares (McCullagh and
Nelder, Generalized Linear Models, 2nd ed. 1989, 2.5), design-weighted where weights are given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sampling.problems import N_, Problem

Vector = NDArray[np.float64]
MODELS = ("saturated", "main effects")
MOST_STEPS = 60
CLOSE = 1e-12
FURTHEST = 30.0
"""Of a linear predictor: the propensity is 1e-13 from 0 or 1 there, and goes no further."""


@dataclass(frozen=True, slots=True)
class ResponseClass:
    """Issued people who are alike on every axis: `answered` of `issued`.

    `levels` has one entry per axis, in the same order in all classes. `people` is how many of
    the population they stand for (the sum of their design weights); 0: as many as were issued.
    """

    levels: tuple[str, ...]
    issued: int
    answered: int
    people: float = 0.0

    @property
    def size(self) -> float:
        """What the class counts for."""
        return self.people or float(self.issued)


@dataclass(frozen=True, slots=True, eq=False)
class Propensities:
    """Fitted propensities.

    values
        One per class, 0 to 1.
    covariance
        Their estimated covariance over repeated response of the same issued people.
    """

    values: Vector
    covariance: Vector


def fit_propensities(classes: Sequence[ResponseClass], model: str = "saturated") -> Propensities:
    """Return the response propensities of `classes` under one of `MODELS`.

    Raises `Problem` for no class, two classes with the same levels, levels of different length,
    a class with nobody issued or more answers than people, and, for the saturated model, a class
    with one person issued: it shows no variance, and belongs into a larger class.

    >>> classes = [ResponseClass(("urban",), 40, 30), ResponseClass(("rural",), 40, 20)]
    >>> fit_propensities(classes).values.tolist()
    [0.75, 0.5]
    """
    _check(classes, model)
    return _fit_saturated(classes) if model == "saturated" else _fit_main_effects(classes)


def sizes_of(classes: Sequence[ResponseClass]) -> Vector:
    """Return what each class counts for."""
    return np.array([each.size for each in classes], dtype=np.float64)


def _fit_saturated(classes: Sequence[ResponseClass]) -> Propensities:
    """Rates with their unbiased variance, rho (1 - rho) / (n - 1)."""
    issued, answered = _counts(classes)
    rates = answered / issued
    return Propensities(rates, np.diag(rates * (1 - rates) / (issued - 1)))


def _fit_main_effects(classes: Sequence[ResponseClass]) -> Propensities:
    """Logistic regression with every axis as a factor; covariance by the sandwich."""
    x = _indicators(classes)
    issued, answered = _counts(classes)
    weights = sizes_of(classes) / issued
    values = _solve_logistic(x, issued * weights, answered / issued)
    spread = values * (1 - values)
    slope = spread[:, None] * x
    bread = np.linalg.pinv(x.T @ ((issued * weights * spread)[:, None] * x))
    meat = x.T @ ((issued * weights**2 * spread)[:, None] * x)
    return Propensities(values, slope @ bread @ meat @ bread @ slope.T)


def _solve_logistic(x: Vector, sizes: Vector, rates: Vector) -> Vector:
    """Return fitted values; where an axis separates them, they are 0 or 1 up to 1e-13."""
    predictor = np.log((rates * sizes + 0.5) / (sizes - rates * sizes + 0.5))
    values = _logistic(predictor)
    for _ in range(MOST_STEPS):
        spread = np.maximum(values * (1 - values), 1e-15)
        root = np.sqrt(sizes * spread)
        response = predictor + (rates - values) / spread
        coefficients = np.linalg.lstsq(root[:, None] * x, root * response, rcond=None)[0]
        predictor = np.clip(x @ coefficients, -FURTHEST, FURTHEST)
        before, values = values, _logistic(predictor)
        if np.max(np.abs(values - before)) < CLOSE:
            return values
    raise Problem(N_("the response model does not converge: join small classes"))


def _logistic(predictor: Vector) -> Vector:
    return np.asarray(1 / (1 + np.exp(-predictor)), dtype=np.float64)


def _indicators(classes: Sequence[ResponseClass]) -> Vector:
    """Return a column of ones and one for each level of each axis but its first."""
    columns = [np.ones(len(classes))]
    for axis in range(len(classes[0].levels)):
        levels = [each.levels[axis] for each in classes]
        columns += [
            np.array([level == one for level in levels], dtype=np.float64)
            for one in sorted(set(levels))[1:]
        ]
    return np.column_stack(columns)


def _counts(classes: Sequence[ResponseClass]) -> tuple[Vector, Vector]:
    issued = np.array([each.issued for each in classes], dtype=np.float64)
    answered = np.array([each.answered for each in classes], dtype=np.float64)
    return issued, answered


def _check(classes: Sequence[ResponseClass], model: str) -> None:
    if model not in MODELS:
        raise Problem(
            N_("response model: expected one of {known}, got {got!r}"),
            known=", ".join(MODELS),
            got=model,
        )
    if not classes:
        raise Problem(N_("there is no class to fit response propensities to"))
    if len({each.levels for each in classes}) < len(classes):
        raise Problem(N_("two response classes are the same"))
    least = 2 if model == "saturated" else 1
    for each in classes:
        _check_class(each, least, len(classes[0].levels))


def _check_class(each: ResponseClass, least: int, axes: int) -> None:
    where = " / ".join(each.levels)
    if len(each.levels) != axes:
        raise Problem(
            N_("response class: expected {axes} levels, got {got}"),
            where=where,
            axes=axes,
            got=len(each.levels),
        )
    if each.issued < least or not 0 <= each.answered <= each.issued or each.people < 0:
        raise Problem(
            N_("response class: at least {least} issued are needed, got {answered} of {issued}"),
            where=where,
            least=least,
            answered=each.answered,
            issued=each.issued,
        )
