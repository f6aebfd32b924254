"""Reserves (替补): who is released next in a stratum, in the order of the tickets."""

from __future__ import annotations

from collections.abc import Sequence

from sampling.problems import N_, Problem
from sampling.record import Draw, DrawnStratum


def next_reserves(
    draw: Draw, stratum: str, already_released: Sequence[str], count: int
) -> list[str]:
    """Return the next `count` ids of the reserve of `stratum`.

    Parameters
    ----------
    draw
        The draw certificate.
    stratum
        Name of the stratum in which people were lost; reserves never cross into another.
    already_released
        The ids released in it so far, in any order; they must be the first ones of the reserve.
    count
        How many are to be released now, from 0; decided from dispositions, never from answers.

    Raises `Problem` for an unknown stratum, a release out of order, or a reserve that has fewer.
    """
    reserve = _find_stratum(draw, stratum)["reserve"]
    released = len(already_released)
    if set(already_released) != set(reserve[:released]):
        raise Problem(
            N_("stratum {stratum}: reserves were released out of their drawn order"),
            stratum=stratum,
        )
    left = len(reserve) - released
    if not 0 <= count <= left:
        raise Problem(
            N_("stratum {stratum}: {count} reserves are wanted, {left} are left"),
            stratum=stratum,
            count=count,
            left=left,
        )
    return reserve[released : released + count]


def _find_stratum(draw: Draw, name: str) -> DrawnStratum:
    for stratum in draw["strata"]:
        if stratum["stratum"] == name:
            return stratum
    raise Problem(N_("the draw has no stratum {stratum!r}"), stratum=name)
