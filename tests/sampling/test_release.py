"""Reserves come in the order of the tickets and only from their own stratum."""

from __future__ import annotations

import pytest

from sampling.problems import Problem
from sampling.record import Draw
from sampling.release import next_reserves

STRATUM = "teacher/urban"


def test_reserves_come_in_drawn_order(draw: Draw) -> None:
    reserve = next(s["reserve"] for s in draw["strata"] if s["stratum"] == STRATUM)
    first = next_reserves(draw, STRATUM, [], 2)
    second = next_reserves(draw, STRATUM, first[::-1], 1)
    assert first + second == reserve[:3]
    assert next_reserves(draw, STRATUM, first, 0) == []


@pytest.mark.parametrize(
    ("stratum", "released", "count", "part"),
    [
        ("teacher/moon", [], 1, "no stratum 'teacher/moon'"),
        (STRATUM, [], 6, "6 reserves are wanted, 5 are left"),
        (STRATUM, [], -1, "-1 reserves"),
        (STRATUM, ["teacher-99999"], 1, "out of their drawn order"),
    ],
)
def test_other_releases_are_refused(
    draw: Draw, stratum: str, released: list[str], count: int, part: str
) -> None:
    with pytest.raises(Problem, match=part):
        next_reserves(draw, stratum, released, count)


def test_a_release_out_of_order_stops_the_next(draw: Draw) -> None:
    later = next_reserves(draw, STRATUM, [], 2)[1:]
    with pytest.raises(Problem, match="out of their drawn order"):
        next_reserves(draw, STRATUM, later, 1)
