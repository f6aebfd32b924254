"""Replicate weights, and estimates from them, against R's survey package."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.domains import cross_classify
from scoring.estimates import Estimates
from scoring.intervals import mean_interval, share_interval
from scoring.jackknife import jackknife
from scoring.recalibration import recalibrate
from scoring.replicate_estimates import (
    ReplicateEstimates,
    logit_interval,
    replicate_means,
    replicate_ratios,
    replicate_totals,
)
from scoring.replicate_files import given_replicates
from scoring.replication import ReplicateSample, replicate
from scoring.sample_design import FloatArray
from tests.scoring import oracle, oracle_calls
from tests.scoring.test_weights_oracle import RAKED, calibrated, design_of, frame_of

HERE = "test_replication_oracle.py"
LEVEL = Fraction(95, 100)
RECALIBRATED = {
    "dclus1_JK1_post": "post",
    "dclus1_JK1_rake": "rake",
    "dclus1_JK1_cal": "cal_linear_stype_api99_nobounds",
}


def is_given(name: str) -> bool:
    """Return whether R drew the replicates at random: they come in as a file would."""
    return "boot" in name


@cache
def sample_of(name: str) -> ReplicateSample:
    design_name = "made.dm" if name == "made" else name.split("_", maxsplit=1)[0]
    design = design_of(design_name)
    if is_given(name):
        value = oracle.case(f"rep.{name}")["value"]
        return given_replicates(
            design.weights,
            oracle.result(f"repw_{name}"),
            "bootstrap",
            scale=value["scale"],
            rscales=np.array(value["rscales"], dtype=np.float64),
            mse=value["mse"],
        )
    sample = replicate(design, jackknife(design, mse=name.endswith("mse")))
    way = RECALIBRATED.get(name)
    return recalibrate(sample, calibrated(design_name, way)) if way else sample


def data_of(name: str) -> pd.DataFrame:
    return frame_of("made.dm" if name == "made" else name.split("_", maxsplit=1)[0])


def tolerance(name: str) -> float:
    return RAKED if "rake" in name else oracle_calls.EXACT


def in_order(columns: FloatArray, rscales: FloatArray) -> FloatArray:
    """Return replicates with their rscales below them, in an order of their own.

    R numbers clusters as they come, we by their labels.
    """
    table = np.vstack([columns, rscales])
    return np.asarray(table[:, np.lexsort(table.round(6))])


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_replicate_weights"))
def test_replicate_weights(id: str) -> None:
    name, value = id.removeprefix("rep."), oracle.case(id)["value"]
    sample = sample_of(name)
    scheme = sample.replication
    assert scheme.replicates == value["R"]
    assert scheme.scale == pytest.approx(value["scale"], rel=1e-14)
    assert (
        replicate_means(sample, np.ones((len(sample.weights), 1))).estimates.df[0] == value["degf"]
    )
    assert scheme.mse == value["mse"]
    if not is_given(name):
        assert scheme.kind == value["type"]
    if value["file"].removesuffix(".csv") in ("repw_dclus10_JK1", "repw_dclus2w_JK1"):
        return  # R kept no file of these two
    ours = in_order(sample.replicate_weights(), scheme.rscales)
    theirs = in_order(oracle.result(f"repw_{name}"), np.asarray(value["rscales"], dtype=np.float64))
    np.testing.assert_allclose(ours, theirs, rtol=tolerance(name), atol=1e-12)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_replicate_estimates"))
def test_replicate_estimates(id: str) -> None:
    name, what = ("made", id[9:]) if id.startswith("made") else id[4:].split(".", 1)
    value = dict(oracle.case(id)["value"])
    oracle_calls.compare(
        values_of(name, what), value, max(tolerance(name), oracle_calls.tolerance(id))
    )


def values_of(name: str, what: str) -> dict[str, Any]:
    """Return all values that R prints for `what` of the sample `name`."""
    sample, frame = sample_of(name), data_of(name)
    if what.startswith("bycat."):
        return by(sample, column(frame, what[6:]), what[6:], {"cat": list(frame["cat"])})
    if what == "by.stype.prop":
        return by(sample, column(frame, "awardsb"), "awardsb", {"stype": list(frame["stype"])})
    if what == "ratio":
        found = replicate_ratios(sample, column(frame, "api.stu"), column(frame, "enroll"))
        return overall(found.estimates, None)
    if what.startswith("ciprop."):
        return share(replicate_means(sample, column(frame, "awardsb")), what.rsplit(".", 1)[1])
    kind, item = what.split(".")
    estimate = {"mean": replicate_means, "total": replicate_totals}[kind]
    found = estimate(sample, column(frame, item))
    return overall(found.estimates, int(found.estimates.df[0]))


def column(frame: pd.DataFrame, name: str) -> FloatArray:
    return np.asarray(frame[[name]], dtype=np.float64)


def overall(found: Estimates, df: int | None) -> dict[str, Any]:
    values = {
        "estimate": found.value[0],
        "SE": found.se[0],
        "vcov": found.variance,
        "confint_normal": ends(found, None),
    }
    return values if df is None else values | {"confint_t": ends(found, df), "degf": df}


def by(
    sample: ReplicateSample, item: FloatArray, name: str, columns: dict[str, list[str]]
) -> dict[str, Any]:
    domains = cross_classify(columns)
    found = replicate_means(sample, item, domains).estimates
    # R's svyby takes the degrees of freedom of everybody.
    df = int(replicate_means(sample, item).estimates.df[0])
    [(key, _)] = columns.items()
    return {
        key: [names[key] for names in domains.names],
        name: found.value[:, 0],
        "se": found.se[:, 0],
        "confint_normal": ends(found, None),
        "confint_t": ends(found, df),
    }


def ends(found: Estimates, df: int | None) -> list[list[float]]:
    """Return the lower and the upper ends at 95 %, normal where `df` is None."""
    z = NormalDist().inv_cdf(0.975)
    pairs = [
        (value - z * se, value + z * se) if df is None else mean_interval(value, se, df, LEVEL)
        for value, se in zip(found.value.ravel(), found.se.ravel(), strict=True)
    ]
    return [list(side) for side in zip(*pairs, strict=True)]


def share(found: ReplicateEstimates, method: str) -> dict[str, Any]:
    point = found.estimates.at(0, 0)
    if method == "logit":
        low, high = logit_interval(found, 0, 0, LEVEL)
    else:
        interval = share_interval(point, method, LEVEL)
        low, high = interval.low, interval.high
    return {"estimate": point.value, "SE": point.se, "lower": low, "upper": high}
