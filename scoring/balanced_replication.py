"""Balanced repeated replication (BRR, 平衡半样本) for designs with two PSUs in each stratum.

Each replicate takes one PSU of each stratum as told by a row of a Hadamard matrix; Fay's variant
keeps the other at a part of its weight.
References: McCarthy, Review of the International Statistical Institute 37 (1969), 239-264; Judkins,
Journal of Official Statistics 6 (1990), 223-239, for Fay's method; Paley, Journal of Mathematics
and Physics 12 (1933), 311-320, for the matrices.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sampling.problems import N_, Problem
from scoring.replication import Replication, check_size
from scoring.sample_design import SampleDesign

Signs = npt.NDArray[np.int8]


def balanced_replication(
    design: SampleDesign, *, rho: float = 0.0, mse: bool = False
) -> Replication:
    """Return balanced half-samples: of the two PSUs of a stratum one has 2 - rho, the other rho.

    rho from 0 (BRR) to below 1 (Fay). There are as many replicates as the smallest Hadamard
    matrix with more rows than strata has that is built here. Finite populations are not allowed
    for. Raises `Problem` where a stratum has other than two PSUs.

    >>> from scoring.sample_design import make_design
    >>> found = balanced_replication(make_design(strata=["a", "a", "b", "b"]))
    >>> found.kind, found.replicates, found.multipliers(slice(None)).sum(axis=0).tolist()
    ('BRR', 4, [4.0, 4.0, 4.0, 4.0])
    """
    _check_pairs(design)
    if not 0 <= rho < 1:
        raise Problem(N_("expected rho from 0 to below 1, got {got}"), got=rho)
    signs = hadamard(design.n_strata + 1)
    check_size(design.n_psus, len(signs))
    # The first column is all ones and would give a stratum the same PSU in every replicate.
    pattern = np.repeat(signs[:, 1 : design.n_strata + 1].T, 2, axis=0)
    pattern[1::2] *= -1
    return Replication(
        kind="Fay" if rho else "BRR",
        units=design.psus,
        base=np.ones(design.n_psus),
        step=np.full(design.n_psus, 1 - rho),
        pattern=pattern,
        scale=1 / (len(signs) * (1 - rho) ** 2),
        rscales=np.ones(len(signs)),
        df=design.df,
        strata=design.psu_strata,
        mse=mse,
    )


def hadamard(least: int) -> Signs:
    """Return the smallest Hadamard matrix built here with at least `least` rows.

    Rows and columns are orthogonal, entries 1 and -1, and the first column is all 1. Matrices
    come from Paley's first construction (orders q + 1, q a prime of the form 4 k + 3) and from
    doubling.

    >>> matrix = hadamard(10).astype(int)
    >>> matrix.shape, bool((matrix.T @ matrix == 12 * np.eye(12)).all())
    ((12, 12), True)
    """
    order = 1 if least <= 1 else 2 if least == 2 else -(-least // 4) * 4
    while (build := _builder(order)) is None:
        order += 4
    signs = build()
    return np.asarray(signs * signs[:, :1], dtype=np.int8)


def _builder(order: int) -> Callable[[], Signs] | None:
    if order == 1:
        return lambda: np.ones((1, 1), dtype=np.int8)
    if order % 4 == 0 and _is_prime(order - 1):
        return lambda: _paley(order - 1)
    half = _builder(order // 2) if order % 2 == 0 else None
    return None if half is None else lambda: _double(half())


def _paley(q: int) -> Signs:
    residues = np.full(q, -1, dtype=np.int8)
    residues[np.arange(1, q) ** 2 % q] = 1
    residues[0] = 0
    places = np.arange(q)
    core = residues[(places[:, None] - places) % q]
    matrix = np.ones((q + 1, q + 1), dtype=np.int8)
    matrix[1:, 1:] = core + np.eye(q, dtype=np.int8)
    matrix[1:, 0] = -1
    return matrix


def _double(signs: Signs) -> Signs:
    return np.block([[signs, signs], [signs, -signs]])


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % k for k in range(2, int(number**0.5) + 1))


def _check_pairs(design: SampleDesign) -> None:
    other = np.flatnonzero(design.stages[0].sizes != 2)
    if other.size:
        stratum = int(other[0])
        raise Problem(
            N_("balanced replication needs two clusters in each stratum, {stratum} has {count}"),
            stratum=design.stratum_names[stratum] or "-",
            count=int(design.stages[0].sizes[stratum]),
        )
