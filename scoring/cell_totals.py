"""Totals by domain and cluster: the data are read once, everything after is small matrices.

A cell is a pair of a domain and a cluster of the last stage that has rows. Cells stand in the
order of domains and, within a domain, of clusters, which is the order of strata: sums over
strata, over clusters of an earlier stage and over domains are sums over neighbours.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array, csr_array

from scoring.columns import densify
from scoring.domains import Domains
from scoring.sample_design import FloatArray, IntArray, SampleDesign

PIECE = 2**13
"""Cells that are worked on together."""


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The cells of a sample.

    clusters
        (m,) last-stage cluster of each cell.
    starts
        (D + 1,) the cells of domain d are starts[d] to starts[d + 1] - 1.
    of_rows
        (n,) cell of each row; -1 where it is in no domain.
    """

    clusters: IntArray
    starts: IntArray
    of_rows: IntArray

    def __len__(self) -> int:
        return len(self.clusters)

    @property
    def domains(self) -> IntArray:
        """(m,) domain of each cell."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def find_cells(design: SampleDesign, domains: Domains, *, every: bool = False) -> Cells:
    """Return the cells that have rows; with `every`, each cluster in each domain."""
    last = design.stages[-1]
    inside = domains.codes >= 0
    codes = domains.codes * last.n_clusters + last.clusters
    bound = len(domains) * last.n_clusters
    of_rows = np.full(design.n, -1, dtype=np.intp)
    if every:
        of_rows[inside] = codes[inside]
        found = np.arange(bound)
    elif inside.all():
        of_rows, found = densify(codes, bound)
    else:
        of_rows[inside], found = densify(codes[inside], bound)
    starts = np.searchsorted(found, np.arange(len(domains) + 1) * last.n_clusters)
    return Cells(found % last.n_clusters, starts, of_rows)


def sum_rows(codes: IntArray, size: int, weights: FloatArray, values: FloatArray) -> FloatArray:
    """Return (size, b) the sums of weights (n,) times values (n, b) over the rows of each code.

    A code of -1 is left out. Sums are taken in the rows' order: same input, same bytes.

    >>> sum_rows(np.array([1, 0, 1]), 2, np.array([1.0, 2.0, 3.0]), np.array([[1.0], [1.0], [0.5]]))
    array([[2. ],
           [2.5]])
    """
    outside = codes < 0
    if outside.any():
        codes, weights = np.where(outside, 0, codes), np.where(outside, 0.0, weights)
    rows = np.arange(len(codes) + 1)
    matrix = csc_array((weights, codes, rows), shape=(size, len(codes)))
    return np.asarray(matrix @ values)


def sum_runs(values: FloatArray, starts: IntArray) -> FloatArray:
    """Return (r, b) the sums of values (m, b) over neighbours: starts[i] to starts[i + 1] - 1."""
    ones = np.ones(len(values))
    matrix = csr_array((ones, np.arange(len(values)), starts), shape=(len(starts) - 1, len(values)))
    return np.asarray(matrix @ values)


def runs(*codes: IntArray) -> IntArray:
    """Return (r + 1,) where runs of equal codes begin, and the end.

    >>> runs(np.array([0, 0, 1, 1]), np.array([5, 6, 6, 6])).tolist()
    [0, 1, 2, 4]
    """
    if not len(codes[0]):
        return np.zeros(1, dtype=np.intp)
    changes = np.logical_or.reduce([np.diff(code) != 0 for code in codes])
    return np.concatenate([[0], np.flatnonzero(changes) + 1, [len(codes[0])]])


def pieces(starts: IntArray) -> Iterator[tuple[slice, slice]]:
    """Yield runs and their cells, as many at a time as stay in the processor's cache.

    `starts` (r + 1,) as `runs` gives them; a run is never cut.

    >>> list(pieces(np.array([0, 3, 5])))
    [(slice(0, 2, None), slice(0, 5, None))]
    """
    wanted = np.arange(PIECE, starts[-1], PIECE)
    bounds = np.unique(np.concatenate([[0], np.searchsorted(starts, wanted), [len(starts) - 1]]))
    for first, end in itertools.pairwise(bounds.tolist()):
        yield slice(first, end), slice(int(starts[first]), int(starts[end]))
