"""Both checkers accept the true draw and refuse every tampering, saying where."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from sampling.canonical import canonical_json
from sampling.coverage import sort_by_stratum
from sampling.frame import Frame, Unit, make_frame, read_frame, write_frame
from sampling.problems import Problem, Problems
from sampling.record import Design, Draw, DrawnStratum, Plan, RulesReference, read_draw
from sampling.survey_rules import SurveyRules
from sampling.verification import DESIGNS, Difference, redraw, verify_draw, verify_rules
from tests.sampling.conftest import SEED
from tests.sampling.rosters import make_units
from tests.sampling.tampering import TAMPERINGS

SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "verify_draw.py"
names = [spoil.__name__ for spoil, _ in TAMPERINGS]


def run_checker(folder: Path, draw: object, table: str) -> subprocess.CompletedProcess[str]:
    """Run the outsiders' checker on a draw and the text of a frame."""
    (folder / "draw.json").write_text(canonical_json(draw), encoding="utf-8")
    (folder / "frame.csv").write_text(table, encoding="utf-8")
    return run_script_on_files(folder)


def run_script_on_files(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the outsiders' checker in `folder`, on an interpreter that sees no installed package."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), "draw.json", "frame.csv"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def run_script(folder: Path, draw: object, frame: Frame) -> subprocess.CompletedProcess[str]:
    write_frame(frame, folder / "full.csv")
    return run_checker(folder, draw, (folder / "full.csv").read_text(encoding="utf-8"))


def test_the_true_draw_is_accepted(draw: Draw, frame: Frame, plan: Plan, tmp_path: Path) -> None:
    verify_draw(draw, frame)
    verify_draw(draw, frame, plan)
    result = run_script(tmp_path, draw, frame)
    assert (result.returncode, result.stderr) == (0, "")
    assert "draw.json is right: 120 people in" in result.stdout


@pytest.mark.parametrize(("spoil", "part"), TAMPERINGS, ids=names)
def test_tamperings_are_refused(draw: Draw, frame: Frame, spoil: Any, part: str) -> None:
    spoilt = copy.deepcopy(draw)
    spoil(spoilt)
    with pytest.raises(Difference) as caught:
        verify_draw(spoilt, frame)
    assert part in str(caught.value)


@pytest.mark.parametrize(("spoil", "part"), TAMPERINGS, ids=names)
def test_tamperings_are_refused_by_the_outsiders_checker(
    draw: Draw, frame: Frame, tmp_path: Path, spoil: Any, part: str
) -> None:
    spoilt = copy.deepcopy(draw)
    spoil(spoilt)
    result = run_script(tmp_path, spoilt, frame)
    assert result.returncode == 1
    assert part in result.stdout


def test_a_frame_with_one_person_less_is_refused(
    draw: Draw, rules: SurveyRules, tmp_path: Path
) -> None:
    smaller = make_frame(make_units()[1:], rules)
    with pytest.raises(Difference, match="the frame is another one"):
        verify_draw(draw, smaller)
    assert run_script(tmp_path, draw, smaller).returncode == 1


def test_a_draw_of_another_program_with_the_documented_keys_is_accepted(
    draw: Draw, frame: Frame
) -> None:
    keys = ("format", "seed", "n", "plan_digest", "frame_digest", "strata")
    minimal = {key: cast(dict[str, object], draw)[key] for key in keys}
    verify_draw(cast(Draw, json.loads(json.dumps(minimal))), frame)


def test_strata_may_be_defined_by_any_column(draw: Draw, frame: Frame) -> None:
    # In the small county a township lies in one area, so it can define the same stratum.
    other = copy.deepcopy(draw)
    for stratum in other["strata"]:
        places = {"urban": "庆远镇", "town": "德胜镇", "rural": "石别镇"}
        if "area" in stratum["cell"]:
            stratum["cell"]["township"] = [places[a] for a in stratum["cell"].pop("area")]
    verify_draw(other, frame)


def test_another_plan_is_refused(draw: Draw, frame: Frame, plan: Plan) -> None:
    other = copy.deepcopy(plan)
    other["residents"] += 1
    with pytest.raises(Difference, match="the plan is another one"):
        verify_draw(draw, frame, other)


def test_a_draw_that_departs_from_its_plan_is_refused(draw: Draw, frame: Frame, plan: Plan) -> None:
    renamed = copy.deepcopy(draw)
    renamed["strata"][3]["stratum"] = "parent/elsewhere"
    with pytest.raises(Difference, match="parent/elsewhere is not the one in the plan"):
        verify_draw(renamed, frame, plan)
    verify_draw(renamed, frame)


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", 2), ("format", True), ("n", "120"), ("n", True), ("seed", 7), ("strata", {})],
)
def test_a_malformed_record_is_a_problem_not_a_difference(
    draw: Draw, frame: Frame, key: str, value: object
) -> None:
    spoilt = {**copy.deepcopy(cast(dict[str, object], draw)), key: value}
    with pytest.raises(Problem, match=key) as caught:
        verify_draw(cast(Draw, spoilt), frame)
    assert not isinstance(caught.value, Difference)


