"""The integer programme (整数规划): soft rules one after the other, each as near as can be.

HiGHS finds a flow of least cost in floating point; `sampling.network` proves it in integers. The
matrix of a network is totally unimodular, so the linear programme's corners are whole numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, lcm
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from sampling.network import Network, Slope, optimise

NEAR = 3
ROUNDS = 20


class InfeasibleError(ArithmeticError):
    """No flow keeps every bound."""


class Segment(NamedTuple):
    """From `start` on, `length` units of an arc, each at the same cost."""

    arc: int
    start: int
    length: int
    cost: float


def find_flow(network: Network, costs: Mapping[int, int] | None = None) -> None:
    """Give the network a flow within its bounds, of least cost when arcs cost something a unit.

    Raises `InfeasibleError` when there is none.
    """
    costs = costs or {}
    segments = [
        Segment(arc, low, high - low, float(costs.get(arc, 0)))
        for arc, (low, high) in enumerate(zip(network.low, network.high, strict=True))
    ]
    _solve(network, segments)


def bring_near(network: Network, targets: Mapping[int, Fraction]) -> None:
    """Bring arcs as near to their targets as can be: the least sum of squared differences.

    Afterwards the bounds hold all flows that are as near, and no other.
    """
    scale = lcm(*(target.denominator for target in targets.values()))
    slopes = {arc: _square(int(scale * target), scale) for arc, target in targets.items()}
    _minimise(network, slopes, targets, scale)


def round_off(network: Network, targets: Mapping[int, Fraction]) -> None:
    """Bring arcs to their target rounded up or down, whichever, or as near to that as can be."""
    slopes = {arc: _outside(floor(target), ceil(target)) for arc, target in targets.items()}
    _minimise(network, slopes, targets, 1)


def _square(scaled_target: int, scale: int) -> Slope:
    return lambda value: scale * (2 * value + 1) - 2 * scaled_target


def _outside(low: int, high: int) -> Slope:
    def slope(value: int) -> int:
        if value < low:
            return 1 - 2 * (low - value)
        return 0 if value < high else 1 + 2 * (value - high)

    return slope


def _minimise(
    network: Network, slopes: dict[int, Slope], targets: Mapping[int, Fraction], scale: int
) -> None:
    """Minimise by a linear programme whose segments get finer where the flow comes to lie."""
    centres = {arc: {floor(target)} for arc, target in targets.items()}
    for _ in range(ROUNDS):
        segments = _cut(network, slopes, centres, scale)
        prices = _solve(network, segments)
        fresh = [arc for arc in slopes if not _is_resolved(network.flow[arc], centres[arc])]
        if not fresh:
            break
        for arc in fresh:
            centres[arc].add(network.flow[arc])
    optimise(network, slopes, [round(price * scale) for price in prices])


def _is_resolved(value: int, centres: set[int]) -> bool:
    return any(abs(value - centre) <= NEAR - 1 for centre in centres)


def _cut(
    network: Network, slopes: Mapping[int, Slope], centres: Mapping[int, set[int]], scale: int
) -> list[Segment]:
    segments = []
    for arc, (low, high) in enumerate(zip(network.low, network.high, strict=True)):
        if low == high:
            continue
        slope = slopes.get(arc)
        if slope is None:
            segments.append(Segment(arc, low, high - low, 0.0))
            continue
        points = _choose_points(low, high, centres[arc])
        for start, end in pairwise(points):
            # Slopes grow evenly, so that the middle of first and last is the segment's own.
            cost = (slope(start) + slope(end - 1)) / (2 * scale)
            segments.append(Segment(arc, start, end - start, cost))
    return segments


def _choose_points(low: int, high: int, centres: set[int]) -> list[int]:
    points = {low, high}
    for centre in centres:
        points.update(range(centre - NEAR, centre + NEAR + 1))
        for power in range(1, 1 + (high - low).bit_length() // 2):
            points |= {centre - 4**power, centre + 4**power}
    return sorted(point for point in points if low <= point <= high)


def _solve(network: Network, segments: Sequence[Segment]) -> list[float]:
    """Solve the linear programme, take its flow over and return the nodes' prices."""
    if not segments:
        network.carry(network.low)
        return [0.0] * network.nodes
    arcs = np.array([segment.arc for segment in segments])
    columns = np.arange(len(segments))
    tail, head = np.array(network.tail)[arcs], np.array(network.head)[arcs]
    incidence = csr_array(
        (
            np.concatenate([np.ones(len(arcs)), -np.ones(len(arcs))]),
            (np.concatenate([head, tail]), np.concatenate([columns, columns])),
        ),
        shape=(network.nodes, len(segments)),
    )
    base = np.zeros(network.nodes)
    np.add.at(base, network.head, np.array(network.low, float))
    np.subtract.at(base, network.tail, np.array(network.low, float))
    result = linprog(
        [segment.cost for segment in segments],
        # scipy takes sparse arrays here, which its types do not say.
        A_eq=cast("NDArray[np.float64]", incidence),
        b_eq=-base,
        bounds=[(0, segment.length) for segment in segments],
        method="highs-ds",
        # On a network it takes longer to look for shortcuts (70 times, in a table of 4,200 cells).
        options={"presolve": False},
    )
    if result.status == 2:
        raise InfeasibleError("no flow keeps every bound")
    if result.status != 0 or result.x is None:
        raise ArithmeticError(result.message)
    flow = list(network.low)
    for segment, units in zip(segments, result.x, strict=True):
        flow[segment.arc] += round(units)
    network.carry(flow)
    return [float(price) for price in result.eqlin.marginals]
