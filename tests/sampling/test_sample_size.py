"""Sample sizes of real counties, and what is no number of residents."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from sampling.sample_size import (
    SampleSize,
    compute_sample_size,
    format_rate,
    read_rate,
    read_residents,
    size_sample,
)
from sampling.survey_rules import SizeFloor, SurveyRules

# Residents of real counties (census bulletins of 2021: Dongxing, Yizhou; a Shaanxi county) and of
# the sizes that notices work out; 110,000 at 0.0011 is 121.00000000000001 in floats.
CASES = [
    (216_053, "0.0015", 325),
    (549_359, "0.0015", 825),
    (334_000, "0.0015", 501),
    (600_000, "0.0015", 900),
    (1_333_000, "0.0015", 2_000),
    (412_345, "0.0015", 619),
    (110_000, "0.0011", 121),
    (1, "0.0015", 1),
    (99_999_999_999, "1", 99_999_999_999),
    (1_000, "1/3", 334),
]


@pytest.mark.parametrize(("residents", "rate", "expected"), CASES)
def test_sizes(residents: int, rate: str, expected: int) -> None:
    assert compute_sample_size(residents, read_rate(rate)) == expected


@given(st.integers(1, 10**11 - 1), st.fractions(Fraction(1, 10**6), 1))
def test_is_the_ceiling(residents: int, rate: Fraction) -> None:
    assert compute_sample_size(residents, rate) == math.ceil(residents * rate)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "got nothing"),
        ("  ", "got nothing"),
        ("0", "at least 1, got 0"),
        ("-5", "at least 1, got -5"),
        ("123456789012", "at most 11 digits, got 12"),
        ("9" * 5000, "at most 11 digits, got 5000"),
        ("12.5", "whole number, got '12.5'"),
        ("1e5", "whole number"),
        ("549,359", "whole number"),
        ("五十万", "whole number"),
        ("٣", "whole number"),
    ],
)
def test_residents_must_be_a_number(text: str, part: str) -> None:
    with pytest.raises(Problem, match=part):
        read_residents(text)


def test_residents_may_have_blanks_round_them() -> None:
    assert read_residents(" 00549359\n") == 549_359


@pytest.mark.parametrize(
    "text", ["", "0", "0.0", "1.5", "-0.1", "abc", "1/0", "nan", "1e-3", "0,0015", "1" * 50, ".5"]
)
def test_rate_must_be_a_share(text: str) -> None:
    with pytest.raises(Problem, match="rate"):
        read_rate(text)


@given(st.fractions(Fraction(1, 10**6), 1, max_denominator=10**9))
def test_a_rate_has_one_text_that_is_read_back(rate: Fraction) -> None:
    assert read_rate(format_rate(rate)) == rate
    assert format_rate(read_rate("0.00150")) == "0.0015"


@pytest.mark.parametrize(
    ("residents", "eligible", "expected"),
    [
        (399_999, 90_000, SampleSize(600, 600, 600, 45_000)),
        (200_000, 90_000, SampleSize(600, 300, 600, 45_000)),
        (99_999, 90_000, SampleSize(600, 150, 600, 45_000)),
        (400_000, 90_000, SampleSize(600, 600, None, 45_000)),
        (800_000, 90_000, SampleSize(1200, 1200, None, 45_000)),
        (800_000, 2_001, SampleSize(1000, 1200, None, 1000)),
        (200_000, 801, SampleSize(400, 300, 600, 400)),
        (200_000, 1, SampleSize(1, 300, 600, 1)),
    ],
)
def test_a_floor_and_a_cap_of_the_rules(
    rules: SurveyRules, residents: int, eligible: int, expected: SampleSize
) -> None:
    floors = (SizeFloor(400_000, 600), SizeFloor(100_000, 300))
    local = replace(rules, size_floors=floors, frame_cap=Fraction(1, 2))
    assert size_sample(residents, rules.rate, local, eligible) == expected


def test_without_floor_and_cap_the_rate_decides(rules: SurveyRules) -> None:
    assert size_sample(216_053, rules.rate, rules, 10) == SampleSize(325, 325, None, None)
