"""The design estimate of a share and its variance, exact.

Simple random sampling without replacement within answer strata, strata combined within a
category by their people, categories combined by shares that are given and held fixed.
References: Cochran, Sampling Techniques (3rd ed. 1977), 5.9 and 5A.13 for the stratified share;
Kish, Survey Sampling (1965), 11.7 for the effect of unequal weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

LARGEST_VARIANCE = Fraction(1, 4)
"""Of a yes or no: what stands in where one paper alone cannot show a variance."""


@dataclass(frozen=True, slots=True)
class StratumCount:
    """Valid papers of one stratum: `n` of `N` people, `satisfied` of them satisfied.

    Where papers have scores between 0 and 1, `satisfied` is their sum. The variance then taken,
    that of a yes or no of the same mean, is the largest such scores can have.
    """

    category: str
    N: int
    n: int
    satisfied: int | Fraction


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimated share.

    share, variance
        Exact.
    n, strata
        Valid papers and strata after collapsing; `df` is their difference.
    n_kish
        `n` over the Kish design effect of the papers' weights.
    is_census
        Everybody in every stratum gave a valid paper.
    """

    share: Fraction
    variance: Fraction
    n: int
    strata: int
    n_kish: Fraction
    is_census: bool

    @property
    def df(self) -> int:
        """Degrees of freedom: papers minus strata."""
        return self.n - self.strata


def estimate_share(
    counts: Sequence[StratumCount], shares: Mapping[str, Fraction]
) -> Estimate | None:
    """Return the design estimate of the satisfied share, or None where no paper is valid.

    Parameters
    ----------
    counts
        One entry for each answer stratum, those without papers included.
    shares
        The weight of each category, adding up to 1; categories of weight 0 need no paper.

    In a category, p = sum_a (N_a / N) p_a and
    v = sum_a (N_a / N)^2 (1 - n_a / N_a) p_a (1 - p_a) / (n_a - 1).

    >>> e = estimate_share([StratumCount("parent", 100, 20, 17)], {"parent": Fraction(1)})
    >>> e.share, e.variance, e.df
    (Fraction(17, 20), Fraction(51, 9500), 19)
    """
    parts = [
        (share, stratum, N)
        for category, share in shares.items()
        if share
        for stratum, N in _strata_of(category, counts)
    ]
    if not parts:
        return None
    weights = [share * Fraction(stratum.N, N) for share, stratum, N in parts]
    strata = [stratum for _, stratum, _ in parts]
    weighted = list(zip(weights, strata, strict=True))
    return Estimate(
        share=sum((w * _share(s) for w, s in weighted), Fraction()),
        variance=sum((w**2 * _variance(s) for w, s in weighted), Fraction()),
        n=sum(stratum.n for stratum in strata),
        strata=len(strata),
        n_kish=1 / sum((w**2 / s.n for w, s in weighted), Fraction()),
        is_census=all(stratum.n == stratum.N for stratum in strata),
    )


def collapse(strata: Sequence[StratumCount]) -> list[StratumCount]:
    """Return the strata of one category, united into one where any shows no variance.

    A stratum shows none when it has people and fewer than two valid papers, unless everybody in
    it gave one. The whole category is then taken as one stratum: the variance comes out too
    large rather than too small, and nobody's stratum is left out.
    """
    peopled = [stratum for stratum in strata if stratum.N]
    if all(stratum.n >= 2 or stratum.n == stratum.N for stratum in peopled):
        return peopled
    return [
        StratumCount(
            category=peopled[0].category,
            N=sum(stratum.N for stratum in peopled),
            n=sum(stratum.n for stratum in peopled),
            satisfied=sum((Fraction(stratum.satisfied) for stratum in peopled), Fraction()),
        )
    ]


def _strata_of(category: str, counts: Sequence[StratumCount]) -> list[tuple[StratumCount, int]]:
    """Return the category's strata, collapsed where need be, each with the category's people."""
    strata = collapse([count for count in counts if count.category == category])
    people = sum(stratum.N for stratum in strata)
    return [(stratum, people) for stratum in strata]


def _share(stratum: StratumCount) -> Fraction:
    return Fraction(stratum.satisfied, stratum.n)


def _variance(stratum: StratumCount) -> Fraction:
    """Return the variance of the stratum's share with its finite population correction."""
    if stratum.n == stratum.N:
        return Fraction()
    unseen = 1 - Fraction(stratum.n, stratum.N)
    if stratum.n == 1:
        return unseen * LARGEST_VARIANCE
    p = _share(stratum)
    return unseen * p * (1 - p) / (stratum.n - 1)
