"""Two stages: against a second implementation, and what must hold whatever the schools are."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.frame import Unit
from sampling.problems import Problem
from sampling.two_stage import DEFAULTS, form_groups, redraw, share_with_minima
from sampling.verification import redraw as redraw_plainly
from tests.sampling.drawn_strata import make_stratum
from tests.sampling.rosters import make_units
from tests.sampling.second_designs import draw_in_two_stages, group_clusters

METHODS = st.sampled_from(["pareto", "sequential-poisson"])


def make_pupils(sizes: list[int]) -> list[Unit]:
    """One school of each size; schools lie in three townships in turn."""
    return [
        Unit(f"{school}-{number}", "student", f"镇{school % 3}", "", "", f"学校{school:02d}")
        for school, size in enumerate(sizes)
        for number in range(size)
    ]


schools = st.lists(st.integers(1, 25), min_size=1, max_size=12).map(make_pupils)


@given(schools, st.integers(1, 40), st.integers(1, 8), METHODS, st.text(max_size=4))
def test_a_second_implementation_agrees(
    units: list[Unit], n: int, take: int, method: str, seed: str
) -> None:
    n = min(n, len(units))
    stratum = make_stratum(n, len(units))
    options: dict[str, object] = {"by": "school", "take": take, "order": method}
    groups = form_groups(units, stratum, options)
    clusters = [[list(cluster.ids) for cluster in group.clusters] for group in groups]
    second = group_clusters(units, n, take)
    assert clusters == [[sorted(ids) for _, ids in members] for members, _ in second]
    shares = [group.n for group in groups]
    drawn = redraw(units, stratum, seed, options)
    assert drawn == draw_in_two_stages(units, n, seed, take, method, shares)
    assert redraw(units[::-1], stratum, seed, options) == drawn
    sample, reserve = drawn
    assert len(sample) == n
    assert len(set(sample + reserve)) == len(sample + reserve)


@given(schools, st.integers(1, 40), st.integers(1, 8))
def test_groups_hold_everybody_once_with_a_chance_for_each(
    units: list[Unit], n: int, take: int
) -> None:
    stratum = make_stratum(min(n, len(units)), len(units))
    groups = form_groups(units, stratum, {**DEFAULTS, "take": take})
    ids = [i for group in groups for cluster in group.clusters for i in cluster.ids]
    assert sorted(ids) == sorted(unit.id for unit in units)
    assert sum(group.n for group in groups) == stratum["n"]
    assert all(1 <= group.draws <= group.n <= group.size for group in groups)
    for group in groups:
        smallest = min(len(cluster.ids) for cluster in group.clusters)
        assert group.is_certain or -(-group.n // group.draws) <= smallest


@given(
    st.lists(st.tuples(st.integers(1, 90), st.integers(1, 4)), min_size=1, max_size=8),
    st.integers(0, 100),
)
def test_shares_add_up_and_keep_their_minima(parts: list[tuple[int, int]], more: int) -> None:
    sizes = [size + least for size, least in parts]
    minima = [least for _, least in parts]
    total = min(sum(minima) + more, sum(sizes))
    shares = share_with_minima(total, sizes, minima)
    assert sum(shares) == total
    assert all(a <= b for a, b in zip(minima, shares, strict=True))
    whole = sum(sizes)
    # Nobody who could have more than the minimum gets a whole person more than its proportion.
    assert all(
        share <= Fraction(total * size, whole) + 1 or share == least
        for share, size, least in zip(shares, sizes, minima, strict=True)
    )


def test_people_come_from_as_many_schools_as_asked_and_equally() -> None:
    units = make_pupils([40] * 30)
    sample, reserve = redraw(units, make_stratum(32, 1200), "s", {**DEFAULTS, "take": 5})
    school = {unit.id: unit.school for unit in units}
    taken = Counter(school[unit_id] for unit_id in sample)
    assert sorted(taken.values()) == [4, 4, 4, 5, 5, 5, 5]
    first, second = reserve[:16], reserve[16:]
    assert {school[unit_id] for unit_id in first} == set(taken)
    assert not {school[unit_id] for unit_id in second} & set(taken)
    # The reserve goes on where the sample stopped: nobody gets a second turn before all had one.
    after_three = Counter(school[unit_id] for unit_id in sample + first[:3])
    assert set(after_three.values()) == {5}


def test_bigger_schools_are_certain_and_small_ones_united() -> None:
    units = make_pupils([100, 1, 1, 8, 20, 20, 30, 20])
    groups = form_groups(units, make_stratum(20, 200), {**DEFAULTS, "take": 5})
    assert [(len(group.clusters), group.draws, group.n) for group in groups] == [
        (1, 1, 10),
        (5, 3, 10),
    ]
    assert [cluster.name for cluster in groups[1].clusters] == [
        "学校03",
        "学校06",
        "学校01",
        "学校07",
        "学校02",
    ]


def test_two_strata_share_their_schools() -> None:
    """Coordination: the same ticket of a school everywhere keeps the number of visits low."""
    pupils = make_pupils([30] * 20)
    parents = [unit._replace(id=f"p{unit.id}", category="parent") for unit in pupils]
    drawn = [redraw(units, make_stratum(20, 600), "s", DEFAULTS)[0] for units in (pupils, parents)]
    first, second = ({unit_id.strip("p").split("-")[0] for unit_id in ids} for ids in drawn)
    assert first == second
    assert len(first) == 4


def test_strata_without_schools_are_drawn_plainly() -> None:
    units = make_units({"deputy": 30})
    sample, reserve = redraw(units, make_stratum(8, 30), "s", DEFAULTS)
    assert sample + reserve == redraw_plainly(units, 16, "s")
    assert redraw([], make_stratum(0, 0), "s", DEFAULTS) == ([], [])


def test_a_person_without_a_school_is_named() -> None:
    units = [*make_pupils([5, 5]), Unit("lost", "student", "", "", "", "")]
    with pytest.raises(Problem, match="stratum student: 'lost' has no school"):
        redraw(units, make_stratum(4, 11, "student"), "s", DEFAULTS)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, "two stages need by, take, order"),
        ({**DEFAULTS, "by": "category"}, "one of school, township"),
        ({**DEFAULTS, "order": "random"}, "pareto, sequential-poisson"),
        ({**DEFAULTS, "take": 0}, "expected 1 to 1000, got 0"),
        ({**DEFAULTS, "take": True}, "got True"),
        ({**DEFAULTS, "take": "5"}, "got 5"),
        ({**DEFAULTS, "by": ["school"]}, "one of school"),
        ({**DEFAULTS, "depth": 3}, "two stages need"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], part: str) -> None:
    with pytest.raises(Problem, match=part):
        redraw(make_pupils([5]), make_stratum(1, 5), "s", options)
