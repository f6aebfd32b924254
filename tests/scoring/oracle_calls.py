"""What the R calls of the reference cases say, in our own calls, compared value by value.

A case's id tells the call: `design.estimate.item.detail`. `check` finds the rule by the id's
tail, computes every value that R printed for it, and compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.comparison import compare_domains
from scoring.domain_estimates import (
    estimate_means,
    estimate_ratios,
    estimate_totals,
    mean_influence,
)
from scoring.domains import cross_classify, part, whole
from scoring.estimates import Estimates
from scoring.intervals import mean_interval, share_interval
from scoring.linearisation import covariance
from scoring.sample_design import SampleDesign
from tests.scoring import oracle

Values = Mapping[str, Any]
Masks = npt.NDArray[np.bool_]
NORMAL = None
"""In place of degrees of freedom: a normal interval."""

ZERO = 1e-30
"""A variance of 0 may come out as rounding error squared."""

EXACT, ITERATED, PROFILE = 1e-9, 1e-6, 6e-4
"""Relative tolerances: closed forms; R's glm, which iterates; R's profile of the likelihood,
which it reads off by interpolation between a dozen points."""


@dataclass(frozen=True)
class Call:
    """A design, its data frame (prepared by `with_items`) and what the id's pattern caught."""

    design: SampleDesign
    frame: pd.DataFrame
    caught: Mapping[str, str]

    def item(self, name: str) -> npt.NDArray[np.float64]:
        return np.asarray(self.frame[name], dtype=np.float64)

    def items(self, *names: str) -> npt.NDArray[np.float64]:
        return np.asarray(self.frame[list(names)], dtype=np.float64)


