"""`renkedu what-if`, as the shell sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.scoring.county_makers import make_sheets
from tests.survey.commands.outcomes import Run, assert_refused
from tests.survey.schools.county_files import write_workbook


@pytest.fixture
def county(tmp_path: Path) -> Path:
    return write_workbook(tmp_path / "county.xlsx", make_sheets())


def test_what_turns_is_marked_and_both_verdicts_are_told(renkedu: Run, county: Path) -> None:
    done = renkedu(
        "what-if", county, "--set", "1001.rooms_m2=1200", "--set", "teachers_pay_yuan=97999.99"
    )
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    (rooms,) = [line for line in lines if "resources.rooms_m2.primary" in line]
    assert rooms.startswith("*  1001")
    assert rooms.endswith("3.33 not_met")
    (coefficient,) = [line for line in lines if "difference.rooms_m2.primary" in line]
    assert coefficient.startswith("   primary")
    assert any("guarantee.08" in line and line.startswith("*") for line in lines)
    assert lines[-1] == "verdict: undecided -> not_met"


def test_a_verdict_is_its_own_county(renkedu: Run, county: Path, tmp_path: Path) -> None:
    verdict = tmp_path / "verdict.json"
    assert renkedu("assess", county, "--out", verdict).code == 3
    chinese = "1001.教学及辅助用房面积=1200"
    found = renkedu("what-if", verdict, "--set", chinese, "--json").record
    named = renkedu("what-if", county, "--set", "1001.rooms_m2=1200", "--json").record
    assert found["findings"] == named["findings"]
    assert found["verdict"] == {"before": "undecided", "after": "not_met"}
    turned = [f["rule"] for f in found["findings"] if f["is_turned"]]
    assert turned == ["resources.school", "resources.rooms_m2.primary"]


def test_the_same_value_changes_nothing(renkedu: Run, county: Path) -> None:
    done = renkedu("what-if", county, "--set", "1001.rooms_m2=1620.0")
    assert "0 findings differ, 0 outcomes turn" in done.out


def test_everything_that_does_not_fit_is_told_at_once(renkedu: Run, county: Path) -> None:
    asked = ("1001.rooms_m2=-3", "teachers_pay_yuan=much")
    done = renkedu("what-if", county, *[word for one in asked for word in ("--set", one)])
    assert_refused(done, "expected a number from 0 up, got '-3'")
    assert "teachers_pay_yuan: expected a number, got 'much'" in done.err
    for wrong in ("rooms_m2", "=5", "1001.=5", ".rooms_m2=5"):
        assert_refused(renkedu("what-if", county, "--set", wrong), "expected SCHOOL.FIGURE=VALUE")
    assert_refused(renkedu("what-if", county, "--set", "x=1"), "one of the county's figures")
    assert_refused(renkedu("what-if", county, "--set", "9.rooms_m2=1"), "there is no school '9'")


def test_a_verdict_takes_no_other_tables(renkedu: Run, county: Path, tmp_path: Path) -> None:
    verdict = tmp_path / "verdict.json"
    renkedu("assess", county, "--out", verdict)
    asked = ("what-if", verdict, "--set", "x=1", "--rules", "wenshan-2024")
    assert_refused(renkedu(*asked), "a verdict brings its own tables")
    broken = json.loads(verdict.read_text(encoding="utf-8"))
    broken["inputs"]["schools"][0]["rooms_m2"] = "9999"
    verdict.write_text(json.dumps(broken), encoding="utf-8")
    assert renkedu("what-if", verdict, "--set", "1001.rooms_m2=1").code != 0