def test_nobody_drawn_where_nobody_may_be_is_no_draw_either(
    draw: Draw, rules: SurveyRules, tmp_path: Path
) -> None:
    frame = make_frame([("s-1", "student", "", "", "1-2", "")], rules)
    empty = cast(Draw, {**draw, "n": 0, "strata": [], "frame_digest": frame.digest})
    with pytest.raises(Difference, match="nobody"):
        verify_draw(empty, frame)
    assert run_script(tmp_path, empty, frame).returncode == 1


# Rules


def test_another_edition_of_the_rules_is_refused(draw: Draw, rules: SurveyRules) -> None:
    verify_rules(draw["rules"], rules, "draw.json")
    edited = {**draw["rules"], "digest": "0" * 64}
    with pytest.raises(Difference, match=r"draw\.json: .*another edition of the rules"):
        verify_rules(cast(RulesReference, edited), rules, "draw.json")


def test_the_draw_has_the_rules_of_its_plan(draw: Draw, frame: Frame, plan: Plan) -> None:
    for rules in ({"id": "local", "digest": draw["rules"]["digest"]}, {"id": "", "digest": ""}):
        with pytest.raises(Difference, match="rules"):
            verify_draw(cast(Draw, {**draw, "rules": rules}), frame, plan)
    without = {key: value for key, value in draw.items() if key != "rules"}
    verify_draw(cast(Draw, without), frame, plan)


# Both checkers end alike


def change_keys(**changes: object) -> Callable[[dict[str, Any]], str]:
    return lambda draw: json.dumps(draw | changes)


def change_stratum(**changes: object) -> Callable[[dict[str, Any]], str]:
    def change(draw: dict[str, Any]) -> str:
        draw["strata"][0] |= changes
        return json.dumps(draw)

    return change


def leave_out(key: str) -> Callable[[dict[str, Any]], str]:
    return lambda draw: json.dumps({name: draw[name] for name in draw if name != key})


UNREADABLE: list[Callable[[dict[str, Any]], str]] = [
    change_keys(kind="plan"),
    change_keys(kind=None),
    change_keys(format="1"),
    change_keys(format=1.0),
    change_keys(format=True),
    change_keys(n=120.0),
    change_keys(n="120"),
    change_keys(n=-120),
    change_keys(seed="\ud800"),
    change_keys(remark="\ud800"),
    change_keys(remark=float("nan")),
    change_keys(rules=None),
    change_keys(rules={"id": "national-2017"}),
    change_keys(strata={}),
    change_keys(strata=[[]]),
    *(leave_out(key) for key in ("format", "seed", "n", "plan_digest", "frame_digest", "strata")),
    change_stratum(n=True),
    change_stratum(n=-1, sample=[]),
    change_stratum(N=8.0),
    change_stratum(stratum=7),
    change_stratum(cell=[]),
    change_stratum(cell={"category": "parent"}),
    change_stratum(sample=[1]),
    change_stratum(reserve=None),
    lambda _: "[]",
    lambda _: "{",
    lambda _: "[" * 100_000,
]


@pytest.mark.parametrize("spoil", UNREADABLE)
def test_both_checkers_find_the_same_records_unreadable(
    draw: Draw, frame: Frame, tmp_path: Path, spoil: Callable[[dict[str, Any]], str]
) -> None:
    path = tmp_path / "draw.json"
    path.write_text(spoil(copy.deepcopy(cast(dict[str, Any], draw))), encoding="utf-8")
    write_frame(frame, tmp_path / "frame.csv")
    with pytest.raises(Problem) as caught:
        verify_draw(read_draw(path), frame)
    assert not isinstance(caught.value, Difference)
    result = run_script_on_files(tmp_path)
    assert (result.returncode, result.stderr) == (2, ""), result
    assert "cannot check" in result.stdout


