"""Two stages (二阶段抽样): schools with probability proportional to their people, then people.

Fewer schools have to be visited than in a plain draw; the price is that people of one school
resemble each other. Within a stratum, schools are clusters: a school too small for its part is
united with the next one, a school so big that it is certain is a group of its own, all others
together are one group, of which a fixed number is drawn by order sampling.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, zip_longest

from sampling.frame import COLUMNS, Unit
from sampling.order_sampling import (
    METHODS,
    rank_clusters,
    sort_by_ticket,
    target_probabilities,
    uniform,
)
from sampling.problems import N_, Problem
from sampling.record import DrawnStratum, StratumRecord

NAME = "two-stage"
CLUSTERS = ("school", "township")
DEFAULTS: dict[str, object] = {"by": "school", "take": 5, "order": "pareto"}
MAX_TAKE = 1000
REMARKS = (
    N_(
        "Inclusion probabilities are approximate: order sampling draws schools with probabilities "
        "near the targets, which are proportional to their people. In certain schools they are "
        "exact."
    ),
    N_(
        "The same school has the same ticket in every stratum, so that fewer schools are "
        "visited; strata are therefore not independent of each other."
    ),
    N_(
        "Papers carry no school. The interval of the rate takes each stratum for a simple random "
        "sample and errs on the narrow side when people of one school resemble each other."
    ),
    N_("Strata in which nobody has a school are drawn by tickets alone."),
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """People who are drawn together at the first stage; `name` is that of its first school."""

    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Clusters of which `draws` are drawn and in which `n` people are; all, if it is certain."""

    clusters: tuple[Cluster, ...]
    draws: int
    n: int

    @property
    def size(self) -> int:
        """Return the number of people in all its clusters."""
        return sum(len(cluster.ids) for cluster in self.clusters)

    @property
    def is_certain(self) -> bool:
        """Say whether every cluster is drawn, so that probabilities are exact."""
        return self.draws == len(self.clusters)


def check_options(options: Mapping[str, object]) -> tuple[str, int, str]:
    """Return the column of the clusters, people per cluster and method; raise `Problem`."""
    by, take, order = (options.get(key) for key in DEFAULTS)
    if set(options) != set(DEFAULTS) or by not in CLUSTERS or order not in METHODS:
        raise Problem(
            N_("two stages need {keys}: by one of {clusters}, order one of {methods}; got {got}"),
            keys=", ".join(DEFAULTS),
            clusters=", ".join(CLUSTERS),
            methods=", ".join(METHODS),
            got=dict(options),
        )
    if not isinstance(take, int) or isinstance(take, bool) or not 1 <= take <= MAX_TAKE:
        raise Problem(
            N_("people per school: expected 1 to {limit}, got {got}"), limit=MAX_TAKE, got=take
        )
    return str(by), take, str(order)


