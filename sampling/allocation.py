"""Whole numbers that add up: a total shared out equally between least and greatest values."""

from __future__ import annotations

from collections.abc import Sequence


def fill_equally(total: int, lows: Sequence[int], highs: Sequence[int]) -> list[int]:
    """Share `total` out as equally as can be, each part from its `low` to its `high`.

    Parameters
    ----------
    total
        From the sum of `lows` to the sum of `highs`; anything else is a `ValueError`.

    Parts between their bounds differ by at most 1; the sum of their squares is the least there is.
    Among equal tables the lexicographically smallest is taken: what is left over goes to the last
    ones. "Water filling".

    >>> fill_equally(412, [0] * 6, [9999] * 6)
    [68, 68, 69, 69, 69, 69]
    >>> fill_equally(10, [0, 5, 0], [1, 9, 9])
    [1, 5, 4]
    """
    if not sum(lows) <= total <= sum(highs):
        raise ValueError(f"{total} is not from {sum(lows)} to {sum(highs)}")
    level, above = min(lows, default=0), max(highs, default=0) + 1
    while above - level > 1:
        middle = (level + above) // 2
        level, above = (middle, above) if _fill(middle, lows, highs, total) else (level, middle)
    parts = [_clip(level, low, high) for low, high in zip(lows, highs, strict=True)]
    left = total - sum(parts)
    rising = [index for index, part in enumerate(parts) if lows[index] <= level < highs[index]]
    for index in rising[len(rising) - left :]:
        parts[index] += 1
    return parts


def _fill(level: int, lows: Sequence[int], highs: Sequence[int], total: int) -> bool:
    """Say whether `total` suffices to fill all parts up to `level`."""
    return sum(_clip(level, low, high) for low, high in zip(lows, highs, strict=True)) <= total


def _clip(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)
