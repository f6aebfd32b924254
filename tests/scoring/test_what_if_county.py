"""What if a figure of the county were another one, beside an outside system's results."""

from __future__ import annotations

import pytest

from sampling.problems import Problems
from scoring.verdict_inputs import VerdictInputs
from scoring.what_if import Change, WhatIf, judge_changes
from tests.scoring.county_makers import make_sheets, read_sheets
from tests.scoring.makers import NATIONAL

SCHOOLS, DATA = read_sheets(make_sheets())
RESULTS = {
    "format": 1,
    "kind": "indicator-results",
    "engine": {"name": "省平台", "distribution": "platform", "version": "3.2"},
    "source": "导出",
    "findings": [
        {
            "rule": "difference.rooms_m2.primary",
            "subject": {"kind": "county", "id": "", "name": "", "stage": "primary"},
            "measured": "0.4",
            "outcome": "met",
        }
    ],
}


def judge(*changes: Change, results: dict[str, object] | None = None) -> WhatIf:
    return judge_changes(VerdictInputs(SCHOOLS, None, DATA, results), changes, NATIONAL)


def test_a_figure_of_the_county_turns_its_rule() -> None:
    found = judge(Change("", "teachers_pay_yuan", "9.79万元"))
    assert [pair.before and pair.before.rule.id for pair in found.changed] == ["guarantee.08"]
    assert (found.before, found.after) == ("undecided", "not_met")


def test_a_blank_figure_was_not_given() -> None:
    (pair,) = judge(Change("", "teachers_pay_yuan", "")).changed
    assert pair.after is not None
    assert pair.after.outcome == "not_measured"


def test_what_an_outside_system_found_stays() -> None:
    change = Change("1001", "rooms_m2", "1200")
    own = {pair.after.rule.id for pair in judge(change).changed if pair.after}
    kept = {pair.after.rule.id for pair in judge(change, results=RESULTS).changed if pair.after}
    assert own - kept == {"difference.rooms_m2.primary"} - {
        pair.after.rule.id
        for pair in judge(change, results=RESULTS).changed
        if pair.after and pair.after.engine
    }


def test_faults_of_schools_and_county_are_told_together() -> None:
    with pytest.raises(Problems) as caught:
        judge(Change("1001", "rooms_m2", "many"), Change("", "nothing", "1"))
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 2
    assert "got 'many'" in told[0]
    assert "got 'nothing'" in told[1]
