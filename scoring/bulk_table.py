"""Many schools as columns of whole numbers: what a nation's table becomes before it is judged.

A spreadsheet or Parquet file keeps binary doubles. A double that comes from a decimal of at most
15 digits is taken for that decimal, whole columns at a time, and proved to be it: n / 10^d is
rounded correctly for n below 2^53, so if it gives the double back, the double stands for n / 10^d.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from sampling.problems import N_, Problem
from scoring.figures import read_cell
from scoring.rule_set import RuleSet
from scoring.schools import COMPULSORY, KINDS, SECTIONS, School

Whole = NDArray[np.int64] | NDArray[np.object_]
"""Whole numbers: 64 bits where they fit, else Python's own."""
Flags = NDArray[np.bool_]

KIND_CODES = tuple(KINDS)
MOST_DECIMALS = 6
SAFE_DIGITS = 10**15
"""Below this a double has one decimal of at most 15 digits and no other."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A column of amounts: `whole` / `scale`, exact, where `is_given`; 0 elsewhere."""

    whole: Whole
    scale: int
    is_given: Flags


@dataclass(frozen=True, slots=True)
class BulkSchools:
    """Schools of many counties, a row each; all columns have the same length.

    `county` numbers the counties from 0, `kind` is a position in `KIND_CODES`, `pupils` is by
    section, `amounts` by column of the school table (``rooms_m2``, ``primary_degree_teachers``).
    """

    n_counties: int
    county: NDArray[np.intp]
    kind: NDArray[np.intp]
    pupils: Mapping[str, NDArray[np.int64]]
    amounts: Mapping[str, Amount]


def amount_columns(rule_set: RuleSet) -> tuple[str, ...]:
    """Return the names of the columns that a rule set's indicators are measured from."""
    return tuple(
        name
        for indicator in rule_set.indicators
        for name in (
            (indicator.id,) if indicator.shared else [f"{s}_{indicator.id}" for s in COMPULSORY]
        )
    )


def read_columns(columns: Mapping[str, NDArray[np.generic]], rule_set: RuleSet) -> BulkSchools:
    """Return the schools of a table given by columns.

    Parameters
    ----------
    columns
        ``county``: whole numbers from 0, dense. ``kind``: codes of `KINDS` as text.
        ``primary_pupils``, ``junior_pupils``, ``senior_pupils``: whole numbers from 0. The amounts
        of `amount_columns`: numbers from 0, NaN where nobody gave one.

    Raises `Problem` naming the column for anything else.
    """
    county = np.asarray(_column(columns, "county"), dtype=np.intp)
    amounts = {
        name: read_amount(np.asarray(_column(columns, name), dtype=float), name)
        for name in amount_columns(rule_set)
    }
    return BulkSchools(
        n_counties=int(county.max(initial=-1)) + 1,
        county=county,
        kind=_kinds(np.asarray(_column(columns, "kind"))),
        pupils={s: _pupils(_column(columns, f"{s}_pupils"), f"{s}_pupils") for s in SECTIONS},
        amounts=amounts,
    )


def read_schools(counties: Sequence[Sequence[School]], rule_set: RuleSet) -> BulkSchools:
    """Return the schools of several counties, each a list as the engines take it."""
    schools = [school for county in counties for school in county]
    sizes = [len(county) for county in counties]
    amounts = {}
    for indicator in rule_set.indicators:
        if indicator.shared:
            amounts[indicator.id] = _scaled([school.shared.get(indicator.id) for school in schools])
        else:
            for stage in COMPULSORY:
                given = [school.teachers[stage].get(indicator.id) for school in schools]
                amounts[f"{stage}_{indicator.id}"] = _scaled(given)
    return BulkSchools(
        n_counties=len(counties),
        county=np.repeat(np.arange(len(counties)), sizes),
        kind=np.array([KIND_CODES.index(school.kind) for school in schools], dtype=np.intp),
        pupils={
            section: np.array([school.pupils[section] for school in schools], dtype=np.int64)
            for section in SECTIONS
        },
        amounts=amounts,
    )


def read_amount(values: NDArray[np.float64], name: str = "") -> Amount:
    """Return a column of doubles as the decimals they stand for, NaN as not given.

    >>> amount = read_amount(np.array([4.195, 0.1 + 0.2, np.nan]))
    >>> amount.whole.tolist(), amount.scale
    ([4195, 300, 0], 1000)
    """
    is_given = ~np.isnan(values)
    plain = np.where(is_given, values, 0.0)
    if not (np.isfinite(plain) & (plain >= 0)).all():
        raise Problem(N_("column {column!r}: expected numbers from 0 up"), column=name)
    exact = _whole_numbers(plain)
    if exact is None:
        # A few cells that a formula has left with 17 digits must not slow a column down.
        is_long = np.rint(plain * 10**MOST_DECIMALS) / 10**MOST_DECIMALS != plain
        plain[is_long] = [float(read_cell(repr(value))) for value in plain[is_long].tolist()]
        exact = _whole_numbers(plain)
    if exact is not None:
        return Amount(*exact, is_given)
    given = zip(plain.tolist(), is_given.tolist(), strict=True)
    return _scaled([read_cell(repr(value)) if is_in else None for value, is_in in given])


def _whole_numbers(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], int] | None:
    """Return values over a power of ten, None where some have more decimals or digits."""
    for decimals in range(MOST_DECIMALS + 1):
        scale = 10**decimals
        whole = np.rint(values * scale)
        if (whole < SAFE_DIGITS).all() and (whole / scale == values).all():
            return whole.astype(np.int64), scale
    return None


def _scaled(values: Sequence[Fraction | None]) -> Amount:
    """Return fractions over their common denominator, in 64 bits where they fit."""
    scale = lcm(*(value.denominator for value in values if value is not None))
    whole = [0 if v is None else v.numerator * (scale // v.denominator) for v in values]
    is_given = np.array([value is not None for value in values], dtype=bool)
    if max(whole, default=0) < SAFE_DIGITS:
        return Amount(np.array(whole, dtype=np.int64), scale, is_given)
    return Amount(np.array(whole, dtype=np.object_), scale, is_given)


def _column(columns: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.generic]:
    if name not in columns:
        raise Problem(N_("column {column!r} is missing"), column=name)
    return columns[name]


def _kinds(names: NDArray[np.generic]) -> NDArray[np.intp]:
    kind = np.full(len(names), -1, dtype=np.intp)
    for code, name in enumerate(KIND_CODES):
        kind[names == name] = code
    if (kind < 0).any():
        raise Problem(N_("column {column!r}: expected codes of kinds of schools"), column="kind")
    return kind


def _pupils(values: NDArray[np.generic], name: str) -> NDArray[np.int64]:
    counts = np.asarray(values, dtype=float)
    whole: NDArray[np.float64] = np.rint(np.nan_to_num(counts, nan=-1.0))
    if not ((whole == counts) & (whole >= 0) & (whole < SAFE_DIGITS)).all():
        raise Problem(N_("column {column!r}: expected whole numbers from 0 up"), column=name)
    return whole.astype(np.int64)
