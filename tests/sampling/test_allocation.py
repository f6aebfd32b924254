"""Whole numbers that add up, equal or in proportion, under caps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.allocation import allocate_grid, fill_equally, fill_in_proportion

caps_lists = st.lists(st.integers(0, 40), min_size=1, max_size=7)


@pytest.mark.parametrize(
    ("total", "caps", "expected"),
    [
        (412, [999] * 6, [68, 68, 69, 69, 69, 69]),
        (344, [999, 38, 999, 999, 999, 999], [61, 38, 61, 61, 61, 62]),
        (0, [3, 0], [0, 0]),
        (3, [3, 0], [3, 0]),
        (7, [1, 1, 9], [1, 1, 5]),
        (5, [2, 2, 2], [1, 2, 2]),
    ],
)
def test_fill_equally(total: int, caps: list[int], expected: list[int]) -> None:
    assert fill_equally(total, caps) == expected


@given(caps_lists, st.data())
def test_equal_parts_add_up_and_differ_by_one_below_their_caps(
    caps: list[int], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(caps)))
    parts = fill_equally(total, caps)
    assert sum(parts) == total
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))
    free = [part for part, cap in zip(parts, caps, strict=True) if part < cap]
    assert not free or max(parts) - min(free) <= 1


# Largest remainder by hand; the Hamilton apportionment of 10 seats to 5, 3, 1 is 6, 3, 1.
@pytest.mark.parametrize(
    ("total", "weights", "caps", "expected"),
    [
        (10, [5, 3, 1], [99, 99, 99], [6, 3, 1]),
        (69, [42, 20, 38], [99, 99, 99], [29, 14, 26]),
        (10, [1, 1, 8], [99, 99, 4], [3, 3, 4]),
        (3, [1, 1], [9, 9], [1, 2]),
        (4, [0, 2, 2], [9, 9, 9], [0, 2, 2]),
        (0, [0, 0], [9, 9], [0, 0]),
    ],
)
def test_fill_in_proportion(
    total: int, weights: list[int], caps: list[int], expected: list[int]
) -> None:
    assert fill_in_proportion(total, weights, caps) == expected


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6), st.integers(0, 200))
def test_proportional_parts_keep_their_quota(weights: list[int], total: int) -> None:
    parts = fill_in_proportion(total, weights, [total + 1] * len(weights))
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 30)), min_size=1), st.data())
def test_proportional_parts_respect_caps(pairs: list[tuple[int, int]], data: st.DataObject) -> None:
    caps = [cap for _, cap in pairs]
    total = data.draw(st.integers(0, sum(caps)))
    parts = fill_in_proportion(total, [weight for weight, _ in pairs], caps)
    assert sum(parts) == total
    assert all(0 <= part <= cap for part, cap in zip(parts, caps, strict=True))


grids = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.integers(0, 20), min_size=width, max_size=width), min_size=1, max_size=4
    )
)


@given(grids, st.data())
def test_a_grid_adds_up_within_its_cells_and_its_rows_are_equal(
    sizes: list[list[int]], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(map(sum, sizes))))
    table = allocate_grid(total, sizes)
    assert sum(map(sum, table)) == total
    assert all(
        0 <= part <= size
        for row, limits in zip(table, sizes, strict=True)
        for part, size in zip(row, limits, strict=True)
    )
    assert [sum(row) for row in table] == fill_equally(total, [sum(row) for row in sizes])


@given(st.integers(0, 300), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_with_room_in_every_cell_columns_are_in_proportion(total: int, weights: list[int]) -> None:
    table = allocate_grid(total, [[weight * 300 for weight in weights]] * 4)
    for column, weight in zip(zip(*table, strict=True), weights, strict=True):
        assert abs(sum(column) - Fraction(total * weight, sum(weights))) < 1
