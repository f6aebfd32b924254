"""The tree of places: whole, each in the one above it, found by code or by name."""

import pytest

from sampling.problems import Problem
from survey.accounts.regions import (
    LEVELS,
    children_of,
    load_regions,
    name_region,
    path_to,
    read_region,
)


def test_the_list_is_a_tree() -> None:
    regions = load_regions()
    levels = [sum(len(code) == length for code in regions) for length in LEVELS]
    assert levels == [31, 342, 2978]
    assert all(code[:-2] in regions for code in regions if len(code) > 2)
    assert list(regions) == sorted(regions)
    assert all(region.name.strip() == region.name != "" for region in regions.values())


def test_every_place_is_reached_from_the_nation() -> None:
    reached, waiting = set[str](), [""]
    while waiting:
        found = [region.code for region in children_of(waiting.pop())]
        reached.update(found)
        waiting += found
    assert reached == set(load_regions())


@pytest.mark.parametrize(
    ("typed", "within", "code"),
    [
        ("451203", "", "451203"),
        (" 451203 ", "45", "451203"),
        ("451200", "", "4512"),
        ("450000", "", "45"),
        ("441900", "", "441900"),  # Dongguan is its own county
        ("451299", "4512", "451299"),  # newer than the list
        ("", "", ""),
        ("宜州区", "", "451203"),
        ("宜州", "45", "451203"),
        ("鼓楼区", "3501", "350102"),
        ("广西壮族自治区河池市宜州区", "", "451203"),
    ],
)
def test_a_place_is_read(typed: str, within: str, code: str) -> None:
    assert read_region(typed, within) == code


@pytest.mark.parametrize(
    ("typed", "within", "said"),
    [
        ("12345", "", "0, 2, 4 or 6 digits"),
        ("1234567", "", "0, 2, 4 or 6 digits"),
        ("000000", "", "0, 2, 4 or 6 digits"),
        ("150603", "45", "not within your own"),
        ("45", "4512", "not within your own"),
        ("", "45", "not within your own"),
        ("东胜区", "45", "no place in your region"),
        ("朝阳区", "", "2 places are called"),
        ("鼓楼区", "", "350102"),
    ],
)
def test_what_is_no_place_of_ones_own_is_told(typed: str, within: str, said: str) -> None:
    with pytest.raises(Problem, match=said):
        read_region(typed, within)


def test_a_place_that_no_list_knows_keeps_its_code() -> None:
    assert name_region("451299") == "广西壮族自治区河池市451299"
    assert [step.code for step in path_to("451203")] == ["", "45", "4512", "451203"]
