"""Rotation: against a second implementation, the overlap, and that everybody's turn comes."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from sampling.rotation import DEFAULTS, check_options, group_of, redraw, share_turn
from tests.sampling.drawn_strata import make_stratum
from tests.sampling.rosters import make_units
from tests.sampling.second_designs import draw_in_rotation

PARENTS = make_units({"parent": 400})


def options_of(groups: int, turn: int, stay: int = 1, *earlier: str) -> dict[str, object]:
    return {"groups": groups, "turn": turn, "stay": stay, "earlier_seeds": list(earlier)}


seeds = st.text("abc", min_size=1, max_size=4)


@given(st.integers(1, 60), st.integers(2, 9), st.integers(0, 30), st.data(), st.integers(1, 60))
def test_a_second_implementation_agrees(
    size: int, groups: int, turn: int, data: st.DataObject, n: int
) -> None:
    stay = data.draw(st.integers(1, groups))
    years = data.draw(st.lists(seeds, min_size=1, max_size=stay))
    units, n = PARENTS[:size], min(n, size)
    options = options_of(groups, turn, stay, *years[1:])
    drawn = redraw(units, make_stratum(n, size), years[0], options)
    assert drawn == draw_in_rotation(units, n, years, groups, turn, stay)
    assert redraw(units[::-1], make_stratum(n, size), years[0], options) == drawn
    sample, reserve = drawn
    assert len(sample) == n
    assert len(set(sample + reserve)) == n + min(n, size - n)


@given(seeds, st.integers(1, 399))
def test_a_bigger_sample_contains_the_smaller(seed: str, n: int) -> None:
    options = options_of(8, 3, 2, "last year")
    smaller, _ = redraw(PARENTS, make_stratum(n, 400), seed, options)
    bigger, _ = redraw(PARENTS, make_stratum(n + 1, 400), seed, options)
    assert set(smaller) < set(bigger)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.integers(0, 60))
def test_the_turns_shares_only_grow(sizes: list[int], n: int) -> None:
    pairs = zip(share_turn(n, sizes), share_turn(n + 1, sizes), strict=True)
    assert all(low <= high for low, high in pairs)


def test_nobody_is_asked_twice_within_a_round_of_the_groups() -> None:
    years = [
        set(redraw(PARENTS, make_stratum(20, 400), f"{2026 + turn}", options_of(8, turn))[0])
        for turn in range(8)
    ]
    assert len(set().union(*years)) == 8 * 20


@pytest.mark.parametrize(("stay", "overlap"), [(2, 12), (3, 16), (4, 18)])
def test_the_overlap_of_two_years_is_all_turns_but_one(stay: int, overlap: int) -> None:
    n = 24
    earlier: list[str] = []
    samples = []
    for turn in range(6):
        options = options_of(10, turn, stay, *earlier)
        samples.append(set(redraw(PARENTS, make_stratum(n, 400), f"{2026 + turn}", options)[0]))
        earlier = [f"{2026 + turn}", *earlier][: stay - 1]
    assert [len(a & b) for a, b in pairwise(samples)] == [overlap] * 5


def test_next_years_newcomers_hang_on_next_years_seed() -> None:
    samples = [
        set(redraw(PARENTS, make_stratum(12, 400), seed, options_of(4, 1))[0]) for seed in "ab"
    ]
    assert samples[0] != samples[1]
    assert {group_of(unit_id, 4) for unit_id in samples[0] | samples[1]} == {1}


def test_groups_are_about_equal_and_the_hash_can_be_redone() -> None:
    counts = Counter(group_of(unit.id, 4) for unit in PARENTS)
    assert sorted(counts) == [0, 1, 2, 3]
    assert all(70 <= count <= 130 for count in counts.values())
    first = PARENTS[0].id
    number = int(hashlib.sha256(f"rotation\ngroup\n{first}".encode()).hexdigest(), 16)
    assert group_of(first, 4) == number >> 254


def test_a_stratum_too_small_for_its_turn_is_filled_from_everybody() -> None:
    units = PARENTS[:12]
    in_turn = {unit.id for unit in units if group_of(unit.id, 4) == 2}
    sample, reserve = redraw(units, make_stratum(9, 12), "s", options_of(4, 2))
    assert 0 < len(in_turn) < 9
    assert in_turn <= set(sample)
    assert len(sample) == 9
    assert set(sample) | set(reserve) == {unit.id for unit in units}


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, "groups: expected a whole number"),
        (options_of(1, 0), "from 2 to 1000, got 1"),
        (options_of(4, -1), "turn: expected"),
        (options_of(4, 0, 5), "stay: expected a whole number from 1 to 4, got 5"),
        (options_of(4, 0, 1, "last year"), "at most 0 earlier seeds"),
        (options_of(4, 0, 2, "two\nlines"), "at most 1 earlier seeds"),
        (options_of(4, 0, 2, ""), "at most 1 earlier seeds"),
        ({**DEFAULTS, "earlier_seeds": "x"}, "expected groups, turn, stay"),
        ({**DEFAULTS, "turn": True}, "turn: expected"),
        ({**DEFAULTS, "more": 1}, "expected groups, turn, stay"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], part: str) -> None:
    with pytest.raises(Problem, match=part):
        check_options(options)
