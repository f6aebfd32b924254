"""The made-up county: real figures of residents, the numbers asked for, nobody real."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from survey.demo.county import load_county, spread
from survey.demo.invention import Invention, invent
from survey.demo.people import RosterRow

SEED = 7


@pytest.fixture(scope="module")
def small() -> Invention:
    """A fiftieth of the county."""
    return invent(SEED, scale=0.02)


def test_county_is_the_census() -> None:
    county = load_county()
    assert county.residents == 549_359
    assert len(county.townships) == 16
    assert county.townships[0].residents == 230_235
    assert "2021" in county.source


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [(10, [1, 1, 2], [3, 2, 5]), (0, [1, 2], [0, 0]), (1, [0, 5, 0], [0, 1, 0]), (7, [7], [7])],
)
def test_spread_adds_up(total: int, weights: list[float], shares: list[int]) -> None:
    assert spread(total, weights) == shares


def test_whole_county_has_the_numbers_asked_for() -> None:
    county = invent(SEED)
    assert Counter(row.category for row in county.roster) == {
        "parent": 60_000,
        "student": 60_000,
        "teacher": 4_500,
        "principal": 120,
        "deputy": 250,
        "cppcc": 240,
        "resident": 30_000,
    }
    assert 105 <= len(county.schools) <= 115
    assert county.residents == 549_359


def test_same_seed_same_people_and_schools(small: Invention) -> None:
    assert invent(SEED, scale=0.02) == small
    assert invent(SEED + 1, scale=0.02).roster != small.roster


def test_numbers_of_people_are_unique_and_telephones_are_nobodys(small: Invention) -> None:
    ids = [row.id for row in small.roster]
    assert len(set(ids)) == len(ids)
    for row in small.roster:
        assert row.id.startswith("DEMO-")
        assert row.phone.startswith("000") or row.category == "student"


def test_everybody_has_a_place_and_only_families_have_a_grade(small: Invention) -> None:
    townships = {township.name for township in small.county.townships}
    for row in small.roster:
        assert row.township in townships
        assert row.area in ("urban", "town", "rural")
        assert bool(row.grade) == (row.category in ("parent", "student"))


def lists_by_person(roster: list[RosterRow]) -> dict[str, set[str]]:
    lists: dict[str, set[str]] = defaultdict(set)
    for row in roster:
        if row.person:
            lists[row.person].add(row.category)
    return lists


def test_one_key_is_one_person(small: Invention) -> None:
    names: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in small.roster:
        if row.person:
            names[row.person].add((row.name, row.phone))
    assert all(len(who) == 1 for who in names.values())


@pytest.mark.parametrize("pair", [{"parent", "teacher"}, {"parent", "deputy"}])
def test_some_people_stand_on_two_lists(small: Invention, pair: set[str]) -> None:
    assert pair in lists_by_person(small.roster).values()


def test_some_siblings_share_a_parent(small: Invention) -> None:
    parents = [row.person for row in small.roster if row.category == "parent"]
    families = Counter(parents)
    assert 0.05 < 1 - len(families) / len(parents) < 0.25
    assert max(families.values()) <= 2


def test_schools_and_roster_tell_of_the_same_pupils(small: Invention) -> None:
    seats: Counter[tuple[str, str]] = Counter()
    for row in small.roster:
        if row.category == "student":
            seats[row.school, "primary" if int(row.grade) <= 6 else "junior"] += 1
    for school in small.schools:
        for stage in ("primary", "junior"):
            assert school.pupils[stage] == seats.pop((school.name, stage), 0)
    assert not seats
