"""Whole numbers that add up, equal between least and greatest values."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.allocation import fill_equally
from tests.sampling.cases_of import load_cases

bounds_lists = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 6)), min_size=1, max_size=5
).map(lambda pairs: [(low, low + more) for low, more in pairs])


@pytest.mark.parametrize(
    ("total", "lows", "highs", "expected"),
    [
        (412, [0] * 6, [999] * 6, [68, 68, 69, 69, 69, 69]),
        (344, [0] * 6, [999, 38, 999, 999, 999, 999], [61, 38, 61, 61, 61, 62]),
        (0, [0, 0], [3, 0], [0, 0]),
        (3, [0, 0], [3, 0], [3, 0]),
        (7, [0, 0, 0], [1, 1, 9], [1, 1, 5]),
        (5, [0, 0, 0], [2, 2, 2], [1, 2, 2]),
        (312, [100, 0, 0], [100, 999, 999], [100, 106, 106]),
        (0, [], [], []),
    ],
)
def test_fill_equally(total: int, lows: list[int], highs: list[int], expected: list[int]) -> None:
    assert fill_equally(total, lows, highs) == expected


@given(bounds_lists, st.data())
def test_it_is_the_smallest_table_of_least_squares(
    bounds: list[tuple[int, int]], data: st.DataObject
) -> None:
    lows, highs = [low for low, _ in bounds], [high for _, high in bounds]
    total = data.draw(st.integers(sum(lows), sum(highs)))
    tables = [
        table
        for table in product(*(range(low, high + 1) for low, high in bounds))
        if sum(table) == total
    ]
    best = min(tables, key=lambda table: (sum(part * part for part in table), table))
    assert fill_equally(total, lows, highs) == list(best)


@pytest.mark.parametrize("total", [2, 8])
def test_a_total_out_of_reach_is_an_error(total: int) -> None:
    with pytest.raises(ValueError, match="is not from 3 to 7"):
        fill_equally(total, [1, 2], [3, 4])


def test_agrees_with_other_programs() -> None:
    cases = load_cases("allocations.json")
    capped = cases["alloc.waterfill.equal.caps"]
    found = fill_equally(capped["n"], [0] * 6, capped["cap"])
    # Any of the three that have room may get the remainder: here the last do, there the first.
    assert sorted(found) == sorted(capped["integer"])
    equal = cases["svy.allocate.equal"]
    assert fill_equally(equal["n"], [1] * 4, equal["N"]) == list(equal["integer"].values())
