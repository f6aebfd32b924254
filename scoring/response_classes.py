"""Weights for who did not answer (单元无回答), by classes of people alike in what is known of all.

Within a class those who answered stand for everybody issued: their weights are multiplied by the
class's weight over the weight of its respondents. It removes the bias of non-response as far as
respondents and non-respondents of a class think alike. Classes with too few respondents, or with
too large a factor, are united with the one most like them in response.

A released reserve is a new case: it has its own weight as everybody issued in its stratum has,
and the person it stands in for remains a non-respondent.
References: Oh and Scheuren, in Incomplete Data in Sample Surveys 2 (1983), 143-184; Little,
International Statistical Review 54 (1986), 139-157; Kalton and Flores-Cervantes, Journal of
Official Statistics 19 (2003), 81-97, for collapsing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd

from sampling.problems import N_, Problem
from scoring.sample_design import BoolArray, FloatArray, IntArray

Labels = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassLimits:
    """When a class is too small to stand alone.

    minimum_respondents
        From 1 up.
    maximum_factor
        From 1 up.
    kept
        How many of the leading axes are never united across: 1 keeps the categories apart.
    """

    minimum_respondents: int
    maximum_factor: Fraction
    kept: int = 1

    def __post_init__(self) -> None:
        if self.minimum_respondents < 1 or self.maximum_factor < 1 or self.kept < 0:
            raise Problem(N_("a class needs at least 1 respondent and a factor of at least 1"))


@dataclass(frozen=True, slots=True)
class ResponseClass:
    """One class after uniting: `cells` are the classes asked for that it is made of.

    issued, respondents
        People.
    factor
        The weight of the issued over the weight of the respondents.
    message
        Why it unites several, or stands short of the limits; empty where neither. An English
        template that `values` fill in; `why` is the sentence.
    """

    cells: tuple[Labels, ...]
    issued: int
    respondents: int
    factor: float
    message: str
    values: Mapping[str, str | int]

    @property
    def why(self) -> str:
        """Return the reason in words."""
        return self.message.format(**self.values)


@dataclass(frozen=True, slots=True)
class AdjustedWeights:
    """Weights after adjustment: 0 for whoever did not answer; `classes` as they were used."""

    weights: FloatArray
    classes: tuple[ResponseClass, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    cells: tuple[int, ...]
    issued: int
    respondents: int
    weight: float
    answered: float

    @property
    def factor(self) -> float:
        return self.weight / self.answered if self.answered else np.inf

    def unite(self, other: _Group) -> _Group:
        return _Group(
            tuple(sorted(self.cells + other.cells)),
            self.issued + other.issued,
            self.respondents + other.respondents,
            self.weight + other.weight,
            self.answered + other.answered,
        )


def issued_weights(strata: Sequence[str], people: Mapping[str, int]) -> FloatArray:
    """Return (n,) the weight of each issued case: people over cases issued in its stratum.

    Every person drawn and every reserve released is a case. Raises `Problem` for a stratum whose
    people are not given or are fewer than the cases issued in it.

    >>> issued_weights(["parent", "parent", "teacher"], {"parent": 100, "teacher": 30}).tolist()
    [50.0, 50.0, 30.0]
    """
    codes, names = pd.factorize(np.asarray(strata, dtype=object))
    issued = np.bincount(codes, minlength=len(names))
    for name, n in zip(names, issued.tolist(), strict=True):
        if people.get(name, 0) < n:
            raise Problem(
                N_("stratum {stratum}: {issued} cases issued, but {people} people"),
                stratum=name, issued=n, people=people.get(name, 0),
            )  # fmt: skip
    size = np.array([float(people[name]) for name in names])
    return np.asarray((size / issued)[codes])


def adjust_for_nonresponse(
    weights: FloatArray, responded: BoolArray, axes: Sequence[Sequence[str]], limits: ClassLimits
) -> AdjustedWeights:
    """Return the respondents' weights, raised to stand for all eligible cases of their class.

    Parameters
    ----------
    weights
        (n,) of all eligible cases issued, above 0. Who is found not eligible is left out.
    responded
        (n,) whether the case gave an answer.
    axes
        What defines a class, the weightiest first: categories, areas, bands. Classes are united
        along the last axis first.

    Raises `Problem` where nobody answered in a class that may not be united with another.

    >>> limits = ClassLimits(minimum_respondents=1, maximum_factor=Fraction(3))
    >>> area = ["urban", "urban", "rural", "rural"]
    >>> answered = np.array([True, False, True, True])
    >>> adjust_for_nonresponse(np.full(4, 10.0), answered, [area], limits).weights.tolist()
    [20.0, 0.0, 10.0, 10.0]
    """
    codes, cells = _number_cells(axes)
    groups = _count_cells(codes, len(cells), weights, responded)
    for level in range(len(axes) - 1, limits.kept - 1, -1):
        groups = _unite_level(groups, cells, level, limits)
    _check_answered(groups, cells)
    factors = np.empty(len(cells))
    for group in groups:
        factors[list(group.cells)] = group.factor
    return AdjustedWeights(
        np.where(responded, weights * factors[codes], 0.0),
        tuple(_describe(group, cells, limits) for group in groups),
    )


def _number_cells(axes: Sequence[Sequence[str]]) -> tuple[IntArray, list[Labels]]:
    """Return the number of each row's cell and the cells' labels, sorted."""
    frame = pd.MultiIndex.from_arrays([np.asarray(axis, dtype=object) for axis in axes])
    codes, found = pd.factorize(frame, sort=True)
    return np.asarray(codes, dtype=np.intp), [tuple(map(str, labels)) for labels in found]


def _count_cells(
    codes: IntArray, cells: int, weights: FloatArray, responded: BoolArray
) -> list[_Group]:
    counts = (
        np.bincount(codes, minlength=cells).tolist(),
        np.bincount(codes[responded], minlength=cells).tolist(),
        np.bincount(codes, weights, cells).tolist(),
        np.bincount(codes[responded], weights[responded], cells).tolist(),
    )
    return [_Group((cell,), *row) for cell, row in enumerate(zip(*counts, strict=True))]


def _unite_level(
    groups: list[_Group], cells: Sequence[Labels], level: int, limits: ClassLimits
) -> list[_Group]:
    """Unite short groups with others that agree in the first `level` axes."""
    families: dict[Labels, list[_Group]] = {}
    for group in groups:
        families.setdefault(cells[group.cells[0]][:level], []).append(group)
    return [
        group
        for family in families.values()
        for group in _unite_family(family, lambda group: _is_short(group, limits))
    ]


def _unite_family(family: list[_Group], is_short: Callable[[_Group], bool]) -> list[_Group]:
    while len(family) > 1:
        short = [group for group in family if is_short(group)]
        if not short:
            break
        first = min(short, key=lambda group: (group.respondents, group.cells))
        others = [group for group in family if group is not first]
        nearest = min(others, key=lambda other: (_distance(first, other), other.cells))
        united = first.unite(nearest)
        family = sorted(
            [united, *(group for group in others if group is not nearest)],
            key=lambda group: group.cells,
        )
    return family


def _distance(first: _Group, other: _Group) -> float:
    """Return how far apart two groups are in the share of weight that answered."""
    return abs(first.answered / first.weight - other.answered / other.weight)


def _is_short(group: _Group, limits: ClassLimits) -> bool:
    return group.respondents < limits.minimum_respondents or group.factor > float(
        limits.maximum_factor
    )


def _check_answered(groups: Sequence[_Group], cells: Sequence[Labels]) -> None:
    for group in groups:
        if not group.respondents:
            raise Problem(
                N_("nobody of {name} answered: no weight can stand for the {issued} issued"),
                name=_name(group, cells), issued=group.issued,
            )  # fmt: skip


def _describe(group: _Group, cells: Sequence[Labels], limits: ClassLimits) -> ResponseClass:
    values: dict[str, str | int] = {
        "name": _name(group, cells),
        "respondents": group.respondents,
        "minimum": limits.minimum_respondents,
        "maximum": str(limits.maximum_factor),
    }
    return ResponseClass(
        cells=tuple(cells[cell] for cell in group.cells),
        issued=group.issued,
        respondents=group.respondents,
        factor=group.factor,
        message=_message(group, limits),
        values=values,
    )


def _message(group: _Group, limits: ClassLimits) -> str:
    if _is_short(group, limits):
        return N_(
            "{name}: {respondents} respondents and nothing left to unite it with; it stands short "
            "of {minimum} respondents or above the factor {maximum}"
        )
    if len(group.cells) > 1:
        return N_(
            "{name} are one class: one of them alone had fewer than {minimum} respondents or a "
            "factor above {maximum}"
        )
    return ""


def _name(group: _Group, cells: Sequence[Labels]) -> str:
    return " + ".join(" · ".join(cells[cell]) for cell in group.cells)
