"""A second witness beside R: svy, where it is installed, on lone clusters and on intervals."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from scoring.columns import Labels
from scoring.domain_estimates import estimate_means, estimate_totals
from scoring.domains import cross_classify
from scoring.intervals import share_interval
from scoring.sample_design import Lonely, make_design
from tests.scoring import oracle

svy: Any = pytest.importorskip("svy", reason="svy is not installed")
pl: Any = pytest.importorskip("polars", reason="polars is not installed")


def table(**columns: Labels) -> Any:
    return pl.DataFrame({name: list(column) for name, column in columns.items()})


@pytest.mark.parametrize("method", ["korn-graubard", "beta", "logit"])
@pytest.mark.parametrize("item", ["q1", "q3", "q5"])
def test_shares_by_category(item: str, method: str) -> None:
    frame = oracle.data("made_respondents")
    names = ["cat", "stratum", "psu", "w_nr", item]
    sample = svy.Sample(
        table(**{name: frame[name] for name in names}),
        svy.Design(stratum="stratum", psu="psu", wgt="w_nr"),
    )
    told = sample.estimation.prop(item, by="cat", ci_method=method, deff="wor").to_polars()
    witness = [row for row in told.sort("cat").to_dicts() if row[item] == 1]
    design = make_design(weights=frame.w_nr, strata=frame.stratum, clusters=[frame.psu])
    items = np.asarray(frame[[item]], dtype=np.float64)
    found = estimate_means(design, items, cross_classify({"cat": frame["cat"]}))
    for d, row in enumerate(witness):
        point = found.at(d, 0)
        ends = share_interval(point, method, Fraction(95, 100))
        ours = [point.value, point.se, point.deff, point.df, ends.low, ends.high]
        theirs = [row[name] for name in ("est", "se", "deff", "df", "lci", "uci")]
        assert ours == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(
    ("lonely", "theirs"),
    [("adjust", "center"), ("average", "scale"), ("certainty", "self_representing")],
)
@pytest.mark.parametrize("has_population", [False, True])
def test_a_lone_cluster(lonely: Lonely, theirs: str, has_population: bool) -> None:
    rng = np.random.default_rng(1)
    strata = np.append(np.repeat(np.arange(4), 10), 4)
    n = len(strata)
    weights, values = rng.uniform(1, 4, n), rng.normal(5, 1, n) + strata
    population = np.full(n, 30.0)
    known = {"pop_size": "N"} if has_population else {}
    sample = svy.Sample(
        table(y=values, h=[f"s{h}" for h in strata], w=weights, N=population),
        svy.Design(stratum="h", wgt="w", singleton=theirs, **known),
    )
    design = make_design(
        weights=weights,
        strata=strata,
        lonely=lonely,
        populations=[population] if has_population else [],
    )
    for estimate, name in ((estimate_means, "mean"), (estimate_totals, "total")):
        witness = getattr(sample.estimation, name)("y").to_polars()["se"][0]
        assert estimate(design, values[:, None]).se[0, 0] == pytest.approx(witness, rel=1e-12)
