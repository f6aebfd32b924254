"""The bootstrap (自助法) for surveys: PSUs drawn anew with replacement within strata, rescaled.

Of the n PSUs of a stratum, n - 1 are drawn with replacement. A PSU drawn k times has the
multiplier 1 - l + l k n / (n - 1) with l = sqrt(1 - f), f the stratum's sampling fraction: the
replicates of a total then vary as much as the total does.
References: Rao and Wu, JASA 83 (1988), 231-241; Rao, Wu and Yue, Survey Methodology 18 (1992),
209-217. With f = 0 it is what R's survey package calls subbootstrap.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sampling.problems import N_, Problem
from scoring.replication import Replication, check_size, first_stage_fractions
from scoring.sample_design import IntArray, SampleDesign

Counts = npt.NDArray[np.uint8] | npt.NDArray[np.uint32]


def bootstrap(
    design: SampleDesign,
    replicates: int,
    seed: int,
    *,
    is_finite: bool = True,
    mse: bool = False,
) -> Replication:
    """Return Rao-Wu bootstrap replicates.

    Parameters
    ----------
    design
        Strata with one PSU, where they are certain, keep the multiplier 1.
    replicates
        From 2 up; some hundreds.
    seed
        Of numpy's PCG64 generator; it is kept with the replicates, and the same seed gives the
        same replicates.
    is_finite
        Whether the first stage's sampling fractions are allowed for.

    Raises `Problem` for fewer than 2 replicates, and as `first_stage_fractions` does.

    >>> from scoring.sample_design import make_design
    >>> found = bootstrap(make_design(n=5), 100, seed=1)
    >>> found.multipliers(slice(None)).sum(axis=0).round(9).tolist() == [5.0] * 100
    True
    """
    if replicates < 2:
        raise Problem(N_("expected at least 2 replicates, got {got}"), got=replicates)
    check_size(design.n_psus, replicates)
    fractions = first_stage_fractions(design) * is_finite
    sizes = design.stages[0].sizes
    n = sizes[design.psu_strata]
    kept = np.where(n > 1, np.sqrt(1 - fractions[design.psu_strata]), 0.0)
    return Replication(
        kind="bootstrap",
        units=design.psus,
        base=1 - kept,
        step=kept * n / np.maximum(n - 1, 1),
        pattern=_draw(sizes, replicates, seed),
        scale=1 / (replicates - 1),
        rscales=np.ones(replicates),
        df=min(design.df, replicates - 1),
        strata=design.psu_strata,
        mse=mse,
        seed=seed,
    )


def _draw(sizes: IntArray, replicates: int, seed: int) -> Counts:
    """Return (U, R) how often each PSU is drawn; a stratum of n PSUs has n - 1 draws."""
    generator = np.random.Generator(np.random.PCG64(seed))
    first = np.cumsum(sizes) - sizes
    draws = np.maximum(sizes - 1, 0)
    n, start = np.repeat(sizes, draws).astype(np.float64), np.repeat(first, draws)
    small = sizes.max(initial=0) <= np.iinfo(np.uint8).max
    counts = np.empty((replicates, int(sizes.sum())), dtype=np.uint8 if small else np.uint32)
    for row in counts:
        drawn = start + (generator.random(len(n)) * n).astype(np.intp)
        row[:] = np.bincount(drawn, minlength=len(row))
    return np.ascontiguousarray(counts.T)
