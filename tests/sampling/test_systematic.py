"""The systematic draw: R's positions and joint probabilities, the spread, the variance."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import permutations
from statistics import mean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.frame import Unit
from sampling.problems import Problem
from sampling.systematic import DEFAULTS, estimate_variance, pick_positions, redraw
from tests.sampling.drawn_strata import make_stratum
from tests.sampling.rosters import make_units
from tests.sampling.second_designs import draw_systematically


# R 4.2.2, sampling 2.9: set.seed(s); u <- runif(1); set.seed(s);
# which(UPsystematic(rep(3/N, N)) == 1), counted from 1
@pytest.mark.parametrize(
    ("u", "size", "expected"),
    [
        ("0.26550866314209998", 7, [1, 3, 6]),
        ("0.26550866314209998", 10, [1, 5, 8]),
        ("0.26550866314209998", 25, [3, 11, 19]),
        ("0.98890929785557091", 7, [3, 5, 7]),
        ("0.98890929785557091", 10, [4, 7, 10]),
        ("0.98890929785557091", 25, [9, 17, 25]),
        ("0.69867347087711096", 7, [2, 4, 7]),
        ("0.69867347087711096", 10, [3, 6, 9]),
        ("0.69867347087711096", 25, [6, 15, 23]),
    ],
)
def test_positions_are_those_of_r(u: str, size: int, expected: list[int]) -> None:
    assert [position + 1 for position in pick_positions(size, 3, Fraction(u))] == expected


# R 4.2.2, sampling 2.9: UPsystematicpi2(rep(3/7, 7))[1, ] * 7,
# UPsystematicpi2(rep(2/5, 5))[1, ] * 5
@pytest.mark.parametrize(
    ("n", "size", "joint"), [(3, 7, [3, 0, 2, 1, 1, 2, 0]), (2, 5, [2, 0, 1, 1, 0])]
)
def test_joint_probabilities_are_those_of_r(n: int, size: int, joint: list[int]) -> None:
    # Positions change only where u is a multiple of 1 / size, so one u from each part is enough.
    samples = [pick_positions(size, n, Fraction(2 * k + 1, 2 * size)) for k in range(size)]
    with_first = [sample for sample in samples if 0 in sample]
    assert [sum(position in s for s in with_first) for position in range(size)] == joint


@given(st.integers(1, 40), st.integers(1, 40), st.fractions(0, 1).filter(lambda u: u < 1))
def test_positions_are_different_and_in_the_list(n: int, size: int, u: Fraction) -> None:
    n = min(n, size)
    positions = pick_positions(size, n, u)
    assert positions == sorted(set(positions))
    assert len(positions) == n
    assert positions[0] >= 0
    assert positions[-1] < size


@given(st.integers(1, 60), st.text(max_size=8))
def test_a_second_implementation_agrees(n: int, seed: str) -> None:
    units = make_units({"teacher": 60})
    drawn = redraw(units, make_stratum(n, 60), seed, DEFAULTS)
    assert drawn == draw_systematically(units, "teacher", n, seed)
    assert redraw(units[::-1], make_stratum(n, 60), seed, DEFAULTS) == drawn
    sample, reserve = drawn
    assert len(set(sample + reserve)) == len(sample + reserve) == n + min(n, 60 - n)


@pytest.mark.parametrize("seed", ["a", "b", "c", "d"])
def test_every_township_and_school_gets_its_share_within_one(seed: str) -> None:
    units = make_units({"teacher": 60})
    sample, _ = redraw(units, make_stratum(20, 60), seed, DEFAULTS)
    where = {unit.id: (unit.township, unit.school) for unit in units}
    for depth in (1, 2):
        people = Counter(place[:depth] for place in where.values())
        drawn = Counter(where[unit_id][:depth] for unit_id in sample)
        assert all(abs(drawn[place] - Fraction(size, 3)) < 1 for place, size in people.items())


def test_the_depth_of_the_reserve_is_kept() -> None:
    units = make_units({"teacher": 60})
    deep = redraw(units, make_stratum(5, 60, depth=20), "s", DEFAULTS)
    assert len(deep[1]) == 20
    assert deep[1][:5] == redraw(units, make_stratum(5, 60), "s", DEFAULTS)[1]


def test_a_stratum_without_people_or_with_too_few_is_no_crash() -> None:
    assert redraw([], make_stratum(0, 0), "s", DEFAULTS) == ([], [])
    units = make_units({"teacher": 3})
    assert sorted(redraw(units, make_stratum(5, 3), "s", DEFAULTS)[0]) == [u.id for u in units]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"spread": "township"},
        {"spread": ["id"]},
        {"spread": ["school", "school"]},
        {"spread": ["colour"]},
        {"spread": [["school"]]},
        {"spread": ["school"], "step": 3},
    ],
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(Problem, match="spread over township"):
        redraw([Unit("a", "teacher", "", "", "", "")], make_stratum(1, 1), "s", options)


@pytest.mark.parametrize("values", [[0, 1, 1, 0], [3, 1, 4, 1, 5], [2, 2, 2]])
def test_over_all_orders_successive_differences_give_the_plain_variance(values: list[int]) -> None:
    """In a list without order the estimate is, on average, that of a simple random sample."""
    n, size = len(values), 40
    average = mean(estimate_variance(order, size) for order in permutations(values))
    assert average == (1 - Fraction(n, size)) * variance(map(Fraction, values)) / n


def test_a_trend_is_worth_less_variance_than_a_shuffled_list() -> None:
    assert estimate_variance([1, 2, 3, 4, 5], 50) < estimate_variance([1, 4, 2, 5, 3], 50)
    with pytest.raises(Problem, match="2 values or more, got 1"):
        estimate_variance([1], 50)
