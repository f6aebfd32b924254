"""What a sample can tell: against formulas by hand and exact sums."""

from __future__ import annotations

from fractions import Fraction
from math import comb, sqrt

import pytest
from scipy.stats import binom

from sampling.frame import Frame
from sampling.precision import compute_half_width, compute_pass_chance, foresee_precision
from sampling.quota import plan_quota
from sampling.record import CellRecord, Plan
from sampling.survey_rules import SurveyRules

P85, P90, LEVEL = Fraction("0.85"), Fraction("0.90"), Fraction("0.95")
Z = 1.959963984540054


def make_strata(*sizes: tuple[int, int]) -> list[CellRecord]:
    """Strata of people and people drawn."""
    return [CellRecord(cell={}, N=size, n=n) for size, n in sizes]


def test_half_width_of_one_category() -> None:
    # Cochran (3.2): S^2 = N p q / (N - 1), variance (1 - f) S^2 / n.
    expected = Z * sqrt((1 - 69 / 4500) * 0.85 * 0.15 * 4500 / 4499 / 69)
    assert compute_half_width({"teacher": make_strata((4500, 69))}, P85, LEVEL) == pytest.approx(
        expected, rel=1e-12
    )


def test_half_width_over_strata_and_categories() -> None:
    # 3/4 of the sample from two strata of unlike fractions, 1/4 from a category asked whole.
    unions = {"parent": make_strata((300, 10), (100, 20)), "principal": make_strata((10, 10))}
    v = (3 / 4) ** 2 * (1 - 1 / 30) * 300 / 299 / 10 + (1 / 4) ** 2 * (1 - 1 / 5) * 100 / 99 / 20
    expected = Z * 3 / 4 * sqrt(v * 0.85 * 0.15)
    assert compute_half_width(unions, P85, LEVEL) == pytest.approx(expected, rel=1e-12)


def hypergeometric(size: int, good: int, n: int) -> list[Fraction]:
    return [
        Fraction(comb(good, k) * comb(size - good, n - k), comb(size, n))
        if k <= good
        else Fraction(0)
        for k in range(n + 1)
    ]


def test_chance_is_the_exact_sum() -> None:
    first, second = hypergeometric(20, 18, 6), hypergeometric(10, 9, 4)
    expected = sum(
        one * two
        for k, one in enumerate(first)
        for m, two in enumerate(second)
        if (k + m) * 100 >= 85 * 10
    )
    strata = {"parent": make_strata((20, 6), (10, 4))}
    assert compute_pass_chance(strata, P90, P85) == pytest.approx(float(expected), abs=1e-12)


def test_satisfied_people_are_whole_and_add_up() -> None:
    # 90 % of 5 and 5 is 4.5 and 4.5, in whole people 4 and 5: all asked, 9 of 10 are satisfied.
    strata = {"parent": make_strata((5, 5), (5, 5))}
    assert compute_pass_chance(strata, P90, P90) == pytest.approx(1)
    assert compute_pass_chance(strata, P90, Fraction("0.91")) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("p", [Fraction("0.83"), P85, Fraction("0.87")])
def test_in_a_big_county_it_is_nearly_binomial(p: Fraction) -> None:
    # 24 strata of 150: long enough for the sums to go by Fourier transform.
    strata = {f"c{number}": make_strata(*[(10**7, 150)] * 6) for number in range(4)}
    expected = binom.sf(3059, 3600, float(p))
    assert compute_pass_chance(strata, p, P85) == pytest.approx(expected, abs=1e-4)


def test_a_plan_says_it_in_words(plan: Plan) -> None:
    precision = plan["precision"]
    worth = {item["category"]: item for item in precision["categories"]}
    assert list(worth) == list(plan["categories"])
    assert worth["parent"]["n"] == 60
    for item in worth.values():
        assert item["why"] == item["message"].format(**item["values"])
    assert "worth almost nothing" in worth["teacher"]["why"]
    overall = precision["overall"]
    assert overall["n"] == plan["n"]
    chances = [float(chance) for chance in overall["chances"].values()]
    assert chances == sorted(chances)
    halves = [float(item["half_widths"]["0.85"]) for item in worth.values()]
    assert float(overall["half_widths"]["0.85"]) < min(halves)


def test_a_category_asked_whole_has_no_error(frame: Frame, rules: SurveyRules) -> None:
    plan = plan_quota(frame, 80_000, rules, pins={"principal": 12})
    worth = foresee_precision(plan)["categories"][2]
    assert worth["half_widths"] == {"0.85": "0.0000", "0.95": "0.0000"}
    assert worth["why"].startswith("all 12 are asked")
