"""Calibrated weights, and estimates after calibration, against R's survey package."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd
import pytest

from sampling.problems import Problem
from scoring.auxiliaries import Auxiliaries, join, read_covariates, read_margins
from scoring.calibration import CalibratedWeights, Distance, Method, calibrate, calibrated_design
from scoring.comparison import compare_domains
from scoring.domain_estimates import estimate_means, estimate_totals
from scoring.domains import part
from scoring.intervals import share_interval
from scoring.post_stratification import post_stratify
from scoring.raking import Raking
from scoring.response_classes import ClassLimits, adjust_for_nonresponse
from scoring.sample_design import FloatArray, SampleDesign
from scoring.trimming import trim_weights
from scoring.weight_diagnostics import describe_weights
from tests.scoring import oracle, oracle_calls
from tests.scoring.test_estimates_oracle import DESIGNS, FRAMES

TYPES = {"E": 4421.0, "H": 755.0, "M": 1018.0}
WIDE = {"No": 1072.0, "Yes": 5122.0}
RAKED = 1e-7
"""R's rake() stops when a sweep changes a margin by less than 1e-10, and 1e-9."""

HERE = "test_weights_oracle.py"


def margins(frame: pd.DataFrame, targets: dict[str, dict[str, float]]) -> Auxiliaries:
    return read_margins({name: list(frame[name]) for name in targets}, targets)


@cache
def known(name: str) -> Auxiliaries:
    """Return the auxiliaries that an id names, of the design's rows: `design/variables`."""
    design, variables = name.split("/")
    frame = frame_of(design)
    if variables == "population":
        return margins(frame, oracle.case("made.pop")["value"])
    if variables == "stype_schwide":
        return margins(frame, {"stype": TYPES, "sch.wide": WIDE})
    types = margins(frame, {"stype": TYPES})
    if variables == "stype":
        return types
    scores = np.asarray(frame["api99"], dtype=np.float64)
    return join(types, read_covariates({"api99": scores}, {"api99": 3914069}))


def frame_of(design: str) -> pd.DataFrame:
    return FRAMES[DESIGNS[design][0]]()


@cache
def design_of(name: str) -> SampleDesign:
    return DESIGNS[name][1](frame_of(name))


@cache
def calibrated(design: str, way: str) -> CalibratedWeights:
    """Return the weights that `way`, as ids write it, makes of the design's."""
    weights = design_of(design).weights
    if way == "post":
        return post_stratify(weights, list(frame_of(design)["stype"]), TYPES)
    if way in ("dr", "dcal", "dlog"):
        methods: dict[str, Method] = {
            "dr": Raking(),
            "dcal": Distance("raking"),
            "dlog": Distance("logit", 0.5, 2.5),
        }
        return calibrate(weights, known(f"{design}/population"), methods[way])
    if way == "rake":
        return calibrate(weights, known(f"{design}/stype_schwide"), Raking())
    if way == "cal_lin_stype":
        return calibrate(weights, known(f"{design}/stype"), Distance("linear"))
    found = re.fullmatch(r"cal_([a-z]+)_(stype_[a-z0-9]+)_(nobounds|([0-9.]+)_([0-9.]+))", way)
    assert found, way
    distance, variables, _, low, high = found.groups()
    bounds = (float(low), float(high)) if low else (-np.inf, np.inf)
    return calibrate(weights, known(f"{design}/{variables}"), Distance(distance, *bounds))


def split(id: str) -> tuple[str, str]:
    """Return the design and the way of its weights."""
    if id.startswith("made."):
        return "made.dm", id.split(".")[1]
    found = re.match(r"(\w+?)[._](post|rake_trim_strict[A-Z]+|rake|cal_lin_stype|cal_[\w.]+)", id)
    assert found, id
    way = found[2]
    if way.startswith("cal_"):
        form = re.match(
            r"cal_lin_stype|cal_[a-z]+_stype_[a-z0-9]+_(nobounds|0\.5_2|0\.7_1\.6)", way
        )
        assert form, id
        way = form[0]
    return found[1], way


