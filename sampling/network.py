"""A flow in whole numbers (网络流): the table of a plan with its margins, as arcs of a network.

Every number of the table is an arc with a least and a greatest value; at every node what comes in
goes out. What a solver proposes in floating point is proved, or mended, here in exact integers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Slope = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Step:
    """One unit more (`sign` 1) or less (-1) on an arc, as a step from node to node."""

    arc: int
    sign: int


@dataclass(slots=True)
class Network:
    """Nodes 0 to `nodes` - 1 and arcs; `flow` lies between `low` and `high` and is kept so."""

    nodes: int = 0
    tail: list[int] = field(default_factory=list)
    head: list[int] = field(default_factory=list)
    low: list[int] = field(default_factory=list)
    high: list[int] = field(default_factory=list)
    flow: list[int] = field(default_factory=list)

    def add_node(self) -> int:
        """Add a node and return its number."""
        self.nodes += 1
        return self.nodes - 1

    def add_arc(self, tail: int, head: int, low: int, high: int) -> int:
        """Add an arc that carries from `low` to `high` and return its number."""
        for values, value in zip(
            (self.tail, self.head, self.low, self.high, self.flow),
            (tail, head, low, high, 0),
            strict=True,
        ):
            values.append(value)
        return len(self.tail) - 1

    def carry(self, flow: Sequence[int]) -> None:
        """Take over `flow`; raise `ArithmeticError` unless it keeps every bound and node."""
        left = [0] * self.nodes
        for arc, value in enumerate(flow):
            if not self.low[arc] <= value <= self.high[arc]:
                raise ArithmeticError(f"arc {arc}: {value} is out of its bounds")
            left[self.tail[arc]] -= value
            left[self.head[arc]] += value
        if any(left):
            raise ArithmeticError("what comes into a node does not go out of it")
        self.flow = list(flow)

    def shift(self, steps: Iterable[Step], units: int = 1) -> None:
        """Carry `units` more along steps that close a circle."""
        for step in steps:
            self.flow[step.arc] += step.sign * units


def optimise(network: Network, slopes: dict[int, Slope], prices: Sequence[int]) -> None:
    """Make the flow one of least cost and narrow every arc to the values it has at least cost.

    Parameters
    ----------
    slopes
        For arcs that cost something: what the unit after v costs more than v did, a whole number
        that grows with v.
    prices
        A guess of the nodes' prices; a good one saves time, any one gives the same result.

    A flow costs least when no circle of steps makes it cheaper, which prices of the nodes prove:
    no step may cost less than they differ. By the same prices another flow costs as little exactly
    when each arc's value does, so the narrowed bounds hold all the best flows and no other. Source:
    Ahuja, Magnanti, Orlin, *Network Flows* (1993), theorems 9.1, 9.4 and chapter 14.
    """
    proof = list(prices)
    while circle := _find_circle(network, slopes, proof):
        network.shift(circle)
    for arc in range(len(network.flow)):
        _narrow(network, arc, slopes.get(arc), proof)


def settle(network: Network, arcs: Iterable[int]) -> None:
    """Give `arcs` the lexicographically smallest values the bounds allow, and fix them there."""
    neighbours = _list_neighbours(network)
    for arc in arcs:
        while network.flow[arc] > network.low[arc]:
            path = _find_detour(network, arc, neighbours)
            if path is None:
                break
            circle = [Step(arc, -1), *path]
            network.shift(circle, min(_count_room(network, step) for step in circle))
        network.low[arc] = network.high[arc] = network.flow[arc]


def _count_room(network: Network, step: Step) -> int:
    value = network.flow[step.arc]
    return network.high[step.arc] - value if step.sign > 0 else value - network.low[step.arc]


def _ends(network: Network, step: Step) -> tuple[int, int]:
    ends = network.tail[step.arc], network.head[step.arc]
    return ends if step.sign > 0 else ends[::-1]


def _list_steps(network: Network, slopes: dict[int, Slope]) -> list[tuple[int, int, int, Step]]:
    """Return every step there is room for: from, to, what it costs, the step."""
    steps = []
    for arc, value in enumerate(network.flow):
        if network.low[arc] == network.high[arc]:
            continue
        tail, head = network.tail[arc], network.head[arc]
        slope = slopes.get(arc)
        if value < network.high[arc]:
            steps.append((tail, head, slope(value) if slope else 0, Step(arc, 1)))
        if value > network.low[arc]:
            steps.append((head, tail, -slope(value - 1) if slope else 0, Step(arc, -1)))
    return steps


def _find_circle(network: Network, slopes: dict[int, Slope], prices: list[int]) -> tuple[Step, ...]:
    """Return a circle of steps that makes the flow cheaper, or nothing.

    When there is none, `prices` have been lowered until they prove it (Bellman and Ford).
    """
    steps = _list_steps(network, slopes)
    came_by: dict[int, Step] = {}
    while True:
        changed = None
        for start, end, cost, step in steps:
            if prices[start] + cost < prices[end]:
                prices[end] = prices[start] + cost
                came_by[end] = step
                changed = end
        if changed is None:
            return ()
        circle = _walk_back(network, came_by, changed)
        if circle:
            return circle


def _walk_back(network: Network, came_by: Mapping[int, Step], node: int) -> tuple[Step, ...]:
    """Walk back from `node`; return the circle this ends in, or nothing."""
    seen: list[int] = []
    reached: set[int] = set()
    while node not in reached:
        if node not in came_by:
            return ()
        seen.append(node)
        reached.add(node)
        node = _ends(network, came_by[node])[0]
    return tuple(came_by[one] for one in seen[seen.index(node) :])


def _narrow(network: Network, arc: int, slope: Slope | None, prices: Sequence[int]) -> None:
    value, low, high = network.flow[arc], network.low[arc], network.high[arc]
    gain = prices[network.head[arc]] - prices[network.tail[arc]]
    if slope is None:
        if gain:
            network.low[arc] = network.high[arc] = value
        return
    network.low[arc] = value - 1 if value > low and slope(value - 1) == gain else value
    network.high[arc] = value + 1 if value < high and slope(value) == gain else value


def _list_neighbours(network: Network) -> list[list[tuple[int, int, int]]]:
    """Return for each node the steps that lead to it on arcs not fixed: from where, arc, sign."""
    neighbours: list[list[tuple[int, int, int]]] = [[] for _ in range(network.nodes)]
    for arc, (tail, head) in enumerate(zip(network.tail, network.head, strict=True)):
        if network.low[arc] < network.high[arc]:
            neighbours[head].append((tail, arc, 1))
            neighbours[tail].append((head, arc, -1))
    return neighbours


def _find_detour(
    network: Network, arc: int, neighbours: Sequence[Sequence[tuple[int, int, int]]]
) -> list[Step] | None:
    """Return steps from the arc's tail to its head that do not use it, or None."""
    flow, low, high = network.flow, network.low, network.high
    start, goal = network.tail[arc], network.head[arc]
    goes_by: dict[int, tuple[int, int]] = {}
    waiting = deque([goal])
    # Backwards, for an area has few bands and a band has many areas.
    while waiting:
        for node, other, sign in neighbours[waiting.popleft()]:
            if node in goes_by or node == goal or other == arc:
                continue
            if flow[other] < high[other] if sign > 0 else flow[other] > low[other]:
                goes_by[node] = other, sign
                waiting.append(node)
                if node == start:
                    return _follow(network, goes_by, start, goal)
    return None


def _follow(
    network: Network, goes_by: Mapping[int, tuple[int, int]], node: int, goal: int
) -> list[Step]:
    path = []
    while node != goal:
        path.append(Step(*goes_by[node]))
        node = _ends(network, path[-1])[1]
    return path