def with_items(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the schools' data with the 0/1 items that the cases name."""
    return frame.assign(
        awardsb=(frame["awards"] == "Yes") * 1.0,
        compb=(frame["comp.imp"] == "Yes") * 1.0,
        schb=(frame["sch.wide"] == "Yes") * 1.0,
        hi=(frame["api00"] >= 700) * 1.0,
        top=(frame["api00"] >= 500) * 1.0,
        **{f"stype{kind}": (frame["stype"] == kind) * 1.0 for kind in "EHM"},
    )


def check(id: str, design: SampleDesign, frame: pd.DataFrame) -> None:
    """Assert that `design` gives all values of the case; `id` without a rule is an error."""
    value = _within_bounds(id, oracle.case(id)["value"])
    for pattern, rule in RULES:
        found = re.search(pattern, id)
        if found:
            compare(rule(Call(design, frame, found.groupdict())), value, tolerance(id))
            return
    raise AssertionError(f"no rule for {id}")


def _within_bounds(id: str, value: Values) -> Values:
    """Return R's values with the ends of method "mean" cut at 0 and 1, as ours are."""
    if not re.search(r"ciprop.*mean", id):
        return value
    ends = {"lower", "upper", "ci_l", "ci_u"}
    return {k: np.clip(v, 0.0, 1.0) if k in ends else v for k, v in value.items()}


def tolerance(id: str) -> float:
    """Return the relative tolerance for a case."""
    if "likelihood" in id:
        return PROFILE
    return ITERATED if re.search(r"ciprop.*logit", id) else EXACT


def compare(found: Values, expected: Values, rtol: float) -> None:
    """Assert that each value of `expected` is in `found` and equal."""
    assert set(found) == set(expected)
    for name, value in expected.items():
        if isinstance(value, str) or _flat(value).dtype.kind in "UO":
            assert list(found[name]) == list(value), name
            continue
        one, other = _flat(found[name]), _flat(value)
        assert one.shape == other.shape, name
        scale = np.abs(other).max(initial=0.0)
        np.testing.assert_allclose(one, other, rtol=rtol, atol=1e-11 * scale + ZERO, err_msg=name)


def _flat(value: Any) -> npt.NDArray[Any]:
    if isinstance(value, Mapping):
        return np.concatenate([_flat(part) for part in value.values()])
    return np.asarray(value).ravel()


# One estimate a row of the answer


def _overall(
    found: Estimates, V: npt.NDArray[np.float64], df: int | None, deff: Any = None
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "estimate": found.value[0],
        "SE": found.se[0],
        "vcov": V,
        "confint_normal": _ends(found.value[0], found.se[0], NORMAL),
    }
    if df is not None:
        result |= {"confint_t": _ends(found.value[0], found.se[0], df), "degf": df}
    return result if deff is None else result | {"deff": deff}


def _ends(values: Any, errors: Any, df: int | None) -> list[list[float]]:
    """Return the lower and the upper ends at 95 %."""
    level = Fraction(95, 100)
    t = NormalDist().inv_cdf(0.975)
    pairs = [
        (value - t * se, value + t * se) if df is None else mean_interval(value, se, df, level)
        for value, se in zip(values, errors, strict=True)
    ]
    return [list(ends) for ends in zip(*pairs, strict=True)]


def _covariance_of_means(call: Call, names: tuple[str, ...]) -> npt.NDArray[np.float64]:
    everybody = whole(call.design.n)
    columns = [mean_influence(call.design, call.item(name), everybody) for name in names]
    return covariance(call.design, np.stack(columns, axis=1))


def mean(call: Call) -> Values:
    found = estimate_means(call.design, call.items(call.caught["item"]))
    deff = {None: None, "deff": found.deff[0], "deff_replace": found.deff_with_replacement[0]}[
        call.caught.get("deff")
    ]
    return _overall(found, found.variance, call.design.df, deff)


def mean_with_deff(call: Call) -> Values:
    found = estimate_means(call.design, call.items(call.caught["item"]))
    return _overall(found, found.variance, call.design.df, found.deff[0])


def several_means(call: Call) -> Values:
    """R leaves out a row in which any of the items is missing."""
    names = ("api00", "api99", "enroll")
    frame = call.frame[list(names)]
    complete = Call(call.design, frame.where(frame.notna().all(axis=1)), call.caught)
    found = estimate_means(call.design, complete.items(*names))
    return _overall(found, _covariance_of_means(complete, names), call.design.df)


def means_of_types(call: Call) -> Values:
    names = ("stypeE", "stypeH", "stypeM")
    found = estimate_means(call.design, call.items(*names))
    return _overall(found, _covariance_of_means(call, names), call.design.df)


def total(call: Call) -> Values:
    found = estimate_totals(call.design, call.items(call.caught["item"]))
    deff = found.deff[0] if call.caught.get("deff") else None
    return _overall(found, found.variance, call.design.df, deff)


def totals_of_types(call: Call) -> Values:
    kinds = [call.item(f"stype{kind}") for kind in "EHM"]
    found = estimate_totals(call.design, np.stack(kinds, axis=1))
    pairs = np.stack([one + other for one in kinds for other in kinds], axis=1)
    sums = estimate_totals(call.design, pairs).variance.reshape(3, 3)
    V = (sums - found.variance[0] - found.variance[0][:, None]) / 2
    return _overall(found, V, call.design.df)


def ratio(call: Call) -> Values:
    found = estimate_ratios(call.design, call.items("api.stu"), call.items("enroll"))
    return _overall(found, found.variance, None)


# Domains


def by(call: Call, columns: Mapping[str, str], kind: str = "mean", *, deff: bool = False) -> Values:
    """R's svyby: rows with the first column varying fastest, t with the design's df."""
    item = call.caught["item"]
    domains = cross_classify({name: call.frame[name] for name in columns})
    estimate = estimate_totals if kind == "total" else estimate_means
    found = estimate(call.design, call.items(item), domains)
    names = list(reversed(list(columns)))
    order = sorted(range(len(domains)), key=lambda d: [domains.names[d][name] for name in names])
    value, se = found.value[order, 0], found.se[order, 0]
    result: dict[str, Any] = {
        name: [domains.names[d][name] for d in order] for name in reversed(names)
    }
    result |= {item: value, "se": se}
    if deff:
        result[f"DEff.{item}"] = found.deff[order, 0]
    result["confint_normal"] = _ends(value, se, NORMAL)
    return result | {"confint_t": _ends(value, se, call.design.df)}


def by_with_shares(call: Call) -> Values:
    domains = cross_classify({"stype": call.frame["stype"]})
    found = estimate_means(call.design, call.items("awardsb"), domains)
    points = [found.at(d, 0) for d in range(len(domains))]
    ends = [share_interval(p, call.caught["method"], Fraction(95, 100)) for p in points]
    return {
        "stype": [str(p.domain["stype"]) for p in points],
        "awardsb": [p.value for p in points],
        "ci_l": [end.low for end in ends],
        "ci_u": [end.high for end in ends],
    }


def subset(call: Call) -> Values:
    """R's subset() takes the degrees of freedom of the part."""
    column, label = {"E": ("stype", "E"), "compimp": ("comp.imp", "Yes")}[call.caught["part"]]
    domain = part(np.asarray(call.frame[column] == label))
    estimate = {"mean": estimate_means, "total": estimate_totals}[call.caught["kind"]]
    found = estimate(call.design, call.items("api00"), domain)
    return _overall(found, found.variance, int(found.df[0]))


def share(call: Call) -> Values:
    """svyciprop, of everybody or of one category; never outside 0 to 1, as R's mean may be."""
    category = call.caught.get("category")
    mask = np.ones(call.design.n, dtype=np.bool_)
    if category:
        mask = np.asarray(call.frame["cat"] == category)
    point = estimate_means(call.design, call.items(call.caught["item"]), part(mask)).at(0, 0)
    level = Fraction(call.caught.get("level") or "0.95")
    method = {"xlogit": "logit"}.get(call.caught["method"], call.caught["method"])
    found = share_interval(point, method, level)
    result = {"estimate": point.value, "SE": point.se, "lower": found.low, "upper": found.high}
    return result | {"degf": point.df} if category else result


# Contrasts


def contrast_of_types(call: Call) -> Values:
    kind = np.asarray(call.frame["stype"])
    found = compare_domains(call.design, call.item("awardsb"), kind == "E", kind == "H")
    return {
        "estimate": found.value,
        "SE": found.se,
        "vcov": found.variance,
        "confint_normal": _ends([found.value], [found.se], NORMAL),
    }


def contrast_of_parents(call: Call) -> Values:
    parents = np.asarray(call.frame["cat"] == "parent")
    found = compare_domains(call.design, call.item("q3"), parents, ~parents)
    return {"estimate": found.value, "SE": found.se}


def covariance_of_categories(call: Call) -> Values:
    domains = cross_classify({"cat": call.frame["cat"]})
    columns = [
        mean_influence(call.design, call.item("q3"), part(domains.codes == d))
        for d in range(len(domains))
    ]
    return {
        "estimate": estimate_means(call.design, call.items("q3"), domains).value[:, 0],
        "vcov": covariance(call.design, np.stack(columns, axis=1)),
    }


METHOD = r"(?P<method>logit|likelihood|asin|beta|mean|xlogit)"
SCHOOL_ITEM = r"(?P<item>awardsb|hi|top|schb)"
RULES: tuple[tuple[str, Callable[[Call], Values]], ...] = (
    (rf"\.by\.stype\.ciprop\.{METHOD}$", by_with_shares),
    (rf"\.ciprop\.(?P<item>q\d)\.cat_(?P<category>\w+)\.{METHOD}$", share),
    (rf"\.ciprop\.(?P<item>q\d|[a-z]+)\.{METHOD}(\.level(?P<level>0\.\d+))?$", share),
    (r"\.mean\.multi$", several_means),
    (r"\.mean\.stype$", means_of_types),
    (r"\.total\.stype$", totals_of_types),
    (r"\.by\.stype\.mean$", lambda call: by(_of("api00", call), {"stype": ""})),
    (r"\.by\.stype\.mean\.deff$", lambda call: by(_of("api00", call), {"stype": ""}, deff=True)),
    (r"\.by\.stype\.prop$", lambda call: by(_of("awardsb", call), {"stype": ""})),
    (r"\.by\.schwide$", lambda call: by(_of("awardsb", call), {"sch.wide": ""})),
    (
        r"\.by\.stype_schwide\.prop$",
        lambda call: by(_of("awardsb", call), {"stype": "", "sch.wide": ""}),
    ),
    (r"\.by\.stype\.total$", lambda call: by(_of("awardsb", call), {"stype": ""}, "total")),
    (r"^made\.\w+\.mean\.(?P<item>q\d)$", mean_with_deff),
    (r"\.bycat\.(?P<item>q\d)$", lambda call: by(call, {"cat": ""}, deff=True)),
    (r"\.byarea\.(?P<item>q\d)$", lambda call: by(call, {"area": ""})),
    (r"\.bycatarea\.(?P<item>q\d)$", lambda call: by(call, {"cat": "", "area": ""})),
    (r"\.subset\.(?P<part>\w+)\.(?P<kind>mean|total)$", subset),
    (r"\.mean\.(?P<item>enroll)\.narm$", mean),
    (r"\.mean\.(?P<item>\w+?)(\.(?P<deff>deff|deff_replace))?$", mean),
    (r"\.total\.(?P<item>\w+?)(\.(?P<deff>deff))?$", total),
    (r"\.ratio\.api_stu_enroll$", ratio),
    (r"\.contrast\.awardsb\.E_minus_H$", contrast_of_types),
    (r"\.contrast\.q3\.parent_minus_others$", contrast_of_parents),
    (r"\.bycat\.q3\.vcov$", covariance_of_categories),
)


def _of(item: str, call: Call) -> Call:
    return Call(call.design, call.frame, {**call.caught, "item": item})