def weights_of(name: str) -> FloatArray:
    """Return our weights for `weights.name`."""
    if name == "dclus2":
        return design_of("dclus2").weights
    if name == "made_dm":
        return design_of("made.dm").weights
    if name.startswith("made_"):
        way = {"rake": "dr", "calraking": "dcal", "callogit_0.5_2.5": "dlog"}[name[5:]]
        return calibrated("made.dm", way).weights
    design, way = split(name)
    if "trim" not in way:
        return calibrated(design, way).weights
    limits = oracle.case(f"{design}_rake_trim_limits_{way[10:]}")["value"]
    # R's own: the limits are among them, and ours differ in the tenth digit.
    raked = oracle.result(f"weights_{design.replace('dclus10', 'dclus1')}_rake")
    return trim_weights(raked, limits["lower"], limits["upper"], strict="TRUE" in way).weights


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_weights"))
def test_weights(id: str) -> None:
    value = oracle.case(id)["value"]
    found = weights_of(id.removeprefix("weights."))
    rtol = RAKED if "rake" in id else oracle_calls.EXACT
    described = describe_weights(found)
    ours = {
        "n": described.n,
        "sum": described.total,
        "min": described.smallest,
        "max": described.largest,
        "sumsq": (found**2).sum(),
        "kish_deff": described.kish_deff,
    }
    for key, got in ours.items():
        assert got == pytest.approx(value[key], rel=rtol), key
    # R kept no file for dclus10, whose weights are those of dclus1.
    name = value["file"].removesuffix(".csv").replace("dclus10", "dclus1")
    np.testing.assert_allclose(found, oracle.result(name), rtol=rtol)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_quantiles"))
def test_quantiles(id: str) -> None:
    raked = calibrated(id.split("_", maxsplit=1)[0], "rake").weights
    value = oracle.case(id)["value"]
    limits = [np.quantile(raked, 0.95), np.quantile(raked, 0.02)]
    np.testing.assert_allclose(limits, [value["upper"], value["lower"]], rtol=RAKED)
    assert dict(describe_weights(raked).quantiles)[0.95] == limits[0]


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_factors"))
def test_factors(id: str) -> None:
    found, value = calibrated(*split(id)), oracle.case(id)["value"]
    assert found.factors.min() == pytest.approx(value["gmin"], rel=oracle_calls.EXACT)
    assert found.factors.max() == pytest.approx(value["gmax"], rel=oracle_calls.EXACT)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_infeasible"))
def test_infeasible(id: str) -> None:
    """Where R only says that calibration failed, a linear programme shows that it cannot be."""
    assert "Calibration failed" in oracle.case(id)["value"]["error"]
    with pytest.raises(Problem, match=r"no factors from 0\.7 to 1\.6 can meet"):
        calibrated(*split(id))


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_response_classes"))
def test_response_classes(id: str) -> None:
    frame = oracle.data("made")
    axes = [list(frame["cat"]), list(frame["area"])]
    found = adjust_for_nonresponse(
        np.asarray(frame["d0"]), np.asarray(frame["resp"] == 1), axes, ClassLimits(1, Fraction(9))
    )
    if id == "made.pop":
        # The issued cases carry the population, and so do the respondents after adjustment.
        totals = pd.Series(found.weights).groupby(frame["cat"]).sum().to_dict()
        assert totals == pytest.approx(oracle.case(id)["value"]["cat"])
        return
    value = oracle.case(id)["value"]
    expected = dict(
        zip(zip(value["cat"], value["area"], strict=True), value["factor"], strict=True)
    )
    assert {c.cells[0]: c.factor for c in found.classes} == pytest.approx(expected, rel=1e-12)
    respondents = oracle.data("made_respondents")
    np.testing.assert_allclose(found.weights[frame["resp"] == 1], respondents["w_nr"], rtol=1e-12)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_calibrated_estimates"))