HEADER = "id,category,township,area,grade_band,school\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEADER,
        HEADER + ",teacher,,urban,,\n",
        HEADER + "a,teacher,,urban,,\na,teacher,,urban,,\n",
        HEADER + "a,teacher,,urban,\n",
        HEADER.replace("school", "class") + "a,teacher,,urban,,\n",
    ],
)
def test_both_checkers_find_the_same_frames_unreadable(
    draw: Draw, rules: SurveyRules, tmp_path: Path, text: str
) -> None:
    (tmp_path / "draw.json").write_text(canonical_json(draw), encoding="utf-8")
    path = tmp_path / "frame.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises((Problem, Problems)):
        read_frame(path, rules)
    result = run_script_on_files(tmp_path)
    assert (result.returncode, result.stderr) == (2, ""), result


def test_the_outsiders_checker_tells_one_line_whatever_a_record_holds(
    draw: Draw, frame: Frame, tmp_path: Path
) -> None:
    spoilt = copy.deepcopy(draw)
    spoilt["strata"][0]["stratum"] = "a\nb"
    spoilt["strata"][0]["sample"][0] = "c\nd"
    result = run_script(tmp_path, spoilt, frame)
    assert (result.returncode, result.stderr) == (1, "")
    assert len(result.stdout.splitlines()) == 1


def test_the_outsiders_checker_is_short_and_says_what_it_cannot_read(tmp_path: Path) -> None:
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) < 120
    command = [sys.executable, "-I", "-S", str(SCRIPT)]
    usage = subprocess.run(command, capture_output=True, text=True, check=False)
    assert usage.returncode == 2
    (tmp_path / "draw.json").write_text("{", encoding="utf-8")
    (tmp_path / "frame.csv").write_text("id\n", encoding="utf-8")
    broken = subprocess.run(
        [*command, "draw.json", "frame.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (broken.returncode, broken.stderr) == (2, "")
    assert "cannot check" in broken.stdout


@pytest.mark.parametrize("depth", [0, 1, 3, 10_000])
def test_the_reserve_is_as_deep_as_the_record_says(
    draw: Draw, frame: Frame, tmp_path: Path, depth: int
) -> None:
    other = copy.deepcopy(draw)
    members = sort_by_stratum(frame.eligible, draw["strata"])
    for stratum, units in zip(other["strata"], members, strict=True):
        stratum["reserve_depth"] = depth
        stratum["reserve"] = redraw(units, stratum["n"] + depth, SEED)[stratum["n"] :]
    verify_draw(other, frame)
    assert run_script(tmp_path, other, frame).returncode == 0
    other["strata"][0]["reserve_depth"] = depth + 1 if depth < 10_000 else 1
    with pytest.raises(Difference, match="reserve"):
        verify_draw(other, frame)
    assert run_script(tmp_path, other, frame).returncode == 1


def test_an_unknown_design_is_no_difference_but_cannot_be_checked(
    draw: Draw, frame: Frame, tmp_path: Path
) -> None:
    other = copy.deepcopy(draw)
    other["design"] = Design(name="by-horoscope", options={}, remarks=[])
    with pytest.raises(Problem, match="'by-horoscope', which this version cannot redo") as caught:
        verify_draw(other, frame)
    assert not isinstance(caught.value, Difference)
    result = run_script(tmp_path, other, frame)
    assert result.returncode == 2
    assert "a draw with a design needs renkedu verify" in result.stdout


def test_a_design_is_redone_by_its_own_function(
    draw: Draw, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def first_by_id(
        units: Sequence[Unit], stratum: DrawnStratum, seed: str, options: Mapping[str, object]
    ) -> tuple[list[str], list[str]]:
        assert (seed, options) == (SEED, {"skip": 1})
        ids = [unit.id for unit in units][1:]
        return ids[: stratum["n"]], []

    monkeypatch.setitem(DESIGNS, "first-by-id", first_by_id)
    other = copy.deepcopy(draw)
    other["design"] = Design(name="first-by-id", options={"skip": 1}, remarks=[])
    with pytest.raises(Difference, match="position 1"):
        verify_draw(other, frame)
    members = sort_by_stratum(frame.eligible, draw["strata"])
    for stratum, units in zip(other["strata"], members, strict=True):
        stratum["sample"] = [unit.id for unit in units][1 : 1 + stratum["n"]]
        stratum["n"], stratum["reserve"] = len(stratum["sample"]), []
    other["n"] = sum(stratum["n"] for stratum in other["strata"])
    verify_draw(other, frame)


@pytest.mark.parametrize("design", [None, "systematic", {}, {"name": 1}, {"name": "x"}])
def test_a_malformed_design_is_told(draw: Draw, frame: Frame, design: object) -> None:
    other = {**copy.deepcopy(cast(dict[str, object], draw)), "design": design}
    with pytest.raises(Problem, match="design"):
        verify_draw(cast(Draw, other), frame)
