"""Reserves come in the order of the tickets, only from their own stratum, and are all logged."""

from __future__ import annotations

import copy
import json
import multiprocessing
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import pytest

from sampling.canonical import canonical_json, digest
from sampling.problems import Problem
from sampling.record import Design, Draw, write_record
from sampling.release import (
    Release,
    ReleaseOrder,
    append_release,
    issued_weights,
    make_release,
    next_reserves,
    read_releases,
    verify_releases,
)
from sampling.verification import Difference

STRATUM = "teacher/urban"
TIME = "2026-05-08T10:00:00+08:00"


def order(count: int, stratum: str = STRATUM, reason: str = "拒访 1") -> ReleaseOrder:
    return ReleaseOrder(stratum, count, reason, TIME)


def make_log(draw: Draw, *orders: ReleaseOrder) -> list[Release]:
    log: list[Release] = []
    for wanted in orders:
        log.append(make_release(draw, log, wanted))
    return log


def find_reserve(draw: Draw) -> list[str]:
    return next(s["reserve"] for s in draw["strata"] if s["stratum"] == STRATUM)


def test_reserves_come_in_drawn_order(draw: Draw) -> None:
    reserve = find_reserve(draw)
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


def test_the_log_is_appended_and_chained(draw: Draw, tmp_path: Path) -> None:
    path = tmp_path / "releases.jsonl"
    append_release(path, draw, order(2))
    before = path.read_bytes()
    append_release(path, draw, order(1, "parent/town/1-2", "无法联系 1"))
    append_release(path, draw, order(1))
    assert path.read_bytes().startswith(before)
    log = read_releases(path)
    reserve = find_reserve(draw)
    assert [line["released"] for line in log if line["stratum"] == STRATUM] == [
        reserve[:2],
        reserve[2:3],
    ]
    assert [line["number"] for line in log] == [1, 2, 3]
    assert log[0]["previous"] == digest(draw)
    assert log[2]["previous"] == digest(log[1])
    verify_releases(draw, log)


def test_weights_are_people_over_issued(draw: Draw) -> None:
    before = issued_weights(draw)
    assert before[STRATUM] == Fraction(30, 5)
    log = make_log(draw, order(2), order(1))
    after = issued_weights(draw, log)
    assert after[STRATUM] == Fraction(30, 8)
    assert {name for name in before if before[name] != after[name]} == {STRATUM}
    assert sum(
        weight * len(stratum["sample"])
        for weight, stratum in zip(before.values(), draw["strata"], strict=True)
    ) == sum(stratum["N"] for stratum in draw["strata"])


def test_other_designs_have_other_weights(draw: Draw) -> None:
    other = copy.deepcopy(draw)
    other["design"] = Design(name="two-stage", options={}, remarks=[])
    with pytest.raises(Problem, match="not N over issued in the design 'two-stage'"):
        issued_weights(other)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        (order(6), "6 reserves are wanted, 5 are left"),
        (order(0), "at least 1 to be released, got 0"),
        (order(1, "teacher/moon"), "no stratum 'teacher/moon'"),
        (order(1, reason=" "), "the reason must be one line"),
        (order(1, reason="a\nb"), "the reason must be one line"),
        (ReleaseOrder(STRATUM, 1, "拒访 1", "yesterday"), "expected a time like"),
        (ReleaseOrder(STRATUM, 1, "拒访 1", "2026-05-08T10:00:00"), "expected a time like"),
    ],
)
def test_a_refused_release_writes_nothing(
    draw: Draw, tmp_path: Path, wanted: ReleaseOrder, part: str
) -> None:
    path = tmp_path / "releases.jsonl"
    append_release(path, draw, order(0 + 1, "parent/town/1-2"))
    before = path.read_bytes()
    with pytest.raises(Problem, match=part):
        append_release(path, draw, wanted)
    assert path.read_bytes() == before
    with pytest.raises(Problem, match=part):
        append_release(tmp_path / "new.jsonl", draw, wanted)
    assert not (tmp_path / "new.jsonl").exists()


def reorder(log: list[Release]) -> None:
    log[0], log[1] = log[1], log[0]


def drop_first(log: list[Release]) -> None:
    del log[0]


def change_reason(log: list[Release]) -> None:
    log[0]["reason"] = "another reason"


def change_ids(log: list[Release]) -> None:
    log[1]["released"] = [*log[1]["released"][:-1], "teacher-99999"]


def ask_for_more(log: list[Release]) -> None:
    log[2]["count"] = 60


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (reorder, "line 1: number should be 1, the log has 2"),
        (drop_first, "line 1: number should be 1, the log has 2"),
        (change_reason, "line 2: previous should be"),
        (change_ids, "line 2: released should be"),
        (ask_for_more, "line 3: stratum teacher/urban: 60 reserves are wanted"),
    ],
)
def test_a_tampered_log_is_refused(
    draw: Draw, spoil: Callable[[list[Release]], None], part: str
) -> None:
    log = make_log(draw, order(1), order(1), order(1))
    verify_releases(draw, log)
    spoil(log)
    with pytest.raises(Difference, match=part):
        verify_releases(draw, log)


def test_the_log_of_another_draw_is_refused(draw: Draw) -> None:
    log = make_log(draw, order(1))
    other = copy.deepcopy(draw)
    other["plan_digest"] = "0" * 64
    with pytest.raises(Difference, match="line 1: draw_digest should be"):
        verify_releases(other, log)


def test_a_cut_off_tail_still_verifies_so_its_digest_is_published(draw: Draw) -> None:
    log = make_log(draw, order(1), order(1))
    verify_releases(draw, log[:1])
    assert digest(log[0]) != digest(log[1])


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (lambda text: text[:-1], "line 2: is cut off"),
        (lambda text: text[:-20], "line 2: is cut off"),
        (lambda text: text.replace('"count":1', '"count": 1', 1), "line 1: is not canonical JSON"),
        (lambda text: "\n" + text, "line 1: is not a release in JSON"),
        (lambda text: text.replace('"format":1', '"format":2', 1), "line 1: expected format 1"),
        (lambda text: text.replace('"release"', '"draw"', 1), "expected a release, got a draw"),
        (lambda text: text.replace('"count":1', '"count":"1"', 1), "'count': expected a whole"),
    ],
)
def test_a_broken_line_is_told_with_its_number(
    draw: Draw, tmp_path: Path, spoil: Callable[[str], str], part: str
) -> None:
    path = tmp_path / "releases.jsonl"
    log = make_log(draw, order(1), order(1))
    text = spoil("".join(canonical_json(line) for line in log))
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=r"releases\.jsonl ") as caught:
        read_releases(path)
    assert part in str(caught.value)
    with pytest.raises(Problem):
        append_release(path, draw, order(1))
    assert path.read_text(encoding="utf-8") == text


def append_one(arguments: tuple[str, str]) -> None:
    """Run in a process of its own: read the draw and release one reserve."""
    draw = cast(Draw, json.loads(Path(arguments[0]).read_text(encoding="utf-8")))
    append_release(Path(arguments[1]), draw, order(1, "parent/urban/1-2"))


def test_processes_at_once_release_each_reserve_once(draw: Draw, tmp_path: Path) -> None:
    write_record(draw, tmp_path / "draw.json")
    paths = (str(tmp_path / "draw.json"), str(tmp_path / "releases.jsonl"))
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(append_one, [paths] * 6, chunksize=1)
    log = read_releases(tmp_path / "releases.jsonl")
    verify_releases(draw, log)
    released = [unit for line in log for unit in line["released"]]
    assert len(released) == len(set(released)) == 6
