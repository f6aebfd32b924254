from __future__ import annotations

from typing import Any

import pytest

from scoring.findings import Finding
from scoring.rule_set import load_rule_set, rule_set_ids
from scoring.school_layout import layout_of
from tests.scoring.cases_of import read_cases
from tests.scoring.county_makers import Rows, answer, assess, change, make_sheets, set_figures


def change_county(sheets: dict[str, Rows], case: dict[str, Any]) -> None:
    """Do to a county that passes what a case says."""
    set_figures(sheets, **case.get("figures", {}))
    for name, word in case.get("answers", {}).items():
        rule, _, part = name.partition("/")
        answer(sheets, rule, part, word)
    if "classes" in case:
        put_classes(sheets, **case["classes"])
    if "set" in case:
        cells = dict(case["set"])
        change(sheets[cells.pop("sheet")], cells.pop("row"), **cells)
    for sheet in case.get("drop", []):
        del sheets[sheet]


def put_classes(sheets: dict[str, Rows], school: str, stage: str, pupils: list[int]) -> None:
    """Put classes of so many pupils in the place of a section's."""
    others = [
        row for row in sheets["classes"] if (row["school_id"], row["stage"]) != (school, stage)
    ]
    sheets["classes"] = others + [
        {"school_id": school, "class_name": f"{stage}{number}班", "stage": stage, "grade": "1",
         "pupils": str(count)}
        for number, count in enumerate(pupils, 1)
    ]  # fmt: skip


def find_failing(finding: Finding) -> list[str]:
    """Return the rows that fail a rule, each once."""
    parts: Any = finding.parts["parts"]
    return list(dict.fromkeys(row["row"] for part in parts for row in part.get("failing", [])))


@pytest.mark.parametrize("case", read_cases("county_rules"))
def test_cases(case: dict[str, Any]) -> None:
    sheets = make_sheets()
    change_county(sheets, case)
    finding = assess(sheets, case.get("reliefs", []))[case["rule"]]
    assert finding.outcome == case["outcome"], finding
    assert find_failing(finding) == case.get("failing", [])
    assert finding.is_flipped is case.get("flips", False)
    if "display" in case:
        assert (finding.measured or {})["display"] == case["display"]
    if "used" in case:
        assert list(finding.reliefs) == case["used"]
    assert (finding.why is not None) == (case["outcome"] == "not_measured")


def test_the_county_of_the_cases_passes_every_rule() -> None:
    outcomes = {rule: finding.outcome for rule, finding in assess(make_sheets()).items()}
    shown = ["composite.primary", "composite.junior", "interviews.rate"]
    assert [rule for rule, outcome in outcomes.items() if outcome != "met"] == shown


def test_a_county_that_hands_nothing_in_is_measured_on_its_schools_alone() -> None:
    sheets = {"schools": make_sheets()["schools"]}
    met = {rule for rule, f in assess(sheets).items() if f.outcome == "met" and "." in rule}
    assert {rule for rule in met if not rule.startswith("difference.")} == {
        "guarantee.04", "guarantee.06", "guarantee.07", "quality.04", "condition.4"
    }  # fmt: skip


def test_other_readings_are_shown_and_decide_nothing() -> None:
    """Urban 100 %, town 95 %: the county passes as primary and junior, not as urban and town."""
    sheets = make_sheets()
    findings = assess(sheets)
    by_area: Any = findings["guarantee.13"].parts["readings"]
    assert findings["guarantee.13"].outcome == "met"
    assert [reading["outcome"] for reading in by_area] == ["not_met"]
    rooms: Any = findings["guarantee.03"].parts["readings"]
    assert [reading["outcome"] for reading in rooms] == ["met", "met"]


def test_an_open_rule_says_why() -> None:
    rule_set = load_rule_set("county-six-aspects-2020")
    finding = assess(make_sheets(rule_set), rule_set=rule_set)["substance.standard"]
    assert finding.outcome == "not_measured"
    assert finding.why is not None
    assert "无从测量" in finding.why.zh


@pytest.mark.parametrize("rule_set_id", rule_set_ids())
def test_every_shipped_scheme_can_be_measured(rule_set_id: str) -> None:
    """Whatever a scheme asks for: a finding for each of its rules, and a reason for each gap."""
    rule_set = load_rule_set(rule_set_id)
    sheets = {"schools": blank_schools(rule_set_id)}
    findings = assess(sheets, rule_set=rule_set)
    assert set(findings) >= {rule.id for rule in rule_set.of_kind("figure", "judgement", "veto")}
    assert all(f.why for f in findings.values() if f.outcome == "not_measured")


def blank_schools(rule_set_id: str) -> Rows:
    """Return one school with plenty of whatever the scheme counts."""
    layout = layout_of(load_rule_set(rule_set_id))
    amounts = dict.fromkeys(layout.shared, "1000000")
    own = {f"primary_{name}": "1000" for name in layout.own}
    head = {"school_id": "1", "name": "学校", "township": "", "kind": "primary",
            "ownership": "public", "primary_pupils": "100", "junior_pupils": "",
            "senior_pupils": ""}  # fmt: skip
    return [{**head, **own, **{f"junior_{name}": "" for name in layout.own}, **amounts}]


def test_without_classes_no_school_knows_how_many_rooms_it_needs() -> None:
    sheets = make_sheets()
    del sheets["classes"]
    assert assess(sheets)["guarantee.03"].outcome == "not_measured"


def test_a_bare_answer_is_told_and_a_plain_no_needs_no_file() -> None:
    sheets = make_sheets()
    for row in sheets["judgements"]:
        row["evidence"] = ""
    findings = assess(sheets)
    parts: dict[str, Any] = {rule: finding.parts.get("parts") for rule, finding in findings.items()}
    assert [bool(part["remarks"]) for part in parts["guarantee.01"]] == [True]
    assert [bool(part["remarks"]) for part in parts["veto.1"]] == [False]
    assert findings["guarantee.01"].outcome == "met"


def test_more_than_everybody_is_told() -> None:
    sheets = make_sheets()
    set_figures(sheets, zoned_primary_urban="301")
    primary: Any = assess(sheets)["guarantee.13"].parts["parts"]
    assert "100" in primary[0]["remarks"][0]["zh"]
