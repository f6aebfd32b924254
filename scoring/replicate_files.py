"""Replicate weights in and out: one column a replicate, one row a row of the sample.

Such files are how statistical offices publish a sample without its strata and clusters. The kind
says how the replicates are put together; scales are those of R's survey package (`svrepdesign`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from sampling.problems import N_, Problem
from scoring.replication import ReplicateSample, Replication
from scoring.sample_design import FloatArray

KINDS = ("JK1", "JKn", "BRR", "Fay", "bootstrap")


def read_replicates(path: Path, rows: int) -> FloatArray:
    """Return (n, R) the weights in a CSV file with a header, `rows` long.

    Raises `Problem` for another number of rows, and for what is not a number from 0 up; with
    line and column.
    """
    table = _read_table(path)
    if len(table) != rows:
        raise Problem(
            N_("expected {expected} rows of replicate weights, got {got}"),
            where=str(path),
            expected=rows,
            got=len(table),
        )
    numbers = table.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
    faulty = np.argwhere(~(np.isfinite(numbers) & (numbers >= 0)))
    if len(faulty):
        row, column = (int(place) for place in faulty[0])
        raise Problem(
            N_("line {line} column {column}: expected a number from 0 up, got {got!r}"),
            where=str(path),
            line=row + 2,
            column=str(table.columns[column]),
            got=str(table.iat[row, column]),
        )
    return np.asarray(numbers)


def _read_table(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise Problem(
            N_("not a table of replicate weights: {error}"), where=str(path), error=str(error)
        ) from error


def write_replicates(path: Path, sample: ReplicateSample) -> None:
    """Write the weights of every replicate, columns r1 to rR, so that they read back the same."""
    weights = sample.replicate_weights()
    names = [f"r{number + 1}" for number in range(weights.shape[1])]
    pd.DataFrame(weights, columns=names).to_csv(path, index=False, float_format="%.17g")


def given_replicates(
    weights: FloatArray,
    replicates: FloatArray,
    kind: str,
    *,
    scale: float | None = None,
    rscales: FloatArray | None = None,
    rho: float = 0.0,
    mse: bool = False,
) -> ReplicateSample:
    """Return the sample of (n,) weights with (n, R) replicate weights from elsewhere.

    Parameters
    ----------
    kind
        One of `KINDS`. It gives scale and rscales where they are not given:
        JK1 (R - 1) / R; JKn 1 for scale and for each replicate (n_h - 1) / n_h, read off the
        largest multiplier n_h / (n_h - 1) in it; BRR 1 / R; Fay 1 / (R (1 - rho)^2); bootstrap
        1 / (R - 1). Finite populations are in scale or rscales, or not at all. JKn weights that
        were calibrated need their rscales given: the multiplier cannot be read off them.
    rho
        Of Fay's method.

    Raises `Problem` for an unknown kind, for fewer than 2 replicates and where shapes differ.
    """
    if kind not in KINDS:
        raise Problem(N_("expected one of {expected} as the kind of replicates, got {got!r}"),
                      expected=", ".join(KINDS), got=kind)  # fmt: skip
    rows, count = replicates.shape
    if count < 2 or rows != len(weights):
        raise Problem(
            N_("expected {rows} rows of at least 2 replicate weights, got {got} of {count}"),
            rows=len(weights), got=rows, count=count,
        )  # fmt: skip
    multipliers = replicates / weights[:, None]
    scheme = Replication(
        kind=kind,
        units=np.arange(rows),
        base=np.zeros(rows),
        step=np.ones(rows),
        pattern=multipliers,
        scale=_scale(kind, count, rho) if scale is None else scale,
        rscales=_rscales(kind, multipliers) if rscales is None else rscales,
        df=count - 1,
        mse=mse,
    )
    return ReplicateSample(weights, weights, scheme, np.zeros(rows, dtype=np.bool_))


def _scale(kind: str, count: int, rho: float) -> float:
    scales = {
        "JK1": (count - 1) / count,
        "JKn": 1.0,
        "BRR": 1 / count,
        "Fay": 1 / (count * (1 - rho) ** 2),
        "bootstrap": 1 / (count - 1),
    }
    return scales[kind]


def _rscales(kind: str, multipliers: FloatArray) -> FloatArray:
    if kind == "JKn":
        return np.asarray(1 / multipliers.max(axis=0))
    return np.ones(multipliers.shape[1])
