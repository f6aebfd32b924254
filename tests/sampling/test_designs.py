"""Designs in certificates: drawn, checked, weighted, and refused where they do not fit."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from sampling.canonical import canonical_json
from sampling.designs import make_design, redraw_by_design
from sampling.frame import Frame, Unit
from sampling.inclusion import state_inclusion, state_turn_inclusion, weigh_issued
from sampling.problems import Problem
from sampling.record import Draw, check_draw
from sampling.systematic import redraw
from sampling.verification import Difference, verify_draw
from tests.sampling.drawn_strata import make_stratum
from tests.sampling.rosters import make_units
from tests.sampling.test_draw_protocol import read_sessions

OPTIONS: dict[str, dict[str, object]] = {
    "two-stage": {"take": 3},
    "systematic": {"spread": ["school", "township"]},
    "rotation": {"groups": 3, "turn": 7, "stay": 2, "earlier_seeds": ["2025"]},
}


@pytest.fixture(scope="module", params=OPTIONS)
def designed(request: pytest.FixtureRequest, draw: Draw, frame: Frame) -> Draw:
    design = make_design(request.param, OPTIONS[request.param])
    return redraw_by_design(draw, frame.eligible, design)


def test_the_certificate_says_its_design_and_is_right(
    designed: Draw, draw: Draw, frame: Frame
) -> None:
    name = designed["design"]["name"]
    assert OPTIONS[name].items() <= designed["design"]["options"].items()
    assert all("{" not in remark for remark in designed["design"]["remarks"])
    assert "design" not in draw
    check_draw(designed, "draw")
    verify_draw(json.loads(canonical_json(designed)), frame)
    assert {**designed, "strata": 0, "design": 0} == {**draw, "strata": 0, "design": 0}
    assert [s["sample"] for s in designed["strata"]] != [s["sample"] for s in draw["strata"]]


def test_nobody_stands_twice_and_numbers_stay(designed: Draw, draw: Draw, frame: Frame) -> None:
    ids = [i for s in designed["strata"] for i in s["sample"] + s["reserve"]]
    assert len(ids) == len(set(ids))
    assert set(ids) <= {unit.id for unit in frame.eligible}
    for ours, plain in zip(designed["strata"], draw["strata"], strict=True):
        assert (ours["n"], ours["N"]) == (plain["n"], plain["N"])
        assert len(ours["sample"]) == ours["n"]
        assert len(ours["reserve"]) <= len(plain["reserve"])


def swap(draw: Any) -> None:
    stratum = draw["strata"][0]
    stratum["sample"][0], stratum["reserve"][0] = stratum["reserve"][0], stratum["sample"][0]


def forget_design(draw: Any) -> None:
    del draw["design"]


def change_options(draw: Any) -> None:
    draw["design"]["options"] |= {"two-stage": {"take": 9}, "rotation": {"turn": 8}}.get(
        draw["design"]["name"], {"spread": ["township"]}
    )


def change_seed(draw: Any) -> None:
    draw["seed"] += "x"


@pytest.mark.parametrize("spoil", [swap, forget_design, change_options, change_seed])
def test_tampering_is_found(designed: Draw, frame: Frame, spoil: Callable[[Any], None]) -> None:
    spoilt = copy.deepcopy(designed)
    spoil(spoilt)
    with pytest.raises(Difference, match="position"):
        verify_draw(spoilt, frame)


def test_weights_add_up_to_the_people_of_the_frame(designed: Draw, frame: Frame) -> None:
    weights = weigh_issued(designed, frame.eligible)
    assert set(weights) == {i for s in designed["strata"] for i in s["sample"]}
    assert sum(weights.values()) == len(frame.eligible)


def test_released_reserves_get_weights_and_lower_the_others(designed: Draw, frame: Frame) -> None:
    stratum = designed["strata"][0]
    weights = weigh_issued(designed, frame.eligible, {stratum["stratum"]: 2})
    asked = stratum["sample"] + stratum["reserve"][:2]
    assert sum(weights[unit_id] for unit_id in asked) == stratum["N"]
    assert sum(weights.values()) == len(frame.eligible)
    with pytest.raises(Problem, match="99 reserves released, but there are"):
        weigh_issued(designed, frame.eligible, {stratum["stratum"]: 99})
    with pytest.raises(Problem, match="no stratum 'elsewhere'"):
        weigh_issued(designed, frame.eligible, {"elsewhere": 1})


def test_plain_weights_are_people_over_asked(draw: Draw, frame: Frame) -> None:
    weights = weigh_issued(draw, frame.eligible)
    for stratum in draw["strata"]:
        assert {weights[i] for i in stratum["sample"]} == {Fraction(stratum["N"], stratum["n"])}


def test_a_rotation_says_who_cannot_be_drawn_this_year() -> None:
    units = make_units({"parent": 400})
    design = make_design("rotation", {"groups": 4, "turn": 1})
    stratum = make_stratum(20, 400, "parent")
    now = state_turn_inclusion(units, stratum, design["options"]).probabilities
    assert set(now.values()) == {Fraction(0), Fraction(20, sum(p > 0 for p in now.values()))}
    assert set(state_inclusion(units, stratum, design).probabilities.values()) == {Fraction(1, 20)}


@pytest.mark.parametrize(
    ("name", "options", "part"),
    [
        ("quota", {}, "unknown design 'quota'; known are: two-stage, systematic, rotation"),
        ("two-stage", {"size": 3}, "two stages need"),
        ("systematic", {"spread": ["category"]}, "spread over township"),
        ("rotation", {"turn": "2026"}, "turn: expected a whole number"),
    ],
)
def test_bad_designs_are_refused(name: str, options: dict[str, object], part: str) -> None:
    with pytest.raises(Problem, match=part):
        make_design(name, options)


def test_the_hashes_of_the_page_can_be_redone_in_a_shell(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "designs.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    sessions = [session for block in blocks for session in read_sessions(block)]
    assert len(sessions) == 2
    for command, printed in sessions:
        result = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert result.stdout.strip() == printed


def test_the_systematic_example_of_the_page() -> None:
    rows = [("t-01", "庆远镇", "一中"), ("t-02", "庆远镇", "一中"), ("t-03", "德胜镇", "二中")]
    rows += [("t-04", "德胜镇", "二中"), ("t-05", "石别镇", "三小")]
    units = [Unit(name, "teacher", place, "", "", school) for name, place, school in rows]
    design = make_design("systematic", {})
    drawn = redraw(units, make_stratum(2, 5), "宜州区 2026 示例", design["options"])
    assert drawn == (["t-01", "t-03"], ["t-02", "t-05"])
