"""Totals in every replicate: rows are summed to cells once, replicates are matrix products.

A cell is a combination of a code (a domain, or a calibration pattern), the patterns of the
recalibrations and a unit that has rows. Cells that differ in the unit alone have the same
calibration factors, which multiply their common sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scoring.auxiliaries import number_rows
from scoring.cell_totals import runs, sum_rows
from scoring.replication import ReplicateSample, cut
from scoring.sample_design import FloatArray, IntArray

Values = Callable[[IntArray], FloatArray]
"""Returns (r, K) what is to be summed of some rows (r,)."""

PART = 100_000
"""Cells that are summed at a time: bounds the memory, not the result."""


@dataclass(frozen=True, slots=True, eq=False)
class ReplicateCells:
    """Cells in the order of codes, patterns and units.

    rows, row_starts
        Rows whose code is not -1, cell after cell: those of cell c stand from row_starts[c] to
        row_starts[c + 1] - 1.
    starts
        (D + 1,) the cells of code d are starts[d] to starts[d + 1] - 1.
    units, patterns
        (m,) of each cell; one array of patterns for each recalibration.
    """

    rows: IntArray
    row_starts: IntArray
    starts: IntArray
    units: IntArray
    patterns: list[IntArray]

    def sum_rows(self, part: slice, weights: FloatArray, values: Values) -> FloatArray:
        """Return (c, K) the sums of weights (n,) times values over the rows of some cells."""
        starts = self.row_starts[part.start : part.stop + 1]
        rows = self.rows[starts[0] : starts[-1]]
        cells = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
        return sum_rows(cells, len(starts) - 1, weights[rows], values(rows))


def find_cells(sample: ReplicateSample, codes: IntArray, size: int) -> ReplicateCells:
    """Return the cells of `codes` (n,), 0 to size - 1, or -1 for rows that are left out."""
    inside = np.flatnonzero(codes >= 0)
    steps, scheme = sample.recalibrations, sample.replication
    cells, kinds = number_rows(
        [codes[inside], *(step.patterns[inside] for step in steps), scheme.units[inside]],
        [size, *(len(step.factors) for step in steps), len(scheme.base)],
    )
    ends = np.cumsum(np.bincount(cells, minlength=len(kinds[0])))
    return ReplicateCells(
        rows=inside[np.argsort(cells, kind="stable")],
        row_starts=np.concatenate([[0], ends]),
        starts=np.searchsorted(kinds[0], np.arange(size + 1)),
        units=kinds[-1],
        patterns=kinds[1:-1],
    )


def sum_replicates(sample: ReplicateSample, cells: ReplicateCells, values: Values) -> FloatArray:
    """Return (R, D, K) the weighted totals of the values by code in each replicate."""
    n_codes = len(cells.starts) - 1
    of_cells = np.repeat(np.arange(n_codes), np.diff(cells.starts))
    bounds = runs(of_cells, *cells.patterns)
    found = np.zeros((n_codes, sample.replication.replicates, values(cells.rows[:1]).shape[1]))
    for part in cut(0, len(cells.units), PART):
        sums = cells.sum_rows(part, sample.start, values)
        edges = np.unique(np.clip(bounds, part.start, part.stop))
        for first, end in pairwise(edges.tolist()):
            of_run = sample.replication.totals(
                cells.units[first:end], sums[first - part.start : end - part.start]
            )
            for step, patterns in zip(sample.recalibrations, cells.patterns, strict=True):
                of_run *= step.factors[patterns[first], :, None]
            found[of_cells[first]] += of_run
    return found.transpose(1, 0, 2)
