"""Order sampling (次序抽样): a fixed number of clusters, with probability proportional to size.

Each cluster has a uniform number, which here is its ticket, and a target probability. It gets a
ranking number from both, and the smallest ranking numbers are drawn. The numbers are rationals
and are compared exactly, so that every computer ranks alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem
from sampling.tickets import ticket

TICKETS = 2**256


def uniform(text: str) -> Fraction:
    """Return the SHA-256 of `text` as a number from 0 to below 1: the hash over 2^256.

    >>> float(uniform("demo"))
    0.16637143031884494
    """
    return Fraction(int(sha256_text(text), 16), TICKETS)


def sort_by_ticket(ids: Iterable[str], seed: str) -> list[str]:
    """Return `ids` by their tickets (as text, then by id)."""
    return [unit_id for _, unit_id in sorted((ticket(seed, unit_id), unit_id) for unit_id in ids)]


def target_probabilities(sizes: Sequence[int], n: int) -> list[Fraction]:
    """Return probabilities in proportion to `sizes` that add up to `n`, none above 1.

    Whoever would have 1 or more is certain; the others share what is left in proportion, again
    and again, until nobody else becomes certain. Size 0 has probability 0. Raises `Problem` when
    `n` is more than there are sizes above 0.

    Reference: Särndal, Swensson, Wretman, Model Assisted Survey Sampling (1992), section 3.6.2.

    >>> [str(p) for p in target_probabilities([10, 20, 30, 140], 2)]
    ['1/6', '1/3', '1/2', '1']
    """
    if n > sum(size > 0 for size in sizes):
        raise Problem(
            N_("{n} clusters are to be drawn, but there are only {got}"),
            n=n,
            got=sum(size > 0 for size in sizes),
        )
    rest = {index for index, size in enumerate(sizes) if size > 0}
    left = n
    while rest and left:
        total = sum(sizes[index] for index in rest)
        certain = {index for index in rest if left * sizes[index] >= total}
        if not certain:
            return [
                Fraction(left * size, total) if index in rest else Fraction(size > 0)
                for index, size in enumerate(sizes)
            ]
        rest -= certain
        left -= len(certain)
    return [Fraction(size > 0 and index not in rest) for index, size in enumerate(sizes)]


def rank_poisson(u: Fraction, p: Fraction) -> Fraction:
    """Return the ranking number u / p of sequential Poisson sampling, for p above 0.

    Reference: Ohlsson, Sequential Poisson sampling, Journal of Official Statistics 14 (1998).
    """
    return u / p


def rank_pareto(u: Fraction, p: Fraction) -> Fraction:
    """Return the ranking number u (1 - p) / (p (1 - u)) of Pareto sampling, p above 0, u below 1.

    Reference: Rosén, On sampling with probability proportional to size, Journal of Statistical
    Planning and Inference 62 (1997), 159-191.
    """
    return u * (1 - p) / (p * (1 - u))


METHODS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "pareto": rank_pareto,
    "sequential-poisson": rank_poisson,
}


def rank_clusters(
    uniforms: Sequence[Fraction], probabilities: Sequence[Fraction], method: str
) -> list[int]:
    """Return the positions of all clusters that can be drawn, first the ones to be drawn first.

    Certain clusters come first, in their own order; the others by ranking number, equal ones by
    position. The first n are the sample when the probabilities add up to n, and the next ones its
    reserve. Inclusion probabilities are near the targets, not equal to them; those of Pareto
    sampling are nearer.
    """
    rank = METHODS[method]
    keys = [
        (p < 1, rank(u, p) if p < 1 else Fraction(0), position)
        for position, (u, p) in enumerate(zip(uniforms, probabilities, strict=True))
        if p
    ]
    return [position for _, _, position in sorted(keys)]
