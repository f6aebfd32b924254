from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from sampling.canonical import canonical_json
from sampling.problems import Problem, Problems
from sampling.verification import Difference
from scoring.county_rules import CountyRules
from scoring.measured_county import read_measured
from scoring.outside_results import read_results
from scoring.record import make_verdict, verify_verdict
from scoring.rule_set import PART_KINDS
from tests.scoring.county_makers import make_sheets, read_sheets
from tests.scoring.makers import NATIONAL

ROOMS, COEFFICIENT = "resources.rooms_m2.primary", "difference.rooms_m2.primary"


def results(*findings: dict[str, Any]) -> dict[str, Any]:
    return {
        "format": 1,
        "kind": "indicator-results",
        "engine": {"name": "省平台", "distribution": "platform", "version": "3.2"},
        "source": "省教育厅监测平台 2026-05-06 导出",
        "findings": list(findings),
    }


def result(rule: str, measured: str | None, outcome: str, school: str = "") -> dict[str, Any]:
    kind, stage = ("school", "primary") if school else ("county", rule.rpartition(".")[2])
    stage = stage if stage in ("primary", "junior") else ""
    return {"rule": rule, "subject": {"kind": kind, "id": school, "name": "", "stage": stage},
            "measured": measured, "outcome": outcome}  # fmt: skip


def verdict(record: dict[str, Any] | None) -> Any:
    schools, data = read_sheets(make_sheets())
    return make_verdict("宜州区", None, schools, NATIONAL, data=data, results=record)


def find(record: Any, rule: str, school: str = "") -> Any:
    return next(f for f in record["findings"] if f["rule"] == rule and f["subject"]["id"] == school)


def test_findings_are_marked_with_their_engine_and_what_they_replace() -> None:
    record = verdict(results(result(ROOMS, "4.4999", "not_met", "1001")))
    finding = find(record, ROOMS, "1001")
    assert finding["engine"] == "platform 省平台 3.2"
    assert finding["outcome"] == "not_met"
    assert finding["subject"]["name"] == "学校1001"
    assert finding["parts"]["in_place_of"] == {
        "measured": {"exact": "4.5", "display": "4.50"}, "outcome": "met"}  # fmt: skip
    assert find(record, ROOMS, "1002")["engine"] is None
    assert record["engine"]["name"] == "built-in"


def test_rules_that_rest_on_them_are_measured_again() -> None:
    plain = verdict(None)
    record = verdict(results(result(COEFFICIENT, "0.5001", "not_met")))
    assert find(plain, "condition.4")["outcome"] == "met"
    condition = find(record, "condition.4")
    assert condition["outcome"] == "not_met"
    assert condition["parts"]["parts"][0]["not_met"] == [COEFFICIENT]
    assert record["verdict"] == "not_met"


def test_a_rule_that_nobody_else_measured_gets_a_finding() -> None:
    record = verdict(results(result("veto.1", None, "not_met")))
    assert find(record, "veto.1")["engine"] == "platform 省平台 3.2"


def test_the_verdict_carries_them_and_can_be_redone() -> None:
    record = json.loads(canonical_json(verdict(results(result(COEFFICIENT, "1/2", "met")))))
    verify_verdict(record)
    forged = copy.deepcopy(record)
    forged["inputs"]["results"]["source"] = "别处"
    with pytest.raises(Difference, match=r"^digests, results"):
        verify_verdict(forged)


REFUSED: list[tuple[dict[str, Any], str]] = [
    (result(ROOMS, "4.4999", "met", "1001"), "4.4999 is called met, against a limit of 4.5"),
    (result(COEFFICIENT, "0.5", "not_met"), "0.5 is called not_met, against a limit of 0.50"),
    (result(ROOMS, None, "met", "1001"), "the value is missing"),
    (result(ROOMS, "viel", "met", "1001"), "expected a number, got 'viel'"),
    (result(ROOMS, "1/0", "met", "1001"), "expected a number as text, got '1/0'"),
    (result("survey.rate", "0.9", "met"), "not of the survey, got 'met'"),
    (result(ROOMS, "4.5", "shown", "1001"), "got 'shown'"),
    (result("resources.gold", "1", "met"), "has no rule 'resources.gold'"),
    (result(ROOMS, "4.5", "met") | {"subject": {"kind": "village"}}, "got 'village'"),
    ({"rule": ROOMS}, "'outcome': expected a text"),
]


@pytest.mark.parametrize(("entry", "message"), REFUSED)
def test_what_contradicts_itself_is_refused_by_its_number(
    entry: dict[str, Any], message: str
) -> None:
    sound = result(COEFFICIENT, "0.4", "met")
    with pytest.raises(Problems) as caught:
        read_results(results(sound, entry), NATIONAL, "platform.json")
    assert str(caught.value).startswith("platform.json · 2: ")
    assert message in str(caught.value)


def test_results_say_where_they_come_from() -> None:
    with pytest.raises(Problem, match="say in source who measured this"):
        read_results(results() | {"source": " "}, NATIONAL)


def test_a_school_is_judged_anew_on_what_another_system_measured() -> None:
    """Below the floor of 3.825 the school fails, whatever the engine had found before."""
    low = verdict(results(result(ROOMS, "3.82", "not_met", "1001")))
    school = find(low, "resources.school", "1001")
    assert (school["outcome"], school["parts"]["below_floor"]) == ("not_met", ["rooms_m2"])
    assert school["parts"]["in_place_of"]["outcome"] == "met"
    assert low["verdict"] == "not_met"
    at_floor = verdict(results(result(ROOMS, "3.825", "not_met", "1001")))
    school = find(at_floor, "resources.school", "1001")
    assert (school["outcome"], school["measured"]["exact"]) == ("met", "6")
    blank = verdict(results(result(ROOMS, None, "not_measured", "1001")))
    assert find(blank, "resources.school", "1001")["outcome"] == "not_measured"
    assert find(low, "resources.school", "1002")["parts"].get("in_place_of") is None
    verify_verdict(low)


def test_what_was_found_of_a_rule_of_the_county_is_what_others_rest_on() -> None:
    """A ledger's and a plan's readers see the same findings as the verdict's."""
    rule = "guarantee.05"
    outside = results({**result(rule, None, "not_met"), "measured": None})
    record = verdict(outside)
    measured = read_measured(record)
    rules = CountyRules(
        NATIONAL, measured.schools, measured.data, (),
        [f for f in measured.findings if f.rule.kind not in PART_KINDS or f.engine],
    )  # fmt: skip
    found = {f.rule.id: f for f in rules.findings()}
    assert found[rule].outcome == "not_met"
    assert found[rule].engine == "platform 省平台 3.2"
