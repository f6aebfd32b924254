"""The designs once more, from docs/designs.md alone: hashes and whole numbers, no shared code."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from fractions import Fraction

from sampling.frame import Unit

ONE = 2**256
Cluster = tuple[str, list[str]]


def hash_number(*lines: str) -> int:
    return int(hashlib.sha256("\n".join(lines).encode()).hexdigest(), 16)


def in_ticket_order(ids: Sequence[str], seed: str) -> list[str]:
    return sorted(ids, key=lambda i: (hash_number(seed, i), i))


def draw_systematically(
    units: Sequence[Unit], name: str, n: int, seed: str
) -> tuple[list[str], list[str]]:
    ids = [u.id for u in sorted(units, key=lambda u: (u.township, u.school, u.id))]
    start = hash_number(seed, "start", name)
    sample = [ids[(start + j * ONE) * len(ids) // (n * ONE)] for j in range(n)]
    return sample, in_ticket_order([i for i in ids if i not in sample], seed)[:n]


def draw_in_rotation(
    units: Sequence[Unit], n: int, seeds: Sequence[str], groups: int, turn: int, stay: int
) -> tuple[list[str], list[str]]:
    group = {u.id: hash_number("rotation", "group", u.id) * groups // ONE for u in units}
    lists = []
    for age in range(stay - 1, -1, -1):
        members = [i for i in group if group[i] == (turn - age) % groups]
        lists.append(in_ticket_order(members, seeds[min(age, len(seeds) - 1)]))
    counts = [0] * stay
    # Deal one seat after the other to the emptiest group that has people left, last one first.
    while sum(counts) < n and any(c < len(ids) for c, ids in zip(counts, lists, strict=True)):
        free = [k for k in range(stay) if counts[k] < len(lists[k])]
        counts[min(free, key=lambda k: (counts[k], -k))] += 1
    sample = [i for ids, count in zip(lists, counts, strict=True) for i in ids[:count]]
    waiting = [i for ids in lists for i in ids if i not in sample]
    others = [i for i in group if not any(i in ids for ids in lists)]
    rest = in_ticket_order(waiting, seeds[0]) + in_ticket_order(others, seeds[0])
    missing = n - len(sample)
    return sample + rest[:missing], rest[missing : missing + n]


def rank(
    names: Sequence[str], sizes: Sequence[int], draws: int, seed: str, method: str
) -> list[int]:
    """Rank clusters none of which is certain, by whole numbers multiplied crosswise."""
    total = sum(sizes)

    def over_and_under(i: int) -> tuple[int, int]:
        t, p = hash_number(seed, "school", names[i]), draws * sizes[i]
        return (t * (total - p), p * (ONE - t)) if method == "pareto" else (t * total, p * ONE)

    def compare(i: int, j: int) -> int:
        (a, b), (c, d) = over_and_under(i), over_and_under(j)
        return a * d - c * b or i - j

    return sorted(range(len(sizes)), key=functools.cmp_to_key(compare))


def unite(schools: Sequence[Cluster], least: int) -> list[Cluster]:
    found: list[Cluster] = []
    waiting: Cluster | None = None
    for name, ids in schools:
        waiting = (waiting[0], waiting[1] + ids) if waiting else (name, list(ids))
        if len(waiting[1]) >= least:
            found.append(waiting)
            waiting = None
    if waiting and found:
        found[-1] = (found[-1][0], found[-1][1] + waiting[1])
    elif waiting:
        found = [waiting]
    return found


def split_certain(sizes: Sequence[int], draws: int) -> list[int]:
    """Take the biggest out one by one as long as they would be drawn with certainty."""
    certain: list[int] = []
    for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
        left = sum(size for j, size in enumerate(sizes) if j not in certain)
        if draws > len(certain) and (draws - len(certain)) * sizes[i] >= left:
            certain.append(i)
    return sorted(certain)


def list_schools(units: Sequence[Unit]) -> list[Cluster]:
    place: dict[str, str] = {}
    for u in units:
        place[u.school] = min(place.get(u.school, u.township), u.township)
    names = sorted(place, key=lambda name: (place[name], name))
    return [(name, [u.id for u in units if u.school == name]) for name in names]


def group_clusters(units: Sequence[Unit], n: int, take: int) -> list[tuple[list[Cluster], int]]:
    draws = min(max(2, -(-n // take)), n)
    clusters = unite(list_schools(units), -(-n // draws))
    draws = min(draws, len(clusters))
    certain = split_certain([len(ids) for _, ids in clusters], draws)
    groups = [([clusters[i]], 1) for i in certain]
    others = [c for i, c in enumerate(clusters) if i not in certain]
    return [*groups, (others, draws - len(certain))] if others else groups


def deal_group(
    clusters: list[Cluster], draws: int, take: int, seed: str, method: str
) -> tuple[list[str], list[str]]:
    order = list(range(len(clusters)))
    if draws < len(clusters):
        names, sizes = [name for name, _ in clusters], [len(ids) for _, ids in clusters]
        order = rank(names, sizes, draws, seed, method)
    lists = [in_ticket_order(ids, seed) for _, ids in clusters]
    chosen = sorted(order[:draws], key=lambda i: hash_number(seed, "deal", clusters[i][0]))
    longest = max(len(lists[i]) for i in chosen)
    dealt = [lists[i][k] for k in range(longest) for i in chosen if k < len(lists[i])]
    return dealt, [unit_id for i in order[draws:] for unit_id in lists[i][:take]]


def draw_in_two_stages(
    units: Sequence[Unit], n: int, seed: str, take: int, method: str, shares: Sequence[int]
) -> tuple[list[str], list[str]]:
    """Draw schools and people; `shares` are the people of each group."""
    sample, further, later = [], [], []
    groups = group_clusters(units, n, take)
    for index, ((clusters, draws), part) in enumerate(zip(groups, shares, strict=True)):
        dealt, next_ones = deal_group(clusters, draws, -(-part // draws), seed, method)
        sample += dealt[:part]
        further += [(Fraction(k + 1, part), index, i) for k, i in enumerate(dealt[part:])]
        later += next_ones
    rest = [unit_id for _, _, unit_id in sorted(further)]
    half = (n + 1) // 2
    return sample, (rest[:half] + later + rest[half:])[:n]
