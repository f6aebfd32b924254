"""Estimates, standard errors, intervals, design effects and domains against R's survey package."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest

from scoring.sample_design import SampleDesign, make_design
from tests.scoring import oracle, oracle_calls


def _schools(name: str) -> pd.DataFrame:
    return oracle_calls.with_items(oracle.data(name))


def _respondents() -> pd.DataFrame:
    frame = oracle.data("made_respondents")
    clusters = np.where(frame["cat"] == "parent", 40, frame["Nh"])
    return frame.assign(clusters=clusters)


FRAMES: dict[str, Callable[[], pd.DataFrame]] = {
    "dsrs": lambda: _schools("apisrs"),
    "dstrat": lambda: _schools("apistrat"),
    "dclus1": lambda: _schools("apiclus1"),
    "dclus2": lambda: _schools("apiclus2"),
    "made": _respondents,
}

DESIGNS: dict[str, tuple[str, Callable[[pd.DataFrame], SampleDesign]]] = {
    "dsrs": ("dsrs", lambda d: make_design(weights=d.pw, populations=[d.fpc])),
    "dsrs0": ("dsrs", lambda d: make_design(weights=d.pw)),
    "dstrat": ("dstrat", lambda d: make_design(weights=d.pw, strata=d.stype, populations=[d.fpc])),
    "dstrat0": ("dstrat", lambda d: make_design(weights=d.pw, strata=d.stype)),
    "dclus1": (
        "dclus1",
        lambda d: make_design(weights=d.pw, clusters=[d.dnum], populations=[d.fpc]),
    ),
    "dclus10": ("dclus1", lambda d: make_design(weights=d.pw, clusters=[d.dnum])),
    "dclus2": (
        "dclus2",
        lambda d: make_design(clusters=[d.dnum, d.snum], populations=[d.fpc1, d.fpc2]),
    ),
    "dclus2w": ("dclus2", lambda d: make_design(weights=d.pw, clusters=[d.dnum])),
    "made.dm": (
        "made",
        lambda d: make_design(weights=d.w_nr, strata=d.stratum, clusters=[d.psu]),
    ),
    "made.dmf": (
        "made",
        lambda d: make_design(
            weights=d.w_nr, strata=d.stratum, clusters=[d.psu], populations=[d.clusters]
        ),
    ),
}


@cache
def _frame(name: str) -> pd.DataFrame:
    return FRAMES[name]()


@cache
def _design(name: str) -> tuple[SampleDesign, pd.DataFrame]:
    frame_name, make = DESIGNS[name]
    return make(_frame(frame_name)), _frame(frame_name)


def _name(id: str) -> str:
    parts = id.split(".")
    return ".".join(parts[:2]) if parts[0] == "made" else parts[0]


@pytest.mark.parametrize("id", oracle.covered("test_estimates_oracle.py::test_estimates"))
def test_estimates(id: str) -> None:
    design, frame = _design(_name(id))
    oracle_calls.check(id, design, frame)


@pytest.mark.parametrize("id", oracle.covered("test_estimates_oracle.py::test_design"))
def test_design(id: str) -> None:
    design, _ = _design(id.removeprefix("design."))
    found = {
        "degf": design.df,
        "n": design.n,
        "sum_w": design.weights.sum(),
        "npsu": design.n_psus,
        "nstrata": design.n_strata,
    }
    oracle_calls.compare(found, oracle.case(id)["value"], 1e-14)
