"""The jackknife (刀切法): replicates that each leave out one primary sampling unit.

Reference: Wolter, Introduction to Variance Estimation (2nd ed. 2007), 4.3 and 4.5. The names JK1
(one stratum) and JKn, the scales and the finite population correction are those of R's survey
package.
"""

from __future__ import annotations

import numpy as np

from scoring.replication import Replication, check_size, first_stage_fractions
from scoring.sample_design import SampleDesign


def jackknife(design: SampleDesign, *, mse: bool = False) -> Replication:
    """Return the replicates that leave out one PSU each: JK1 with one stratum, else JKn.

    In a stratum with n PSUs, the others of the stratum are multiplied by n / (n - 1), and the
    replicate counts with (1 - f) (n - 1) / n. A stratum with one PSU, certain or unable to vary,
    has no replicate. Raises `Problem` for such strata where they fail, and where the PSUs are
    too many to keep a replicate of each.

    >>> from scoring.sample_design import make_design
    >>> found = jackknife(make_design(n=3))
    >>> found.kind, round(found.scale, 4), found.multipliers(slice(None)).tolist()[0]
    ('JK1', 0.6667, [0.0, 1.5, 1.5])
    """
    fractions, sizes = first_stage_fractions(design), design.stages[0].sizes
    left_out = np.flatnonzero(sizes[design.psu_strata] > 1)
    check_size(design.n_psus, len(left_out))
    strata = design.psu_strata[left_out]
    n = sizes[strata]
    pattern = np.where(design.psu_strata[:, None] == strata, n / np.maximum(n - 1, 1), 1.0)
    pattern[left_out, np.arange(len(left_out))] = 0.0
    rscales = (1 - fractions[strata]) * (n - 1) / n
    is_single = design.n_strata == 1
    return Replication(
        kind="JK1" if is_single else "JKn",
        units=design.psus,
        base=np.zeros(design.n_psus),
        step=np.ones(design.n_psus),
        pattern=pattern,
        scale=float(rscales[0]) if is_single and len(rscales) else 1.0,
        rscales=np.ones(len(rscales)) if is_single else rscales,
        df=design.df,
        strata=design.psu_strata,
        mse=mse,
    )
