"""Flows of least cost: against every table there is, and against other programs."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.network import Network, optimise, settle
from sampling.programme import InfeasibleError, bring_near, find_flow, round_off
from tests.sampling.cases_of import load_cases

Arcs = list[int]


def make_row(total: int, highs: list[int]) -> tuple[Network, Arcs]:
    """A network that shares `total` out over parallel arcs from 0 to `highs`."""
    network = Network()
    start, end = network.add_node(), network.add_node()
    network.add_arc(end, start, total, total)
    return network, [network.add_arc(start, end, 0, high) for high in highs]


def make_table(cells: list[list[tuple[int, int]]], total: int) -> tuple[Network, list[Arcs]]:
    """A two-way table with margins as nodes; each cell has a least and a greatest value."""
    network = Network()
    start, end = network.add_node(), network.add_node()
    network.add_arc(end, start, total, total)
    rows = [network.add_node() for _ in cells]
    columns = [network.add_node() for _ in cells[0]]
    for row in rows:
        network.add_arc(start, row, 0, total)
    for column in columns:
        network.add_arc(column, end, 0, total)
    arcs = [
        [
            network.add_arc(row, column, *bounds)
            for column, bounds in zip(columns, line, strict=True)
        ]
        for row, line in zip(rows, cells, strict=True)
    ]
    return network, arcs


def test_the_largest_remainder_is_what_is_nearest() -> None:
    cases = load_cases("allocations.json")
    towns = cases["alloc.waterfill.townships"]
    shares = cases["svy.allocate.proportional"]
    for n, weights, expected in (
        (towns["n"], towns["w"], towns["integer"]),
        (shares["n"], shares["N"], list(shares["integer"].values())),
    ):
        network, arcs = make_row(n, [n] * len(weights))
        whole = sum(weights)
        targets = {arc: Fraction(n * part, whole) for arc, part in zip(arcs, weights, strict=True)}
        bring_near(network, targets)
        settle(network, arcs)
        assert [network.flow[arc] for arc in arcs] == expected


def test_a_controlled_rounding_costs_what_another_program_found() -> None:
    case = load_cases("allocations.json")["round.controlled.two_way"]
    table = [[Fraction(str(value)) for value in row] for row in case["x"]]
    bounds = [[(math.floor(value), math.ceil(value)) for value in row] for row in table]
    total = round(sum(map(sum, table)))
    network, arcs = make_table(bounds, total)
    sums = [sum(row) for row in table] + [sum(column) for column in zip(*table, strict=True)]
    for arc, value in enumerate(sums, start=1):
        network.low[arc], network.high[arc] = math.floor(value), math.ceil(value)
    network.low[0], network.high[0] = math.floor(sum(map(sum, table))), total + 1
    # From the value rounded down to up, |y - x| grows by 1 - 2 (x - floor x); in thousandths.
    costs = {
        arc: int(1000 * (1 - 2 * (value - math.floor(value))))
        for line, row in zip(arcs, table, strict=True)
        for arc, value in zip(line, row, strict=True)
    }
    find_flow(network, costs)
    distance = sum(
        abs(network.flow[arc] - value)
        for line, row in zip(arcs, table, strict=True)
        for arc, value in zip(line, row, strict=True)
    )
    assert distance == Fraction(str(round(case["objective"], 3)))


small_tables = st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=2)
fractions_of_3 = st.integers(-2, 12).map(lambda thirds: Fraction(thirds, 3))


def list_tables(highs: list[list[int]], total: int) -> list[tuple[int, ...]]:
    flat = [high for row in highs for high in row]
    values = product(*(range(high + 1) for high in flat))
    return [table for table in values if sum(table) == total]


@settings(max_examples=150, deadline=None)
@given(small_tables, st.lists(fractions_of_3, min_size=6, max_size=6), st.data())
def test_nearest_then_smallest_is_what_trying_every_table_finds(
    highs: list[list[int]], targets: list[Fraction], data: st.DataObject
) -> None:
    total = data.draw(st.integers(0, sum(map(sum, highs))))
    network, arcs = make_table([[(0, high) for high in row] for row in highs], total)
    columns = [3, 4, 5]  # arcs from the columns to the end
    find_flow(network)
    round_off(network, dict(zip(columns, targets[:3], strict=True)))
    flat = [arc for row in arcs for arc in row]
    bring_near(network, dict(zip(flat, targets, strict=True)))
    settle(network, flat)

    def outside(value: int, target: Fraction) -> Fraction | int:
        return max(math.floor(target) - value, value - math.ceil(target), 0)

    def judge(table: tuple[int, ...]) -> tuple[Fraction | int, Fraction | int, tuple[int, ...]]:
        sums = [table[column] + table[column + 3] for column in range(3)]
        rounding = sum(outside(*pair) ** 2 for pair in zip(sums, targets[:3], strict=True))
        distance = sum((value - aim) ** 2 for value, aim in zip(table, targets, strict=True))
        return rounding, distance, table

    best = min(list_tables(highs, total), key=judge)
    assert tuple(network.flow[arc] for arc in flat) == best


@given(st.lists(st.integers(0, 9), min_size=2, max_size=4), st.data())
def test_a_bad_start_and_bad_prices_are_mended(highs: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(highs)))
    network, arcs = make_row(total, highs)
    left = total
    flow = [total]
    for high in highs:
        flow.append(min(left, high))
        left -= flow[-1]
    network.carry(flow)
    prices = data.draw(st.lists(st.integers(-50, 50), min_size=2, max_size=2))
    optimise(network, dict.fromkeys(arcs, lambda value: 2 * value + 1), prices)
    parts = [network.flow[arc] for arc in arcs]
    free = [part for part, high in zip(parts, highs, strict=True) if part < high]
    assert sum(parts) == total
    assert not free or max(parts) - min(free) <= 1


def test_far_targets_are_reached_through_finer_segments() -> None:
    network, arcs = make_row(150_000, [40, 150_000, 150_000, 150_000])
    bring_near(network, dict.fromkeys(arcs, Fraction(37_500)))
    settle(network, arcs)
    assert [network.flow[arc] for arc in arcs] == [40, 49_986, 49_987, 49_987]


def test_bounds_that_no_flow_keeps_are_told() -> None:
    network, _ = make_row(5, [2, 2])
    with pytest.raises(InfeasibleError):
        find_flow(network)


@pytest.mark.parametrize("flow", [[3, 2, 2], [3, 4, -1]])
def test_a_flow_that_breaks_a_bound_or_a_node_is_refused(flow: list[int]) -> None:
    network, _ = make_row(3, [3, 3])
    with pytest.raises(ArithmeticError):
        network.carry(flow)
