"""Columns of a data file as codes and numbers; what cannot be one is named by its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sampling.problems import N_, Problem, Problems

Labels = Sequence[Any] | npt.NDArray[Any] | pd.Series
Codes = npt.NDArray[np.intp]

TOLD = 20
"""Of faulty rows this many are named, the rest counted."""


def row_name(row: int) -> str:
    """Return how a row (0 to n - 1) is named where the caller knows no better."""
    return f"row {row + 1}"


def factorize(labels: Labels) -> tuple[Codes, npt.NDArray[Any]]:
    """Return (n,) codes in the labels' order and the labels; a missing or blank one has code -1.

    >>> codes, labels = factorize(["b", "a", "", None, "b"])
    >>> codes.tolist(), labels.tolist()
    ([1, 0, -1, -1, 1], ['a', 'b'])
    """
    values = pd.Series(labels)
    codes, uniques = pd.factorize(values, sort=True)
    codes, found = codes.astype(np.intp, copy=False), np.asarray(uniques)
    if found.dtype.kind == "O" and "" in found:
        place = int(np.flatnonzero(found == "")[0])
        codes = np.where(codes == place, -1, codes - (codes > place))
        found = np.delete(found, place)
    return codes, found


def densify(codes: Codes, bound: int) -> tuple[Codes, Codes]:
    """Return (n,) the codes renumbered 0, 1, … in their order, and the codes that occur.

    `bound` is above all codes; a table of that length is made where that is cheaper than sorting.
    """
    if bound > 8 * len(codes) + 1_000_000:
        dense, found = pd.factorize(codes, sort=True)
        return dense.astype(np.intp, copy=False), found
    occurs = np.zeros(bound, dtype=np.bool_)
    occurs[codes] = True
    table = np.cumsum(occurs, dtype=np.int32 if bound < 2**31 else np.int64)
    return table[codes].astype(np.intp) - 1, np.flatnonzero(occurs)


def nest(parents: Codes, codes: Codes) -> tuple[Codes, Codes]:
    """Return (n,) clusters numbered parent after parent, and (C,) the parent of each cluster.

    The same code under two parents is two clusters.

    >>> nested, parent_of = nest(np.array([0, 0, 1]), np.array([0, 1, 1]))
    >>> nested.tolist(), parent_of.tolist()
    ([0, 1, 2], [0, 0, 1])
    """
    width = int(codes.max()) + 1
    dense, found = densify(parents * width + codes, (int(parents.max()) + 1) * width)
    return dense, found // width


def nest_rows(parents: Codes) -> tuple[Codes, Codes]:
    """Return what `nest` gives where each row is its own cluster.

    >>> nested, parent_of = nest_rows(np.array([1, 0, 1]))
    >>> nested.tolist(), parent_of.tolist()
    ([1, 0, 2], [0, 1, 1])
    """
    # Sixteen bits are sorted in linear time.
    narrow = parents.astype(np.uint16) if parents.max() < 2**16 else parents
    order = np.argsort(narrow, kind="stable")
    nested = np.empty(len(parents), dtype=np.intp)
    nested[order] = np.arange(len(parents))
    return nested, parents[order]


def numbers(column: Labels) -> npt.NDArray[np.float64]:
    """Return (n,) the column as numbers; what is none becomes NaN."""
    return np.asarray(pd.to_numeric(pd.Series(column), errors="coerce"), dtype=np.float64)


def raise_rows(
    bad: npt.NDArray[np.bool_], message: str, name: Callable[[int], str], column: Labels
) -> None:
    """Raise Problems that name the rows where `bad` (n,) is True; nothing where there are none.

    `message` is a template that may hold {got}, the row's value in `column`.
    """
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    values = pd.Series(column).astype(object)
    shown = values.where(values.notna() & (values != ""), "''")
    problems = [Problem(message, where=name(int(row)), got=shown.iloc[row]) for row in rows[:TOLD]]
    if len(rows) > TOLD:
        problems.append(Problem(N_("and {count} rows more"), count=len(rows) - TOLD))
    raise Problems(problems)
