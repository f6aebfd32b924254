"""Domains: the parts of the sample that estimates are made for.

Rows outside a domain are never dropped: they stay in the design and count 0, since how many of a
stratum fall into the domain is itself a chance (Cochran, Sampling Techniques, 3rd ed. 1977, 2.13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sampling.problems import N_, Problem
from scoring.columns import Labels, densify, factorize
from scoring.sample_design import BoolArray, FloatArray, IntArray, SampleDesign


@dataclass(frozen=True, slots=True, eq=False)
class Domains:
    """Parts of the sample without overlap.

    codes
        (n,) domain of each row, 0 to D - 1; -1 in none.
    names
        For each domain its value in each column.
    """

    codes: IntArray
    names: tuple[Mapping[str, str], ...]

    def __len__(self) -> int:
        return len(self.names)


def whole(n: int) -> Domains:
    """Return the one domain that holds all `n` rows."""
    return Domains(np.zeros(n, dtype=np.intp), ({},))


def part(mask: BoolArray, name: Mapping[str, str] | None = None) -> Domains:
    """Return the one domain of the rows where `mask` (n,) is True."""
    return Domains(np.where(mask, 0, -1).astype(np.intp), (name or {},))


def cross_classify(columns: Mapping[str, Labels]) -> Domains:
    """Return the combinations of labels that occur, in the labels' order.

    A row with a blank label is in no domain. Raises Problem where every row has one.

    >>> domains = cross_classify({"area": ["town", "rural", "town"], "band": ["1", "1", ""]})
    >>> domains.codes.tolist(), domains.names[0]
    ([1, 0, -1], {'area': 'rural', 'band': '1'})
    """
    factors = [factorize(column) for column in columns.values()]
    inside = np.logical_and.reduce([codes >= 0 for codes, _ in factors])
    if not inside.any():
        raise Problem(N_("no row has a label in every column of {columns}"), columns=list(columns))
    shape = tuple(len(labels) for _, labels in factors)
    cells = np.ravel_multi_index([codes[inside] for codes, _ in factors], shape)
    dense, found = densify(cells.astype(np.intp, copy=False), int(np.prod(shape)))
    codes = np.full(len(inside), -1, dtype=np.intp)
    codes[inside] = dense
    positions = np.unravel_index(found, shape)
    names = [
        {
            column: str(labels[place[cell]])
            for column, place, (_, labels) in zip(columns, positions, factors, strict=True)
        }
        for cell in range(len(found))
    ]
    return Domains(codes, tuple(names))


def degrees_of_freedom(design: SampleDesign, domains: Domains) -> IntArray:
    """Return (D,) PSUs minus strata that have rows in the domain: its own, not the design's."""
    return _occurring(domains, design.psus, design.n_psus) - _occurring(
        domains, design.psu_strata[design.psus], design.n_strata
    )


def _occurring(domains: Domains, codes: IntArray, bound: int) -> IntArray:
    """Return (D,) how many different `codes` (n,) have rows in each domain."""
    inside = domains.codes >= 0
    _, found = densify(domains.codes[inside] * bound + codes[inside], len(domains) * bound)
    return np.bincount(found // bound, minlength=len(domains))


def is_census(fractions: FloatArray, domains: Domains) -> BoolArray:
    """Return (D,) True where every row of the domain has a sampling fraction (n,) of 1."""
    sampled = (fractions < 1) & (domains.codes >= 0)
    return np.asarray(np.bincount(domains.codes[sampled], minlength=len(domains)) == 0)
