"""`renkedu draw` with another design: what is written, said, checked and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.survey.commands.outcomes import Outcome, Run


@pytest.fixture(autouse=True)
def _plan(run: Run) -> None:
    planned = ("plan", "--residents", "80000", "--frame", "frame.csv", "--out", "plan.json")
    assert run(*planned).code == 0


def draw(run: Run, *more: str) -> Outcome:
    fixed = ("--plan", "plan.json", "--seed", "宜州区 2026 17 22", "--out", "draw.json")
    return run("draw", "frame.csv", *fixed, *more)


@pytest.mark.parametrize(
    ("options", "name", "expected", "remark"),
    [
        (["--by", "school"], "two-stage", {"take": 5, "order": "pareto"}, "approximate"),
        (
            ["--by", "township", "--take", "3", "--order", "sequential-poisson"],
            "two-stage",
            {"by": "township", "take": 3, "order": "sequential-poisson"},
            "Papers carry no school",
        ),
        (
            ["--spread", "township,school"],
            "systematic",
            {"spread": ["township", "school"]},
            "successive differences",
        ),
        (
            ["--rotation", "groups=4,turn=3", "--reserve", "x2"],
            "rotation",
            {"groups": 4, "turn": 3, "stay": 1, "earlier_seeds": []},
            "public for ever",
        ),
        (
            ["--rotation", "turn=3,stay=2", "--earlier-seed", "宜州区 2025"],
            "rotation",
            {"groups": 8, "stay": 2, "earlier_seeds": ["宜州区 2025"]},
            "exactly n / N",
        ),
    ],
)
def test_a_design_is_drawn_told_and_verified(
    run: Run, options: list[str], name: str, expected: dict[str, object], remark: str
) -> None:
    code, out, err = draw(run, *options)
    assert (code, err) == (0, "")
    assert "120 people drawn in" in out
    assert remark in out
    record = json.loads(Path("draw.json").read_text(encoding="utf-8"))
    assert record["design"]["name"] == name
    assert expected.items() <= record["design"]["options"].items()
    verified = run("verify", "draw.json", "--frame", "frame.csv", "--plan", "plan.json")
    assert (verified[0], verified[2]) == (0, "")
    record["design"]["name"] = "quota"
    Path("draw.json").write_text(json.dumps(record), encoding="utf-8")
    code, _, err = run("verify", "draw.json", "--frame", "frame.csv")
    assert code == 2
    assert "quota" in err


def test_the_plain_draw_says_nothing_of_designs(run: Run) -> None:
    code, out, _ = draw(run)
    assert (code, "note:" in out) == (0, False)
    assert "design" not in json.loads(Path("draw.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--by", "school", "--spread", "school"], "options of two-stage, systematic"),
        (["--take", "3"], "--take, --order needs --by"),
        (["--earlier-seed", "x"], "--earlier-seed needs --rotation"),
        (["--by", "class"], "by one of school, township"),
        (["--by", "school", "--take", "0"], "expected 1 to 1000, got 0"),
        (["--spread", ""], "spread over township"),
        (["--spread", "id"], "spread over township"),
        (["--rotation", "8"], "a text like groups=8,turn=3,stay=1"),
        (["--rotation", "turn=3,turn=4"], "a text like"),
        (["--rotation", "turn=-3"], "a text like"),
        (["--rotation", "groups=4"], "say which turn it is"),
        (["--rotation", "turn=3,stay=9"], "from 1 to 8, got 9"),
        (["--rotation", "turn=3,depth=9"], "expected groups, turn, stay"),
        (["--rotation", "turn=3", "--earlier-seed", "x"], "at most 0 earlier seeds"),
    ],
)
def test_bad_designs_write_nothing(run: Run, options: list[str], part: str) -> None:
    code, out, err = draw(run, *options)
    assert (code, out) == (2, "")
    assert part in err
    assert err.startswith("renkedu: ")
    assert not Path("draw.json").exists()