def redraw(
    units: Sequence[Unit], stratum: DrawnStratum, seed: str, options: Mapping[str, object]
) -> tuple[list[str], list[str]]:
    """Return the sample, group by group, and the reserve of both stages.

    The first half of the reserve are further people of the schools drawn, the next are people of
    the schools that come next, and then further people again. Texts hashed: seed, newline,
    "school", newline, name for the ranking; the same with "deal" for who is asked first.
    """
    method = check_options(options)[2]
    depth = stratum.get("reserve_depth", stratum["n"])
    groups = form_groups(units, stratum, options)
    drawn = [_draw_group(group, seed, method) for group in groups]
    sample = [ids[: group.n] for group, (ids, _) in zip(groups, drawn, strict=True)]
    further = _interleave(
        [(group.n, ids[group.n :]) for group, (ids, _) in zip(groups, drawn, strict=True)]
    )
    half = -(-depth // 2)
    next_schools = list(chain.from_iterable(ids for _, ids in drawn))
    return list(chain(*sample)), (further[:half] + next_schools + further[half:])[:depth]


def form_groups(
    units: Sequence[Unit], stratum: StratumRecord, options: Mapping[str, object]
) -> list[Group]:
    """Return the groups of a stratum: each certain school, then all others as one.

    The number of schools is n over people per school, rounded up, but at least two. The sample is
    shared over the groups in proportion to their people. Without schools there is one group of
    one cluster. Raises `Problem` when some people have a school and some have none.
    """
    by, take, _ = check_options(options)
    n = min(stratum["n"], len(units))
    draws = min(max(2, -(-n // take)), n)
    clusters = _form_clusters(units, by, -(-n // max(draws, 1)), stratum["stratum"])
    draws = min(draws, len(clusters))
    targets = target_probabilities([len(cluster.ids) for cluster in clusters], draws)
    parts = [((cluster,), 1) for cluster, p in zip(clusters, targets, strict=True) if p == 1]
    others = tuple(cluster for cluster, p in zip(clusters, targets, strict=True) if p < 1)
    return _share_groups(n, [*parts, (others, draws - len(parts))] if others else [*parts])


def _share_groups(n: int, parts: Sequence[tuple[tuple[Cluster, ...], int]]) -> list[Group]:
    sizes = [sum(len(cluster.ids) for cluster in clusters) for clusters, _ in parts]
    shares = share_with_minima(n, sizes, [draws for _, draws in parts])
    return [
        Group(clusters, draws, share)
        for (clusters, draws), share in zip(parts, shares, strict=True)
    ]


def share_with_minima(total: int, sizes: Sequence[int], minima: Sequence[int]) -> list[int]:
    """Share `total` out in proportion to `sizes`, but each part at least its minimum.

    `total` is from the sum of `minima` to the sum of `sizes`. Rounding is by the largest
    remainder, among equal ones the last. Defined here and not shared with the quota plan: a draw
    of today must come out the same when plans are made differently.

    >>> share_with_minima(10, [90, 5, 5], [1, 1, 2])
    [7, 1, 2]
    """
    parts, left, rest = list(minima), total, list(range(len(sizes)))
    while rest:
        whole = sum(sizes[i] for i in rest)
        low = [i for i in rest if left * sizes[i] < minima[i] * whole]
        if not low:
            break
        left -= sum(minima[i] for i in low)
        rest = [i for i in rest if i not in low]
    for i in rest:
        parts[i] = left * sizes[i] // whole
    by_remainder = sorted(rest, key=lambda i: (left * sizes[i] % whole, i))
    for i in by_remainder[len(rest) - (total - sum(parts)) :]:
        parts[i] += 1
    return parts


def _form_clusters(units: Sequence[Unit], by: str, minimum: int, stratum: str) -> list[Cluster]:
    """Return the schools in the order of the list, those below `minimum` united with the next."""
    column = COLUMNS.index(by)
    members: dict[str, list[Unit]] = {}
    for unit in units:
        members.setdefault(unit[column], []).append(unit)
    if "" in members and len(members) > 1:
        raise Problem(
            N_("stratum {stratum}: {id!r} has no {column}, but others have one"),
            stratum=stratum,
            id=min(unit.id for unit in members[""]),
            column=by,
        )
    return _unite_small(sorted(members.items(), key=_place_of), minimum)


def _place_of(item: tuple[str, list[Unit]]) -> tuple[str, str]:
    name, units = item
    return min(unit.township for unit in units), name


def _unite_small(schools: Sequence[tuple[str, list[Unit]]], minimum: int) -> list[Cluster]:
    united: list[tuple[str, list[str]]] = []
    for name, units in schools:
        if not united or len(united[-1][1]) >= minimum:
            united.append((name, []))
        united[-1][1].extend(unit.id for unit in units)
    if len(united) > 1 and len(united[-1][1]) < minimum:
        last = united.pop()
        united[-1][1].extend(last[1])
    return [Cluster(name, tuple(sorted(ids))) for name, ids in united]


def _draw_group(group: Group, seed: str, method: str) -> tuple[list[str], list[str]]:
    """Return the people of the clusters drawn, as they are dealt, and those of the next clusters.

    One person of each cluster is dealt, round after round, the smallest tickets first. The order
    of the clusters in a round has nothing to do with their size or rank.
    """
    targets = target_probabilities([len(cluster.ids) for cluster in group.clusters], group.draws)
    uniforms = [uniform(f"{seed}\nschool\n{cluster.name}") for cluster in group.clusters]
    ranked = [group.clusters[i] for i in rank_clusters(uniforms, targets, method)]
    drawn = sorted(
        ranked[: group.draws],
        key=lambda cluster: (uniform(f"{seed}\ndeal\n{cluster.name}"), cluster.name),
    )
    rounds = zip_longest(*(sort_by_ticket(cluster.ids, seed) for cluster in drawn))
    dealt = [unit_id for part in rounds for unit_id in part if unit_id is not None]
    take = -(-group.n // max(group.draws, 1))
    later = [sort_by_ticket(cluster.ids, seed)[:take] for cluster in ranked[group.draws :]]
    return dealt, list(chain.from_iterable(later))


def _interleave(parts: Sequence[tuple[int, list[str]]]) -> list[str]:
    """Mix the rests of the groups in proportion to what was drawn in each.

    >>> _interleave([(2, ["a", "b", "c"]), (1, ["x", "y"])])
    ['a', 'b', 'x', 'c', 'y']
    """
    keyed = [
        (Fraction(place, n), index, unit_id)
        for index, (n, ids) in enumerate(parts)
        for place, unit_id in enumerate(ids, start=1)
        if n
    ]
    return [unit_id for _, _, unit_id in sorted(keyed)]
