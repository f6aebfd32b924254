"""Shares, means, totals and ratios of survey items by domain, with their variances.

The data are read once and summed to cells of domain and cluster (`cell_totals`); variances come
from the cells by linearisation. References: Cochran, Sampling Techniques (3rd ed. 1977), 6.5 and
11.12; Särndal, Swensson and Wretman, Model Assisted Survey Sampling (1992), 5.5 to 5.8.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sampling.problems import N_, Problem
from scoring.calibrated_influence import Residuals
from scoring.cell_totals import Cells, find_cells, pieces, sum_rows, sum_runs
from scoring.domains import Domains, degrees_of_freedom, is_census, whole
from scoring.estimates import Estimates
from scoring.linearisation import variances
from scoring.sample_design import BoolArray, FloatArray, SampleDesign, row_fractions

Items = npt.NDArray[np.float64] | npt.NDArray[np.integer] | npt.NDArray[np.bool_]

BLOCK = 2**27
"""Bytes that one array of a block of items may take: bounds the memory, not the result."""

CHUNK = 2**13
"""Rows that are looked at together: what stays in the processor's cache."""

NO_VARIANCE = 1e-20
"""Below this share of an item's own variance, a sampling variance is rounding error: 0."""


def estimate_means(design: SampleDesign, items: Items, domains: Domains | None = None) -> Estimates:
    """Return the means of `items` (n, k) by domain: shares where an item holds 0 and 1 only.

    NaN is item non-response: the row leaves numerator and denominator, and stays in the design.
    Raises Problem where an item is infinite or `items` has another number of rows.

    >>> from scoring.sample_design import make_design
    >>> design = make_design(populations=[[8, 8, 8, 8]])
    >>> found = estimate_means(design, np.array([[1], [0], [1], [1]])).at(0, 0)
    >>> found.value, found.variance, found.df
    (0.75, 0.03125, 3)
    """
    return _estimate(design, domains, items, None, is_total=False)


def estimate_totals(
    design: SampleDesign, items: Items, domains: Domains | None = None
) -> Estimates:
    """Return the weighted totals of `items` (n, k) by domain; a row with NaN counts nothing."""
    return _estimate(design, domains, items, None, is_total=True)


def estimate_ratios(
    design: SampleDesign, numerators: Items, denominators: Items, domains: Domains | None = None
) -> Estimates:
    """Return the ratios of the totals of `numerators` to those of `denominators`, both (n, k).

    A row in which either is NaN leaves the pair.
    """
    return _estimate(design, domains, numerators, denominators, is_total=False)


