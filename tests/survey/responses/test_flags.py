"""Coarse flags: few values, nothing stored, what scoring expects."""

from __future__ import annotations

import random

import pytest

from sampling.problems import Problem
from scoring.answers import Paper
from scoring.items import Item
from scoring.quality_flags import burst_class, flag_papers
from survey.questionnaires.edition import load_edition
from survey.responses.flags import (
    KEY_LIFE,
    MOST_RANGES,
    BurstCounter,
    address_range,
    check_flags,
    compute_flags,
)
from tests.survey.responses.conftest import fill

PAPER = load_edition("national-2026").paper_for("parent")


@pytest.mark.parametrize(
    ("seconds", "speed"), [(600, "normal"), (15, "fast"), (4, "very_fast"), (-3, "very_fast")]
)
def test_the_speed_is_a_class(seconds: float, speed: str) -> None:
    flags = compute_flags(
        PAPER, fill(PAPER), seconds=seconds, address="203.0.113.7", bursts=BurstCounter()
    )
    assert flags == {"speed": speed, "straight_line": "yes", "burst": "none"}
    check_flags(flags)


def test_without_a_time_there_is_no_speed() -> None:
    flags = compute_flags(PAPER, {}, seconds=None, address="", bursts=BurstCounter())
    assert flags == {"straight_line": "no", "burst": "none"}


def test_scoring_reads_them() -> None:
    flags = compute_flags(
        PAPER, fill(PAPER), seconds=4, address="203.0.113.7", bursts=BurstCounter()
    )
    paper = Paper("parent", "parent", fill(PAPER), flags)
    assert flag_papers([paper], [Item("overall", "", ("parent",))]) == [
        frozenset({"speed", "straight_line"})
    ]


def test_a_burst_is_of_one_range_within_ten_minutes() -> None:
    bursts = BurstCounter()
    addresses = [f"203.0.113.{number}" for number in range(40)]
    assert [bursts.count(address, 100.0) for address in addresses] == [*range(30), *[30] * 10]
    assert bursts.count("198.51.100.1", 100.0) == 0
    assert bursts.count("203.0.113.99", 100.0 + 599) == 30
    assert bursts.count("203.0.113.99", 100.0 + 600) == 1  # the last one; the others are past


def test_processes_that_count_apart_flag_fewer_and_never_others() -> None:
    """At most 30 for each process go unflagged, however a burst is shared out among them."""
    chance = random.Random(3)  # noqa: S311 - a seed makes the test the same always
    for processes, weights in ((1, [1]), (2, [1, 1]), (3, [8, 1, 1])):
        alone, apart = BurstCounter(), [BurstCounter() for _ in range(processes)]
        flagged = {True: 0, False: 0}
        for second in range(200):
            [one] = chance.choices(apart, weights)
            moment = one._made + 100 + second
            is_many = burst_class(one.count("203.0.113.7", moment)) == "many"
            would_be = burst_class(alone.count("203.0.113.7", moment)) == "many"
            assert would_be or not is_many
            flagged[is_many] += 1
        assert flagged[True] >= 200 - 30 * processes
        assert flagged[False] >= 30


def test_what_was_counted_is_forgotten_within_the_hour() -> None:
    bursts = BurstCounter()
    start = bursts._made
    bursts.count("203.0.113.7", start + 1)
    key = bursts._key
    assert b"203" not in b"".join(bursts._seen)
    bursts.count("198.51.100.1", start + KEY_LIFE)
    assert bursts._key != key
    assert len(bursts._seen) == 1
    assert KEY_LIFE + 600 <= 3600


def test_many_ranges_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("survey.responses.flags.MOST_RANGES", 3)
    bursts = BurstCounter()
    for number in range(9):
        assert bursts.count(f"203.0.{number}.1", 1.0) == 0
    assert len(bursts._seen) == 3
    assert MOST_RANGES > 3


def test_ranges() -> None:
    assert address_range("2001:db8:1:2::3") == address_range("2001:db8:1:ffff::9")
    assert address_range("2001:db8:1::") != address_range("2001:db8:2::")
    assert address_range("203.0.113.1") != address_range("203.0.114.1")
    assert address_range("a phone") != address_range("another")


@pytest.mark.parametrize(
    "flags", [{"speed": "3 s"}, {"near_duplicate": "yes"}, {"mode": "web"}, {"burst": ["none"]}]
)
def test_any_other_flag_is_refused(flags: dict[str, object]) -> None:
    with pytest.raises(Problem, match="holds a flag"):
        check_flags(flags)


def test_a_typed_sheet_is_marked() -> None:
    check_flags({"mode": "paper"})
