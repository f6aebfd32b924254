"""Systematic draw (等距抽样): every N/n-th person of a sorted list, from a start the seed gives.

The list is sorted by place, so the sample is spread over townships and schools in proportion to
their people without a stratum for each of them: implicit stratification (隐含分层).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from sampling.frame import COLUMNS, Unit
from sampling.order_sampling import sort_by_ticket, uniform
from sampling.problems import N_, Problem
from sampling.record import DrawnStratum

NAME = "systematic"
SORTABLE = COLUMNS[2:]
DEFAULTS: dict[str, object] = {"spread": ["township", "school"]}
REMARKS = (
    N_("Inclusion probabilities are exact: people drawn over people, in each stratum."),
    N_(
        "No unbiased estimate of the variance exists for a systematic sample. Where the place of "
        "each value in the list is known, successive differences estimate it; papers carry no "
        "place, so the interval of the rate takes each stratum for a simple random sample, which "
        "errs on the wide side when neighbours in the list resemble each other."
    ),
    N_(
        "A bigger sample does not contain a smaller one. Reserves are drawn by ticket from those "
        "who are not in the sample."
    ),
)


def check_options(options: Mapping[str, object]) -> list[str]:
    """Return the columns that the list is sorted by before the id; raise `Problem` for others."""
    columns = options.get("spread")
    if (
        set(options) != set(DEFAULTS)
        or not isinstance(columns, list)
        or not all(column in SORTABLE for column in columns)
        or len(set(columns)) < len(columns)
    ):
        raise Problem(
            N_("the list can be spread over {known}, each named once; got {got}"),
            known=", ".join(SORTABLE),
            got=columns,
        )
    return columns


def redraw(
    units: Sequence[Unit], stratum: DrawnStratum, seed: str, options: Mapping[str, object]
) -> tuple[list[str], list[str]]:
    """Return the sample, in the order of the list, and the reserve, in the order of the tickets.

    The start is the SHA-256 of seed, newline, "start", newline, name of the stratum. The reserve
    are the smallest tickets among those not drawn: with r of them released, everybody had the
    probability (n + r) / N.
    """
    columns = [COLUMNS.index(column) for column in check_options(options)]
    in_order = sorted(units, key=lambda unit: ([unit[column] for column in columns], unit.id))
    start = uniform(f"{seed}\nstart\n{stratum['stratum']}")
    drawn = pick_positions(len(units), min(stratum["n"], len(units)), start)
    sample = [in_order[position].id for position in drawn]
    rest = {unit.id for unit in units} - set(sample)
    return sample, sort_by_ticket(rest, seed)[: stratum.get("reserve_depth", stratum["n"])]


def pick_positions(size: int, n: int, u: Fraction) -> list[int]:
    """Return `n` of the positions from 0 to below `size`: the floors of (u + j) size / n.

    `u` is from 0 to below 1. Each position has the probability n / size, for a uniform `u`.

    >>> pick_positions(10, 4, Fraction(9, 10))
    [2, 4, 7, 9]
    """
    return [int((u + place) * size / n) for place in range(n)]


def estimate_variance(values: Sequence[Fraction | int], size: int) -> Fraction:
    """Return the variance of the mean of `values` by successive differences.

    Parameters
    ----------
    values
        One value for each drawn person, in the order of the list; two or more.
    size
        People in the list.

    v = (1 - n/N) / n * sum of squared differences of neighbours / (2 (n - 1)). Biased upwards
    where the values have a trend along the list, downwards where they follow its step.

    Reference: Wolter, Introduction to Variance Estimation (2nd ed. 2007), section 8.2, v2.

    >>> str(estimate_variance([0, 1, 1, 0], 40))
    '3/40'
    """
    n = len(values)
    if n < 2:
        raise Problem(N_("successive differences need 2 values or more, got {got}"), got=n)
    squares = sum((Fraction(second) - first) ** 2 for first, second in pairwise(values))
    return (1 - Fraction(n, size)) / n * squares / (2 * (n - 1))