def test_calibrated_estimates(id: str) -> None:
    design, way = split(id)
    after = calibrated_design(design_of(design), calibrated(design, way))
    if id.endswith(".post.total.stype"):
        check_fixed_totals(id, after, frame_of(design))
    elif re.search(r"\.cat_\w+\.beta$", id):
        check_beta_of_part(id, after, frame_of(design))
    else:
        oracle_calls.check(id, after, frame_of(design))


def check_fixed_totals(id: str, after: SampleDesign, frame: pd.DataFrame) -> None:
    """The totals that weights were scaled to do not vary; R prints up to 1e-12 for it."""
    items = np.stack([frame["stype"] == kind for kind in TYPES], axis=1).astype(np.float64)
    found, value = estimate_totals(after, items), oracle.case(id)["value"]
    np.testing.assert_allclose(found.value[0], list(value["estimate"].values()), rtol=1e-12)
    np.testing.assert_allclose(found.se[0], 0, atol=1e-9)
    np.testing.assert_allclose(list(value["SE"].values()), 0, atol=1e-9)


def check_beta_of_part(id: str, after: SampleDesign, frame: pd.DataFrame) -> None:
    """A part of a calibrated design keeps all rows in R, which counts them in n for t_{n-1}."""
    _, _, _, item, category, _ = id.split(".")
    domain = part(np.asarray(frame["cat"] == category.removeprefix("cat_")))
    point = estimate_means(after, np.asarray(frame[[item]]), domain).at(0, 0)
    counted = replace(point, n=after.n)
    interval = share_interval(counted, "beta", Fraction(95, 100))
    ours = {"estimate": point.value, "SE": point.se, "degf": point.df}
    ours |= {"lower": interval.low, "upper": interval.high}
    oracle_calls.compare(ours, oracle.case(id)["value"], oracle_calls.EXACT)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_raked_estimates"))
def test_raked_estimates(id: str) -> None:
    """Raked weights have the estimates of rake() and the errors of calibrate(), as R gives them."""
    design, way = split(id)
    twin = id.replace(".rake.", "_cal_raking_stype_schwide_nobounds.").replace(".dr.", ".dcal.")
    after = calibrated_design(design_of(design), calibrated(design, way))
    if re.search(r"\.cat_\w+\.beta$", twin):
        check_beta_of_part(twin, after, frame_of(design))
    else:
        oracle_calls.check(twin, after, frame_of(design))
    raked, same = oracle.case(id)["value"], oracle.case(twin)["value"]
    for key in ("estimate", "q1", "q3", "q5"):
        if key in raked:
            oracle_calls.compare({key: same[key]}, {key: raked[key]}, RAKED)


@pytest.mark.parametrize("id", oracle.covered(f"{HERE}::test_estimates_of_raked_weights"))
def test_estimates_of_raked_weights(id: str) -> None:
    design, way = split(id)
    frame = oracle_calls.with_items(frame_of(design)) if "made" not in design else frame_of(design)
    value = oracle.case(id)["value"]["estimate"]
    if "contrast" in id:
        after = calibrated_design(design_of(design), calibrated(design, way))
        parents = np.asarray(frame["cat"] == "parent")
        difference = compare_domains(after, np.asarray(frame["q3"]), parents, ~parents)
        assert difference.value == pytest.approx(value, rel=RAKED)
        return
    weights = weights_of(f"{design}_{way}")
    scores = np.asarray(frame["api00"], dtype=np.float64)
    assert np.average(scores, weights=weights) == pytest.approx(value["api00"], rel=RAKED)


def test_raking_is_calibration_with_the_raking_distance() -> None:
    raked, same = calibrated("made.dm", "dr"), calibrated("made.dm", "dcal")
    np.testing.assert_allclose(raked.weights, same.weights, rtol=1e-10)
    frame = frame_of("made.dm")
    design = calibrated_design(design_of("made.dm"), raked)
    assert estimate_means(design, np.asarray(frame[["q1"]])).df[0] == design.df
