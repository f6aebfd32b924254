from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.estimation import Estimate, StratumCount, collapse, estimate_share
from scoring.intervals import beta_interval, clopper_pearson, korn_graubard

LEVEL = Fraction(19, 20)
ONE = {"parent": Fraction(1)}

# API scores of California schools (R's survey package): N, n and schools with the property.
STRATIFIED = {
    "awards": [(4421, 100, 73), (755, 50, 16), (1018, 50, 24)],
    "sch.wide": [(4421, 100, 91), (755, 50, 26), (1018, 50, 35)],
}
SIMPLE = {"awards": [(6194, 200, 124)], "sch.wide": [(6194, 200, 163)]}

# svyciprop(method = "beta") of R survey 4.1-1 with fpc: estimate, SE, lower, upper. The data's
# weights are rounded to 8 digits, so estimates from the stratified design agree to that.
R_BETA = [
    (STRATIFIED, "awards", "0.95",
     (0.6389360640505782, 0.0344059179972689, 0.567218701479749, 0.7063547830144594)),
    (STRATIFIED, "awards", "0.9",
     (0.6389360640505782, 0.0344059179972689, 0.5784582759730951, 0.6962129333895917)),
    (STRATIFIED, "awards", "0.99",
     (0.6389360640505782, 0.0344059179972689, 0.5451421282525857, 0.7257649246277074)),
    (STRATIFIED, "sch.wide", "0.95",
     (0.8279480114158234, 0.024344780113074775, 0.7741713285973125, 0.8734315926207352)),
    (SIMPLE, "awards", "0.95",
     (0.62, 0.03384806712984039, 0.5498810787515589, 0.6866053211390744)),
    (SIMPLE, "awards", "0.99",
     (0.62, 0.03384806712984039, 0.528367919752715, 0.7059360151930634)),
    (SIMPLE, "sch.wide", "0.95",
     (0.8150000000000001, 0.02707764556202688, 0.7550717456235188, 0.8656043414068296)),
]  # fmt: skip


def count(N: int, n: int, satisfied: int, category: str = "parent") -> StratumCount:
    return StratumCount(category, N, n, satisfied)


def estimate(counts: list[StratumCount], shares: dict[str, Fraction] | None = None) -> Estimate:
    found = estimate_share(counts, shares or ONE)
    assert found is not None
    return found


@pytest.mark.parametrize(("design", "item", "level", "expected"), R_BETA)
def test_it_agrees_with_r_survey(
    design: dict[str, list[tuple[int, int, int]]],
    item: str,
    level: str,
    expected: tuple[float, float, float, float],
) -> None:
    found = estimate([count(*row) for row in design[item]])
    interval = beta_interval(found, Fraction(level))
    ours = (float(found.share), math.sqrt(found.variance), interval.low, interval.high)
    assert ours == pytest.approx(expected, rel=2e-8)


def test_r_and_the_judging_interval_agree_where_n_eff_is_below_n() -> None:
    found = estimate([count(5000, 60, 50), count(200, 60, 30)])
    assert korn_graubard(found, LEVEL).low == beta_interval(found, LEVEL).low


def test_the_judging_interval_caps_n_eff_at_n() -> None:
    """Half of everybody asked: R's interval rests on twice the papers, ours on the papers."""
    found = estimate([count(100, 50, 45)])
    judging, r = korn_graubard(found, LEVEL), beta_interval(found, LEVEL)
    assert judging.n_eff == 50
    assert (judging.low, judging.high) == clopper_pearson(0.9, 50, 0.95)
    assert r.low > judging.low
    assert r.high < judging.high


@pytest.mark.parametrize("satisfied", [0, 20])
def test_a_share_of_0_or_1_rests_on_n_over_the_kish_design_effect(satisfied: int) -> None:
    strata = [count(9000, 20, satisfied), count(1000, 20, satisfied)]
    found = estimate(strata)
    n_kish = 1 / (20 * (0.9 / 20) ** 2 + 20 * (0.1 / 20) ** 2)
    assert float(found.n_kish) == pytest.approx(n_kish)
    interval = korn_graubard(found, LEVEL)
    assert interval.n_eff == pytest.approx(n_kish, rel=0.01)
    far = interval.high if satisfied == 0 else 1 - interval.low
    assert (interval.low, interval.high)[satisfied == 20] == (1.0 if satisfied else 0.0)
    assert 0 < far < 0.2


def test_strata_of_one_mind_each_do_not_give_certainty() -> None:
    found = estimate([count(500, 10, 10), count(500, 10, 0)])
    assert found.variance == 0
    interval = korn_graubard(found, LEVEL)
    assert interval.low < 0.35
    assert interval.high > 0.65


