"""Whole numbers that add up: a total shared out equally or in proportion, never above a cap.

All of it in integers and fractions. Where several tables are equally good, the lexicographically
smallest is taken: what is left over goes to the last ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def fill_equally(total: int, caps: Sequence[int]) -> list[int]:
    """Share `total` (0 to the sum of `caps`) out equally; who is at its cap leaves the rest more.

    The parts below their cap differ by at most 1. "Water filling".

    >>> fill_equally(412, [9999] * 6)
    [68, 68, 69, 69, 69, 69]
    >>> fill_equally(10, [1, 9, 9])
    [1, 4, 5]
    """
    parts = [0] * len(caps)
    rest = list(range(len(caps)))
    while rest:
        share = total // len(rest)
        full = [index for index in rest if caps[index] <= share]
        if not full:
            break
        for index in full:
            parts[index] = caps[index]
            total -= caps[index]
        rest = [index for index in rest if index not in full]
    for position, index in enumerate(rest):
        parts[index] = (total + position) // len(rest)
    return parts


def fill_in_proportion(total: int, weights: Sequence[int], caps: Sequence[int]) -> list[int]:
    """Share `total` out in proportion to `weights`; who is at its cap leaves the rest more.

    A part of weight 0 gets nothing, so `total` may be at most the sum of the other caps. Rounding
    is by the largest remainder (Hamilton), among equal remainders the last ones.

    >>> fill_in_proportion(69, [30, 20, 50], [99, 99, 99])
    [21, 14, 34]
    >>> fill_in_proportion(10, [1, 1], [2, 99])
    [2, 8]
    """
    parts = [0] * len(caps)
    rest = [index for index, weight in enumerate(weights) if weight]
    while rest:
        shares = _share_out(total, [weights[index] for index in rest])
        full = [index for index, share in zip(rest, shares, strict=True) if share >= caps[index]]
        if not full:
            break
        for index in full:
            parts[index] = caps[index]
            total -= caps[index]
        rest = [index for index in rest if index not in full]
    for index, part in zip(rest, _round_shares(total, [weights[i] for i in rest]), strict=True):
        parts[index] = part
    return parts


def allocate_grid(total: int, sizes: Sequence[Sequence[int]]) -> list[list[int]]:
    """Share `total` out over rows (grade bands, equal) and columns (areas, in proportion).

    Parameters
    ----------
    total
        People to draw, at most the sum of `sizes`.
    sizes
        Eligible people, one row per band, one column per area.

    Rows come first: they are equal within 1 unless a row is exhausted. Columns follow in
    proportion to the people in them, as near as the rows and the cells' sizes allow. No cell
    exceeds its size. Each row takes its share of what the columns are still owed, so that the
    roundings of the rows cancel out.

    >>> allocate_grid(9, [[30, 60], [30, 60], [30, 60]])
    [[1, 2], [1, 2], [1, 2]]
    """
    rows = fill_equally(total, [sum(row) for row in sizes])
    columns = [sum(column) for column in zip(*sizes, strict=True)]
    owed = fill_in_proportion(total, columns, columns)
    table = []
    for count, row in zip(rows, sizes, strict=True):
        parts = _fill_row(count, owed, row)
        owed = [max(0, left - part) for left, part in zip(owed, parts, strict=True)]
        table.append(parts)
    return table


def _fill_row(count: int, owed: Sequence[int], sizes: Sequence[int]) -> list[int]:
    caps = [min(left, size) for left, size in zip(owed, sizes, strict=True)]
    parts = fill_in_proportion(min(count, sum(caps)), owed, caps)
    spare = [size - part for size, part in zip(sizes, parts, strict=True)]
    extra = fill_in_proportion(count - sum(parts), spare, spare)
    return [part + more for part, more in zip(parts, extra, strict=True)]


def _share_out(total: int, weights: Sequence[int]) -> list[Fraction]:
    whole = sum(weights)
    return [Fraction(total * weight, whole) for weight in weights]


def _round_shares(total: int, weights: Sequence[int]) -> list[int]:
    shares = _share_out(total, weights)
    parts = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda index: (shares[index] - parts[index], index))
    for index in order[len(order) - (total - sum(parts)) :]:
        parts[index] += 1
    return parts
