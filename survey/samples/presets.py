"""Numbers to start from (预设): the rules' own, or the areas shared out in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flask_babel import lazy_gettext

from sampling.allocation import fill_equally
from sampling.problems import N_, Problem

PRESETS = {
    "rules": lazy_gettext("Numbers of the rules"),
    "residents": lazy_gettext("Areas by residents"),
    "people": lazy_gettext("Areas by people in the roster"),
    "equal": lazy_gettext("Areas alike"),
}

Areas = Mapping[str, Mapping[str, int]]


def pin_areas(
    name: str, categories: Mapping[str, int], people: Areas, residents: Mapping[str, int] | None
) -> dict[str, int]:
    """Return the numbers that a preset sets for the areas of each category.

    Parameters
    ----------
    name
        A key of `PRESETS`.
    categories
        How many are drawn of each category; presets leave that as it is.
    people
        Eligible people by category and area, for categories of more than one area.
    residents
        Residents by area, None where they are not known.
    """
    if name not in PRESETS:
        raise Problem(N_("there is no such set of numbers"))
    if name == "residents" and not residents:
        raise Problem(N_("the residents by area are not known; enter them with the round's data"))
    pins: dict[str, int] = {}
    for category, own in people.items():
        if name == "rules" or len(own) < 2:
            continue
        most = list(own.values())
        if name == "equal":
            shares = fill_equally(categories[category], [0] * len(most), most)
        else:
            weights = most if name == "people" else [(residents or {}).get(one, 0) for one in own]
            shares = apportion(categories[category], weights, most)
        pins |= {f"{category}/{area}": n for area, n in zip(own, shares, strict=True)}
    return pins


def apportion(total: int, weights: Sequence[int], most: Sequence[int]) -> list[int]:
    """Share `total` out in proportion to `weights`, none above its `most` (最大余额法).

    What an area cannot give goes to the others, the largest remainder first.

    >>> apportion(10, [1, 1, 2], [9, 9, 9])
    [3, 2, 5]
    >>> apportion(10, [8, 1, 1], [4, 9, 9])
    [4, 3, 3]
    """
    shares = list(most)
    open_ones = list(range(len(most)))
    while open_ones:
        left = total - sum(most) + sum(most[i] for i in open_ones)
        weight = sum(weights[i] for i in open_ones)
        exact = {
            i: Fraction(left * weights[i], weight) if weight else Fraction(left, len(open_ones))
            for i in open_ones
        }
        if not any(exact[i] > most[i] for i in open_ones):
            break
        open_ones = [i for i in open_ones if exact[i] <= most[i]]
    for i in open_ones:
        shares[i] = int(exact[i])
    largest = sorted(open_ones, key=lambda i: shares[i] - exact[i])
    for i in largest[: max(0, total - sum(shares))]:
        shares[i] += 1
    return shares