def test_where_everybody_answered_the_interval_is_the_point() -> None:
    found = estimate([count(20, 20, 17), count(5, 5, 5)])
    assert found.share == Fraction(22, 25)
    assert korn_graubard(found, LEVEL).method == "point"
    assert (korn_graubard(found, LEVEL).low, korn_graubard(found, LEVEL).high) == (0.88, 0.88)


@pytest.mark.parametrize(
    "strata",
    [
        [count(100, 1, 1), count(100, 30, 20)],
        [count(100, 0, 0), count(100, 30, 20)],
    ],
)
def test_a_stratum_that_shows_no_variance_is_taken_with_its_category(
    strata: list[StratumCount],
) -> None:
    (whole,) = collapse(strata)
    assert (whole.N, whole.n) == (200, sum(s.n for s in strata))
    assert estimate(strata) == estimate([whole])


def test_strata_that_show_a_variance_stay_apart() -> None:
    strata = [count(100, 2, 1), count(1, 1, 1), count(0, 0, 0)]
    assert collapse(strata) == strata[:2]


def test_a_single_paper_has_the_largest_variance_and_no_degree_of_freedom() -> None:
    found = estimate([count(100, 1, 1)])
    assert found.variance == Fraction(99, 400)
    assert (korn_graubard(found, LEVEL).low, korn_graubard(found, LEVEL).high) == (0.0, 1.0)


def test_no_paper_gives_no_estimate() -> None:
    assert estimate_share([count(100, 0, 0)], {}) is None


def test_categories_are_combined_by_shares_that_are_held_fixed() -> None:
    strata = [count(1000, 40, 30, "parent"), count(100, 10, 9, "teacher")]
    shares = {"parent": Fraction(4, 5), "teacher": Fraction(1, 5)}
    found = estimate(strata, shares)
    parents, teachers = (estimate([s], {s.category: Fraction(1)}) for s in strata)
    assert found.share == Fraction(4, 5) * parents.share + Fraction(1, 5) * teachers.share
    assert found.variance == (16 * parents.variance + teachers.variance) / 25
    assert found.df == 48


def test_the_variance_is_the_spread_over_all_samples() -> None:
    """All samples of 3 from 7 people, 5 satisfied: the mean of v is the variance of p."""
    draws = [(s, math.comb(5, s) * math.comb(2, 3 - s)) for s in range(1, 4)]
    total = sum(ways for _, ways in draws)
    found = [(estimate([count(7, 3, s)]), ways) for s, ways in draws]
    mean = sum(e.share * ways for e, ways in found) / total
    spread = sum((e.share - mean) ** 2 * ways for e, ways in found) / total
    assert mean == Fraction(5, 7)
    assert sum(e.variance * ways for e, ways in found) / total == spread


@st.composite
def strata_counts(draw: st.DrawFn) -> list[StratumCount]:
    counts = []
    for _ in range(draw(st.integers(1, 4))):
        n = draw(st.integers(0, 30))
        counts.append(count(n + draw(st.integers(0, 200)), n, draw(st.integers(0, n))))
    return counts


@given(strata_counts().filter(lambda counts: any(c.n for c in counts)))
def test_it_is_always_a_number_between_0_and_1(counts: list[StratumCount]) -> None:
    found = estimate(counts)
    interval = korn_graubard(found, LEVEL)
    assert 0 <= found.share <= 1
    assert found.variance >= 0
    assert 0 < found.n_kish <= found.n
    assert 0 <= interval.low <= float(found.share) <= interval.high <= 1


def test_the_interval_covers() -> None:
    """A county truly at 90 %, 200 rounds of 60 papers: the interval holds it in 94 % of them."""
    rng = np.random.default_rng(20170419)
    people = np.repeat([1, 0], [900, 100])
    hits = 0
    for _ in range(200):
        satisfied = int(rng.choice(people, 60, replace=False).sum())
        interval = korn_graubard(estimate([count(1000, 60, satisfied)]), LEVEL)
        hits += interval.low <= 0.9 <= interval.high
    assert hits >= 188


counted = st.builds(
    lambda category, size, answered, satisfied: StratumCount(
        category, size, min(size, answered), min(size, answered, satisfied)
    ),
    st.sampled_from(("parent", "teacher", "principal")),
    st.integers(1, 200),
    st.integers(0, 30),
    st.integers(0, 30),
)


@given(st.lists(counted, min_size=1, max_size=6))
def test_an_interval_is_always_one_and_holds_its_share(counts: list[StratumCount]) -> None:
    papers = Counter[str]()
    for count in counts:
        papers[count.category] += count.n
    total = sum(papers.values())
    shares = {name: Fraction(n, total) for name, n in papers.items() if n}
    estimate = estimate_share(counts, shares)
    if estimate is None:
        return
    interval = korn_graubard(estimate, LEVEL)
    assert 0 <= interval.low <= float(estimate.share) <= interval.high <= 1
