"""Auxiliary variables (辅助变量): what is known of the population, and what each row adds to it.

Weights are made to agree with known totals of these variables. Rows that are alike in all of
them share a *pattern*, and everything that follows is done once for a pattern: a survey of
millions of rows with a few margins has some dozens of patterns.
References: Deville and Särndal, JASA 87 (1992), 376-382; Särndal, Swensson and Wretman, Model
Assisted Survey Sampling (1992), chapter 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from sampling.problems import N_, Problem
from scoring.columns import densify
from scoring.sample_design import FloatArray, IntArray

AGREE = 1e-9
"""Margins whose sums differ by more, relatively, disagree."""


@dataclass(frozen=True, slots=True)
class Auxiliaries:
    """Auxiliary variables of a sample and their totals in the population.

    patterns
        (n,) the pattern of each row, 0 to C - 1.
    table
        (C, p) the variables of each pattern.
    totals
        (p,) the known totals of the variables.
    names
        p names for people, as ``"area = urban"``.
    blocks
        Where the variables are margins (边际): the first and the last-but-one column of each, so
        that within a block each pattern has one 1 and else 0. Empty for other variables.
    """

    patterns: IntArray
    table: FloatArray
    totals: FloatArray
    names: tuple[str, ...]
    blocks: tuple[tuple[int, int], ...] = ()

    def sum_patterns(self, weights: FloatArray) -> FloatArray:
        """Return (C,) the sum of the weights (n,) in each pattern."""
        return np.asarray(np.bincount(self.patterns, weights, len(self.table)), dtype=np.float64)


def read_margins(
    columns: Mapping[str, Sequence[str]], targets: Mapping[str, Mapping[str, float]]
) -> Auxiliaries:
    """Return the auxiliaries of margins: each variable's categories and people in each of them.

    Parameters
    ----------
    columns
        Of each variable, the category of each row.
    targets
        Of each variable, the known number of people in each category.

    Raises `Problem` for a category without a target, a target without rows, a target that is not
    above 0, and for margins that do not add up to the same number; with the names.

    >>> area = {"area": ["urban", "rural", "rural"]}
    >>> found = read_margins(area, {"area": {"urban": 40, "rural": 60}})
    >>> found.names, found.totals.tolist(), found.patterns.tolist()
    (('area = urban', 'area = rural'), [40.0, 60.0], [0, 1, 1])
    """
    _check_targets(targets)
    _check_columns(columns, targets)
    coded = [_code_margin(name, columns, list(target)) for name, target in targets.items()]
    sizes = [len(target) for target in targets.values()]
    patterns, kinds = number_rows(coded, sizes)
    ends = np.cumsum([0, *sizes]).tolist()
    return Auxiliaries(
        patterns=patterns,
        table=np.hstack([np.eye(k)[kind] for kind, k in zip(kinds, sizes, strict=True)]),
        totals=np.array([float(x) for target in targets.values() for x in target.values()]),
        names=tuple(f"{name} = {label}" for name, target in targets.items() for label in target),
        blocks=tuple(pairwise(ends)),
    )


def read_covariates(columns: Mapping[str, FloatArray], totals: Mapping[str, float]) -> Auxiliaries:
    """Return the auxiliaries of measured variables, one number a row, with known totals.

    A column of ones with the number of people as its total is the intercept. Raises `Problem`
    for a variable without a column, and for a value or a total that is not a finite number.
    """
    _check_columns(columns, totals)
    table = np.column_stack([np.asarray(columns[name], dtype=np.float64) for name in totals])
    _check_finite(table, list(totals))
    given = np.array([float(total) for total in totals.values()])
    for name, total in zip(totals, given.tolist(), strict=True):
        if not np.isfinite(total):
            raise Problem(N_("the total of {name} is not a number"), name=name)
    return Auxiliaries(np.arange(len(table)), table, given, tuple(totals))


def join(first: Auxiliaries, second: Auxiliaries) -> Auxiliaries:
    """Return the auxiliaries of the same rows with the variables of both."""
    sizes = [len(first.table), len(second.table)]
    patterns, (left, right) = number_rows([first.patterns, second.patterns], sizes)
    shift = first.table.shape[1]
    both_margins = first.blocks and second.blocks
    return Auxiliaries(
        patterns=patterns,
        table=np.hstack([first.table[left], second.table[right]]),
        totals=np.concatenate([first.totals, second.totals]),
        names=first.names + second.names,
        blocks=first.blocks + tuple((a + shift, b + shift) for a, b in second.blocks)
        if both_margins
        else (),
    )


def number_rows(
    columns: Sequence[IntArray], sizes: Sequence[int]
) -> tuple[IntArray, list[IntArray]]:
    """Return (n,) one number for each row, and of each column the codes of those numbers.

    Rows with the same codes in all columns have the same number; numbers follow the codes'
    order, the first column first. Column j holds codes from 0 to sizes[j] - 1.

    >>> number, kinds = number_rows([np.array([1, 0, 1]), np.array([2, 0, 2])], [2, 3])
    >>> number.tolist(), [kind.tolist() for kind in kinds]
    ([1, 0, 1], [[0, 1], [0, 2]])
    """
    shape = tuple(sizes)
    if float(np.prod([float(size) for size in sizes])) >= 2**62:
        raise Problem(N_("too many combinations of categories to tell apart"))
    mixed = np.ravel_multi_index(tuple(columns), shape)
    numbers, found = densify(mixed, int(np.prod(shape)))
    return numbers, [np.asarray(kind, dtype=np.intp) for kind in np.unravel_index(found, shape)]


def _check_columns(columns: Mapping[str, Sized], names: Iterable[str]) -> None:
    """Raise `Problem` unless all named columns are there, with the same number of rows."""
    for name in names:
        if name not in columns:
            raise Problem(N_("there is no column {column!r}"), column=name)
    lengths = {name: len(columns[name]) for name in names}
    if len(set(lengths.values())) > 1:
        raise Problem(N_("the columns differ in length: {lengths}"), lengths=str(lengths))


def _check_targets(targets: Mapping[str, Mapping[str, float]]) -> None:
    if not targets:
        raise Problem(N_("expected at least one margin, got none"))
    for name, target in targets.items():
        for label, total in target.items():
            if not (np.isfinite(total) and total > 0):
                raise Problem(
                    N_("the target of {name} = {label} must be above 0, got {got}"),
                    name=name, label=label, got=total,
                )  # fmt: skip
    _check_sums({name: float(sum(target.values())) for name, target in targets.items()})


def _check_sums(sums: Mapping[str, float]) -> None:
    (first, expected), *others = sums.items()
    for name, total in others:
        if abs(total - expected) > AGREE * expected:
            raise Problem(
                N_("the margins disagree: {first} adds up to {expected}, {name} to {got}"),
                first=first, expected=expected, name=name, got=total,
            )  # fmt: skip


def _code_margin(name: str, columns: Mapping[str, Sequence[str]], labels: list[str]) -> IntArray:
    """Return the place of each row's category among the labels; all rows and labels are used."""
    kinds, found = pd.factorize(np.asarray(columns[name], dtype=object))
    places = {label: place for place, label in enumerate(labels)}
    of_kinds = np.array([places.get(label, -1) for label in found], dtype=np.intp)
    codes = np.where(kinds < 0, -1, of_kinds[kinds])
    strange = np.flatnonzero(codes < 0)
    if strange.size:
        row = int(strange[0])
        raise Problem(
            N_("row {row}: {name} = {label!r} has no target"),
            row=row + 1, name=name, label=columns[name][row],
        )  # fmt: skip
    empty = np.flatnonzero(np.bincount(codes, minlength=len(labels)) == 0)
    if empty.size:
        raise Problem(
            N_("no row has {name} = {label}, which has a target; unite it with another category"),
            name=name, label=labels[int(empty[0])],
        )  # fmt: skip
    return codes


def _check_finite(table: FloatArray, names: Sequence[str]) -> None:
    rows, columns = np.nonzero(~np.isfinite(table))
    if rows.size:
        raise Problem(
            N_("row {row}: {name} is not a number"),
            row=int(rows[0]) + 1, name=names[int(columns[0])],
        )  # fmt: skip
