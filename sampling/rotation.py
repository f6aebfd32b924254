"""Rotation between years (轮换抽样): who was asked is left alone until everybody's turn has come.

A permanent public hash of the id puts everybody into one of R groups. Each year one group enters
and stays for a stated number of turns; within a group people are drawn by the seed of the year in
which it entered. So last year's newcomers are known, this year's are not before this year's seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeGuard

from sampling.frame import Unit
from sampling.order_sampling import sort_by_ticket, uniform
from sampling.problems import N_, Problem
from sampling.record import DrawnStratum

NAME = "rotation"
DEFAULTS: dict[str, object] = {"groups": 8, "turn": 0, "stay": 1, "earlier_seeds": []}
MAX_GROUPS = 1000
REMARKS = (
    N_(
        "Over the groups, which hang on a hash of the id and nothing else, everybody's inclusion "
        "probability is exactly n / N in each stratum. Once the groups are known, it is n / N "
        "within each group whose turn it is, with the n and N of that group; others can be drawn "
        "only where those are too few, and everybody's turn comes within one round of the groups."
    ),
    N_(
        "People of a group stay for as many turns as the options say; while the frame stays as it "
        "is, that share of them but one turn is also in the next year's sample."
    ),
    N_(
        "Who is in which group is public for ever, who is drawn from it is not known before the "
        "seed of the year in which it enters. Ids must be random and must stay the same from year "
        "to year."
    ),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """The rotation of one year.

    `groups` in all, of which `turn` modulo `groups` enters this year; each stays for `stay` years.
    `earlier_seeds` are those of the years before, last year's first; where the list is shorter
    than `stay` - 1, the groups that came before it entered in the oldest year known.
    """

    groups: int
    turn: int
    stay: int
    earlier_seeds: tuple[str, ...]

    def list_entries(self, seed: str) -> list[tuple[int, str]]:
        """Return the groups whose turn it is with the seeds they entered by, newest last."""
        seeds = (seed, *self.earlier_seeds)
        return [
            ((self.turn - age) % self.groups, seeds[min(age, len(seeds) - 1)])
            for age in reversed(range(self.stay))
        ]


def check_options(options: Mapping[str, object]) -> Turn:
    """Return the rotation that `options` describe; raise `Problem` for one that cannot be."""
    groups = _read_number(options, "groups", 2, MAX_GROUPS)
    turn = _read_number(options, "turn", 0, 10**9)
    stay = _read_number(options, "stay", 1, groups)
    seeds = options.get("earlier_seeds")
    if set(options) != set(DEFAULTS) or not _are_lines(seeds) or len(seeds) >= stay:
        raise Problem(
            N_("rotation: expected {keys}, with at most {most} earlier seeds, got {got}"),
            keys=", ".join(DEFAULTS),
            most=stay - 1,
            got=dict(options),
        )
    return Turn(groups, turn, stay, tuple(seeds))


def group_of(unit_id: str, groups: int) -> int:
    """Return the rotation group of `unit_id`, from 0 to below `groups`, the same for ever.

    The SHA-256 of "rotation", newline, "group", newline, id, as a number from 0 to below 1, times
    `groups`, rounded down.

    >>> [group_of(f"p-{number}", 4) for number in range(5)]
    [1, 1, 3, 1, 0]
    """
    return int(uniform(f"rotation\ngroup\n{unit_id}") * groups)


def redraw(
    units: Sequence[Unit], stratum: DrawnStratum, seed: str, options: Mapping[str, object]
) -> tuple[list[str], list[str]]:
    """Return the sample, group by group, the newest last, and the reserve.

    The groups whose turn it is give equal numbers, as far as they can; each its smallest tickets
    under the seed it entered by. What they all together cannot give comes from everybody else, by
    this year's tickets. So does the reserve, people of the groups whose turn it is first.
    """
    turn = check_options(options)
    n = min(stratum["n"], len(units))
    in_turn, others = split_groups([unit.id for unit in units], turn)
    counts = share_turn(n, [len(ids) for ids in in_turn])
    entries = turn.list_entries(seed)
    sample = [
        unit_id
        for ids, count, (_, entry_seed) in zip(in_turn, counts, entries, strict=True)
        for unit_id in sort_by_ticket(ids, entry_seed)[:count]
    ]
    known = set(sample)
    rest = sort_by_ticket((i for i in chain(*in_turn) if i not in known), seed)
    rest += sort_by_ticket(others, seed)
    missing = n - len(sample)
    depth = stratum.get("reserve_depth", stratum["n"])
    return sample + rest[:missing], rest[missing : missing + depth]


def split_groups(ids: Sequence[str], turn: Turn) -> tuple[list[list[str]], list[str]]:
    """Return the ids of each group whose turn it is, newest last, and all other ids."""
    members: dict[int, list[str]] = {}
    for unit_id in ids:
        members.setdefault(group_of(unit_id, turn.groups), []).append(unit_id)
    in_turn = [members.pop(group, []) for group, _ in turn.list_entries("")]
    return in_turn, list(chain(*members.values()))


def share_turn(n: int, sizes: Sequence[int]) -> list[int]:
    """Return how many of `n` each group whose turn it is gives: equal, and not above its size.

    What is left over falls to the last ones. As many as there are when `n` is more.

    >>> share_turn(8, [9, 1, 9])
    [3, 1, 4]
    """
    parts, left = [0] * len(sizes), min(n, sum(sizes))
    while left:
        free = [index for index, size in enumerate(sizes) if parts[index] < size]
        step = min(left // len(free), *(sizes[index] - parts[index] for index in free))
        for index in free if step else free[-left:]:
            parts[index] += step or 1
        left = min(n, sum(sizes)) - sum(parts)
    return parts


def _read_number(options: Mapping[str, object], key: str, least: int, most: int) -> int:
    value = options.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Problem(
            N_("rotation, {key}: expected a whole number from {least} to {most}, got {got}"),
            key=key,
            least=least,
            most=most,
            got=value,
        )
    return value


def _are_lines(seeds: object) -> TypeGuard[list[str]]:
    return isinstance(seeds, list) and all(
        isinstance(seed, str) and seed and "\n" not in seed and "\r" not in seed for seed in seeds
    )
