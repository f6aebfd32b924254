"""`renkedu plan` as a person runs it: its options, what it prints, what it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sampling.frame import COLUMNS, make_frame, write_frame
from sampling.survey_rules import RULES_FOLDER, load_survey_rules
from tests.sampling.rosters import SMALL_COUNTY, make_units
from tests.survey.commands.outcomes import Outcome, Run

RATES = "parent=0.8,teacher=0.95,principal=0.95,deputy=0.7,cppcc=0.7,student=0.9,resident=0.6"


Plan = Callable[..., Outcome]


@pytest.fixture
def plan(run: Run) -> Plan:
    """Run `renkedu plan` with more arguments in an empty folder that holds frame.csv."""

    def run_plan(*more: str, frame: str = "frame.csv") -> Outcome:
        command = ("plan", "--residents", "80000", "--frame", frame, "--out", "plan.json")
        return run(*command, *more)

    return run_plan


def read_plan() -> dict[str, Any]:
    record: dict[str, Any] = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    return record


def test_without_options_the_rules_decide(plan: Plan) -> None:
    outcome = plan()
    assert (outcome.code, outcome.err) == (0, "")
    assert "120 people: parent 60, teacher 10" in outcome.out
    keys = {"format", "residents", "rate", "n", "categories", "cells", "answer_strata"}
    assert keys | {"compromises", "precision"} <= set(read_plan())
    assert not {"areas", "set", "response", "sample_size"} & set(read_plan())


def test_the_same_input_gives_the_same_bytes(plan: Plan) -> None:
    plan("--set", "principal=8")
    first = Path("plan.json").read_bytes()
    lines = Path("frame.csv").read_text(encoding="utf-8").splitlines()
    Path("frame.csv").write_text("\n".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
    plan("--set", "principal=8")
    assert Path("plan.json").read_bytes() == first


def test_numbers_set_by_hand(plan: Plan) -> None:
    outcome = plan("--set", "principal=8", "--set", "parent/urban/1-2=12")
    assert "compromise: categories_equal principal: 8 instead of 10 (the number" in outcome.out
    assert "(the number was set by hand: parent/urban/1-2=12)" in outcome.out
    assert read_plan()["set"] == {"principal": 8, "parent/urban/1-2": 12}


def test_residents_by_area(plan: Plan) -> None:
    outcome = plan("--areas", "urban=40000,town=10000", "--areas", "rural=30000")
    assert outcome.code == 0
    assert read_plan()["areas"] == {"urban": 40_000, "town": 10_000, "rural": 30_000}


def test_response(plan: Plan) -> None:
    outcome = plan("--response", RATES, "--confidence", "0.9")
    assert "with confidence 0.9 in each category" in outcome.out
    response = read_plan()["response"]
    assert response["confidence"] == "0.9"
    assert f"deepest reserve that a stratum needs: {response['reserve_depth']}" in outcome.out


def test_explain_prints_the_whole_plan(plan: Plan) -> None:
    text = plan("--explain", "--response", RATES, "--set", "principal=8").out
    for part in (
        "120 people of 80000 residents, rate 0.0015",
        "set by hand: principal 8",
        "category   target  eligible  not eligible",
        "student        10       146            54",
        "parent/urban/1-2",
        "compromise: categories_equal principal: 8 instead of 10",
        "a county truly at 0.87 passes 0.85 with chance",
        "worth almost nothing",
        "category   wanted  rate  issue  reserve  chance",
    ):
        assert part in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_rules_of_ones_own(plan: Plan) -> None:
    text = (RULES_FOLDER / "national-2017.toml").read_text(encoding="utf-8")
    cited = 'source = "a notice"\narticle = ""\nquote = ""\nmark = "?"\n'
    floor = "\n[size_floor]\nsteps = [{ below = 400000, n = 200 }]\n"
    Path("local.toml").write_text(text.replace("national-2017", "local") + floor + cited, "utf-8")
    assert "200 people" in plan("--rules", "local.toml").out
    assert read_plan()["rules"]["id"] == "local"


def test_a_parquet_frame_gives_the_same_plan(plan: Plan) -> None:
    plan()
    first = Path("plan.json").read_bytes()
    columns = zip(*make_units(), strict=True)
    table = {name: list(values) for name, values in zip(COLUMNS, columns, strict=True)}
    pq.write_table(pa.table(table), "frame.parquet")
    assert plan(frame="frame.parquet").code == 0
    assert Path("plan.json").read_bytes() == first


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("--set", "mayor=3"), "there is no cell 'mayor'"),
        (("--set", "principal"), "expected CELL=N"),
        (("--set", "principal=13"), "principal: 13 are to be drawn, but only 12 are eligible"),
        (("--set", "parent=59"), "at least 60 of 120 must be drawn"),
        (("--set", "principal=8", "--set", "principal=9"), "set twice"),
        (("--set", "student/1-2=1"), "student/1-2: 1 are to be drawn, but only 0"),
        (("--areas", "urban=40000,town=10000,rural=29999"), "add up to 79999 residents"),
        (("--areas", "urban=80000"), "missing: town rural"),
        (("--areas", "moon=80000"), "unknown: moon"),
        (("--areas", "urban"), "expected AREA=RESIDENTS"),
        (("--response", "parent=0.8"), "missing: teacher"),
        (("--response", "parent=80%"), "expected CATEGORY=RATE"),
        (("--response", RATES, "--confidence", "95"), "confidence: expected a number between"),
        (("--confidence", "0.95"), "--confidence is for --response"),
        (("--rules", "nowhere"), "there are no rules named 'nowhere'"),
        (("--rules", "nowhere.toml"), "nowhere.toml: cannot be read"),
        (("--rate", "0.1"), "are to be drawn, but only 828"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_written(
    plan: Plan, more: tuple[str, ...], part: str
) -> None:
    outcome = plan(*more)
    assert (outcome.code, outcome.out) == (2, "")
    assert part in outcome.err
    assert all(line.startswith("renkedu: ") for line in outcome.err.splitlines())
    assert not Path("plan.json").exists()


def test_a_rule_without_its_source_is_told(plan: Plan) -> None:
    text = (RULES_FOLDER / "national-2017.toml").read_text(encoding="utf-8")
    Path("local.toml").write_text(text.replace('source = "公开', 'form = "公开', 1), "utf-8")
    outcome = plan("--rules", "local.toml")
    assert outcome.code == 2
    assert "local.toml: key 'areas.source' is missing" in outcome.err


def test_too_few_parents_are_told(plan: Plan) -> None:
    units = make_units({**SMALL_COUNTY, "parent": 59})
    write_frame(make_frame(units, load_survey_rules()), Path("frame.csv"))
    assert "parent: at least 60 of 120 must be drawn, got 59" in plan().err