def mean_influence(design: SampleDesign, item: Items, domain: Domains) -> FloatArray:
    """Return (C,) the weighted influence of each last-stage cluster on an item's mean.

    `item` is (n,), `domain` a single domain; differences of estimates vary like the total of the
    differences of these values.
    """
    cells = find_cells(design, domain, every=True)
    block = _filled(item[:, None], None, is_total=False)
    return _linearise(design, cells, _residuals(design, domain), block).influence[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some items, each the quotient of the totals of `y` and `x`, with 0 for NaN.

    `x` and `answered` (n, 1) or (n, b), one column where all items share it. A total has no x
    and the known denominator 1.
    """

    y: FloatArray
    x: FloatArray
    answered: FloatArray
    is_mean: bool
    is_total: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Linearised:
    """Numerator and denominator (D, b or 1) of a block, value (D, b), influence of cells (m, b)."""

    numerator: FloatArray
    denominator: FloatArray
    value: FloatArray
    influence: FloatArray


def _estimate(
    design: SampleDesign,
    domains: Domains | None,
    items: Items,
    denominators: Items | None,
    *,
    is_total: bool,
) -> Estimates:
    domains = whole(design.n) if domains is None else domains
    _check_items(design, domains, items, denominators)
    residuals = _residuals(design, domains)
    cells = find_cells(design, domains, every=residuals is not None)
    width = _block_width(items, len(cells))
    blocks = []
    for first in range(0, items.shape[1], width):
        chosen = slice(first, first + width)
        x = None if denominators is None else denominators[:, chosen]
        block = _filled(items[:, chosen], x, is_total=is_total)
        blocks.append(_estimate_block(design, domains, cells, residuals, block))
    return _join(design, domains, blocks)


def _check_items(
    design: SampleDesign, domains: Domains, items: Items, denominators: Items | None
) -> None:
    shapes = {(*items.shape, 0)[:2], (design.n, items.shape[-1])}
    if denominators is not None:
        shapes.add(denominators.shape)
    if len(shapes) != 1 or len(domains.codes) != design.n:
        raise Problem(
            N_("items of shape {items} do not fit a design of {rows} rows"),
            items=items.shape,
            rows=design.n,
        )


def _block_width(items: Items, n_cells: int) -> int:
    """Return how many items are taken at once; all where they need not be copied."""
    n, k = int(items.shape[0]), int(items.shape[1])
    if items.dtype == np.float64 and items.flags.c_contiguous and 8 * n_cells * k <= BLOCK:
        return max(k, 1)
    return max(1, BLOCK // (8 * n))


def _residuals(design: SampleDesign, domains: Domains) -> Residuals | None:
    return Residuals(design, domains) if design.calibrations else None


def _filled(items: Items, denominators: Items | None, *, is_total: bool) -> _Block:
    is_mean = denominators is None and not is_total
    columns = [_floats(column) for column in (items, denominators) if column is not None]
    blank = [found for found in map(_blanks, columns) if found is not None]
    answered = np.ones((len(items), 1))
    if blank:
        missing = np.logical_or.reduce(blank)
        columns = [np.where(missing, 0.0, column) for column in columns]
        answered = (~missing).astype(np.float64)
    if is_mean:
        columns.append(answered)
    elif is_total:
        columns.append(np.zeros((len(items), 1)))
    return _Block(columns[0], columns[1], answered, is_mean, is_total)


def _floats(items: Items) -> FloatArray:
    """Return (n, b) as floats, row after row; no copy where they are already."""
    return np.ascontiguousarray(items, dtype=np.float64)


def _blanks(values: FloatArray) -> BoolArray | None:
    """Return where `values` (n, b) are NaN; None where nowhere. Raises Problem for infinity."""
    if np.isfinite(values.sum()):
        return None
    if np.isinf(values).any():
        raise Problem(N_("an item holds an infinite number"))
    blank = np.isnan(values)
    return blank if blank.any() else None


def _linearise(
    design: SampleDesign, cells: Cells, residuals: Residuals | None, block: _Block
) -> _Linearised:
    """Return a block's estimates and the influence w (y - R x) / X of each cell."""
    y = sum_rows(cells.of_rows, len(cells), design.weights, block.y)
    x = sum_rows(cells.of_rows, len(cells), design.weights, block.x)
    numerator, denominator = sum_runs(y, cells.starts), sum_runs(x, cells.starts)
    if block.is_total:
        denominator = np.ones_like(denominator)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = numerator / denominator
        factor = 1 / denominator
    slope = np.zeros_like(ratio) if block.is_total else ratio
    seen = np.diff(cells.starts)
    influence = y
    for some, rows in pieces(cells.starts):
        influence[rows] -= np.repeat(slope[some], seen[some], axis=0) * x[rows]
        influence[rows] *= np.repeat(factor[some], seen[some], axis=0)
    if residuals is not None:
        products = [
            (of_y - slope[:, None] * of_x) * factor[:, None]
            for of_y, of_x in zip(
                residuals.products(block.y), residuals.products(block.x), strict=True
            )
        ]
        influence = residuals.subtract(influence, products)
    return _Linearised(numerator, denominator, ratio, influence)


_Row = tuple[npt.NDArray[Any], ...]


def _estimate_block(
    design: SampleDesign,
    domains: Domains,
    cells: Cells,
    residuals: Residuals | None,
    block: _Block,
) -> _Row:
    """Return the (D, b) arrays of `Estimates` from n to n_kish, and (b,) is_share."""
    found = _linearise(design, cells, residuals, block)
    codes, size, w = domains.codes, len(domains), design.weights
    shape = found.value.shape
    n = sum_rows(codes, size, np.ones_like(w), block.answered)
    weight = sum_rows(codes, size, w, block.answered)
    squares = sum_rows(codes, size, w * w, block.answered)
    is_share = _is_binary(block.y) & block.is_mean
    if is_share.all():
        spread = found.value * (1 - found.value)
    else:
        spread = _spread(design, domains, block, found, weight)
    variance = variances(design, cells, found.influence)
    variance[variance <= NO_VARIANCE * spread] = 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        n_kish = weight**2 / squares
    wide = [np.broadcast_to(a, shape) for a in (n, weight, found.numerator, found.denominator)]
    return (*wide, found.value, variance, spread, np.broadcast_to(n_kish, shape), is_share)


def _is_binary(values: FloatArray) -> BoolArray:
    """Return (b,) True for columns of `values` (n, b) that hold 0 and 1 only."""
    result = np.ones(values.shape[1], dtype=np.bool_)
    for first in range(0, len(values), CHUNK):
        rows = values[first : first + CHUNK]
        result &= (rows * rows == rows).all(axis=0)
    return result


def _spread(
    design: SampleDesign,
    domains: Domains,
    block: _Block,
    found: _Linearised,
    weight: FloatArray,
) -> FloatArray:
    """Return (D, b) the variance of the estimate from one row drawn with replacement."""
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = found.numerator / weight if block.is_total else found.value
        scale = weight if block.is_total else weight / found.denominator
        x = block.answered if block.is_total else block.x
        residual = block.y - centre[domains.codes] * x
        mean = sum_rows(domains.codes, len(domains), design.weights, residual**2) / weight
        return np.asarray(mean * scale**2)


def _join(design: SampleDesign, domains: Domains, blocks: Sequence[_Row]) -> Estimates:
    """Return the blocks side by side."""
    columns = [np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True)]
    n, weight, numerator, denominator, value, variance, spread, n_kish, is_share = columns
    inside = domains.codes[domains.codes >= 0]
    people = np.bincount(inside, minlength=len(domains))
    everybody = is_census(row_fractions(design), domains)[:, None] & (n == people[:, None])
    return Estimates(
        domains=domains,
        n=n.astype(np.intp),
        weight=weight,
        numerator=numerator,
        denominator=denominator,
        value=value,
        variance=variance,
        spread=spread,
        n_kish=n_kish,
        df=degrees_of_freedom(design, domains),
        is_share=is_share.astype(np.bool_),
        is_census=everybody,
    )
