"""Intervals at their edges; their values elsewhere are held by the reference cases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.intervals import METHODS, clopper_pearson, mean_interval, share_interval, t_quantile

LEVEL = Fraction(95, 100)


@dataclass(frozen=True)
class Share:
    share: float
    variance: float
    n: int = 50
    df: int = 40
    n_kish: float = 45.0
    is_census: bool = False


@pytest.mark.parametrize("method", METHODS)
@given(
    share=st.one_of(st.sampled_from([0.0, 1.0, 1e-9, 1 - 1e-9]), st.floats(1e-6, 1.0)),
    deff=st.one_of(st.just(0.0), st.floats(1e-6, 100)),
    n=st.integers(0, 3000),
    df=st.integers(0, 3000),
    level=st.sampled_from([Fraction(80, 100), LEVEL, Fraction(999, 1000)]),
)
def test_an_interval_lies_within_0_and_1_and_holds_the_share(
    method: str, share: float, deff: float, n: int, df: int, level: Fraction
) -> None:
    variance = share * (1 - share) / max(n, 1) * deff
    found = share_interval(Share(share, variance, n, df, max(n, 1) / 1.2), method, level)
    slack = 1e-12
    assert 0 <= found.low <= share + slack
    assert share - slack <= found.high <= 1
    assert found.method == method


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_at_0_and_1_there_is_a_width_to_the_inside_only(method: str, share: float) -> None:
    found = share_interval(Share(share, 0.0), method, LEVEL)
    assert found.low == 0 if share == 0 else found.high == 1
    assert 0.02 < found.high - found.low < 0.12


def test_at_1_the_ends_are_those_of_the_formulas() -> None:
    """n over the Kish design effect is the number of papers, less what degrees of freedom cost."""
    papers = 45 * (t_quantile(49, LEVEL) / t_quantile(40, LEVEL)) ** 2
    lows = {m: share_interval(Share(1.0, 0.0), m, LEVEL).low for m in METHODS}
    assert lows["korn-graubard"] == pytest.approx(0.025 ** (1 / papers), rel=1e-12)
    assert lows["beta"] == lows["mean"] == lows["logit"] == lows["korn-graubard"]
    assert lows["likelihood"] == pytest.approx(
        math.exp(-(t_quantile(40, LEVEL) ** 2) / (2 * 45 * 49 / 50)), rel=1e-12
    )


@pytest.mark.parametrize("method", METHODS)
def test_strata_of_one_mind_have_the_width_of_their_weights(method: str) -> None:
    nothing = share_interval(Share(0.8, 0.0), method, LEVEL)
    kish = share_interval(Share(0.8, 0.8 * 0.2 / 45), method, LEVEL)
    assert (nothing.low, nothing.high) == pytest.approx((kish.low, kish.high), rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_where_everybody_answered_the_interval_is_the_point(method: str) -> None:
    found = share_interval(Share(0.9, 0.0, is_census=True), method, LEVEL)
    assert (found.method, found.low, found.high) == ("point", 0.9, 0.9)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("n", "df"), [(50, 0), (0, 40)])
def test_without_paper_or_degree_of_freedom_nothing_is_known(method: str, n: int, df: int) -> None:
    found = share_interval(Share(math.nan, math.nan, n, df), method, LEVEL)
    assert (found.low, found.high) == (0.0, 1.0)


def test_the_judging_interval_counts_no_more_papers_than_there_are() -> None:
    precise = Share(0.9, 0.9 * 0.1 / 500)
    judging = share_interval(precise, "korn-graubard", LEVEL)
    assert (judging.low, judging.high) == clopper_pearson(0.9, 50, 0.95)
    assert judging.n_eff == 50
    beta, wilson = (share_interval(precise, method, LEVEL) for method in ("beta", "wilson"))
    assert beta.n_eff is not None
    assert beta.n_eff > 400
    assert wilson.n_eff == 50


def test_an_unknown_method_is_told() -> None:
    with pytest.raises(Problem, match=r"expected one of korn-graubard, wilson, .* got wald"):
        share_interval(Share(0.5, 0.01), "wald", LEVEL)


def test_a_mean_without_degrees_of_freedom_has_no_ends() -> None:
    assert mean_interval(3.0, 1.0, 0, LEVEL) == (-math.inf, math.inf)
