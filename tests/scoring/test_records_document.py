"""The schemas of the judgement's records accept what the program writes and nothing else."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from scoring.ledger_log import Undertaking, open_ledger, read_ledger, undertake, update_ledger
from scoring.measured_county import read_measured
from scoring.procedure_events import Event, Opening
from scoring.procedure_log import append_event, open_procedure, read_procedure
from scoring.rate import recognition_rate
from scoring.record import make_verdict
from scoring.rule_set import RuleSet, load_rule_set, rule_set_ids
from scoring.schools import School, parse_schools
from scoring.target_report import find_targets, make_target_report
from scoring.way_out_record import make_way_out
from tests.scoring.counties import make_record, measure
from tests.scoring.county_makers import make_sheets, read_sheets, set_figures
from tests.scoring.makers import NATIONAL, make_county, make_row, number_rows
from tests.scoring.unit_costs import county, unit_costs

DOCS = Path(__file__).resolve().parents[2] / "docs"
KINDS = ("verdict", "ledger", "procedure", "targets", "way_out", "indicator-results")
TIME = "2026-09-10T09:00:00+08:00"
DIGEST = "a" * 64
LEFT_OUT_WHERE_EMPTY = {"gaps"}
SHORT = make_row("1", primary=360, shares=("1", "1", "1", "0.9", "0.9", "1", "1"))
RICH = make_row("2", primary=100, primary_backbone_teachers="20")
RESULTS = {
    "format": 1,
    "kind": "indicator-results",
    "engine": {"name": "省平台", "distribution": "platform", "version": "3.2"},
    "source": "导出",
    "findings": [
        {"rule": "difference.rooms_m2.primary", "measured": "0.4", "outcome": "met",
         "subject": {"kind": "county", "id": "", "name": "", "stage": "primary"}}
    ],
}  # fmt: skip


def read_schema(kind: str) -> dict[str, Any]:
    text = (DOCS / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


def plain(record: object) -> Any:
    """Return the record as it comes back from its file."""
    return json.loads(json.dumps(record))


def national_verdicts() -> list[object]:
    schools, data = read_sheets(make_sheets())
    rate = recognition_rate(*make_county(54, 6), NATIONAL, county="宜州区", round_name="2026")
    whole = make_verdict("宜州区", rate, schools, NATIONAL, round_name="2026", data=data)
    failing = make_sheets()
    failing["classes"][0]["pupils"] = "80"
    failing["schools"][0]["primary_pupils"] = "395"
    set_figures(failing, migrant_children_public="70", teachers_pay_yuan="")
    others, other = read_sheets(failing)
    eased = make_verdict("", None, others, NATIONAL, data=other, reliefs=["extra-grounds"])
    outside = make_verdict("", None, schools, NATIONAL, data=data, results=RESULTS)
    return [whole, eased, outside, make_record([SHORT, RICH])]


def other_verdict(rule_set: RuleSet) -> object:
    schools: list[School] = []
    return make_verdict("某县", None, schools, rule_set)


def ledger_lines(path: Path) -> list[Any]:
    key = ("1", "primary", "resources.rooms_m2.primary", "")
    open_ledger(path, measure([SHORT, RICH]), "2026-09-01", "教育局", TIME)
    undertake(path, [Undertaking(key, "扩建", "张三", "2027-08-31")], "教育局", TIME, plan=DIGEST)
    update_ledger(path, measure([RICH]), "2027-09-01", "教育局", TIME)
    return list(read_ledger(path))


def procedure_lines(path: Path) -> list[Any]:
    rules = load_rule_set("inner-mongolia-2022")
    open_procedure(
        path, Opening("内蒙古自治区", 2026, "督导办", "2026-01-05T09:00:00+08:00"), rules
    )
    papers = dict.fromkeys(rules.stages[0].submits, DIGEST)
    act: dict[str, Any] = {"county": "康巴什区", "stage": "county", "by": "区政府"}
    for event in (
        Event("decided", **act, time="2026-04-20T09:00:00+08:00", outcome="passed",
              evidence={"自评报告": DIGEST}),
        Event("submitted", **act, time="2026-05-02T09:00:00+08:00", evidence=papers,
              reason="市教育局同意延期"),
        Event("returned", **act, time="2026-05-03T09:00:00+08:00", reason="缺页"),
    ):  # fmt: skip
        append_event(path, event, rules)
    return list(read_procedure(path))


def target_reports() -> list[object]:
    plan = load_rule_set("guigang-2022")
    measured = measure([SHORT, RICH], "guigang-2022")
    schools, data = read_sheets(make_sheets())
    whole = read_measured(make_verdict("港北区", None, schools, plan, data=data))
    return [make_target_report(one, 2025, find_targets(one, 2025)) for one in (measured, whole)]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    path = tmp_path_factory.mktemp("records")
    two = parse_schools(number_rows([SHORT, RICH]), "schools.xlsx")
    made = {
        "verdict": [*national_verdicts(), *map(other_verdict, map(load_rule_set, rule_set_ids()))],
        "ledger": ledger_lines(path / "ledger.jsonl"),
        "procedure": procedure_lines(path / "procedure.jsonl"),
        "targets": target_reports(),
        "way_out": [
            make_way_out(two, NATIONAL, unit_costs()),
            make_way_out(two, NATIONAL, unit_costs({"rooms_m2": 1, "grounds_m2": 1})),
            make_way_out(county(RICH), NATIONAL, unit_costs(), reliefs=("extra-grounds",)),
        ],
        "indicator-results": [RESULTS],
    }
    return {kind: [plain(record) for record in found] for kind, found in made.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_is_one_and_the_page_names_it(kind: str) -> None:
    Draft202012Validator.check_schema(read_schema(kind))
    page = (DOCS / "records.md").read_text(encoding="utf-8")
    assert f"schemas/{kind}.schema.json" in page


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_program_writes_keeps_the_schema(records: dict[str, list[Any]], kind: str) -> None:
    validator = Draft202012Validator(read_schema(kind))
    assert records[kind]
    for record in records[kind]:
        faults = [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(record)]
        assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_or_missing_key_breaks_the_schema(
    records: dict[str, list[Any]], kind: str
) -> None:
    record, validator = records[kind][0], Draft202012Validator(read_schema(kind))
    assert not validator.is_valid({**record, "surprise": 1})
    for key in set(record) - LEFT_OUT_WHERE_EMPTY:
        assert not validator.is_valid({k: v for k, v in record.items() if k != key}), key


def test_what_stands_in_a_finding_is_held_too(records: dict[str, list[Any]]) -> None:
    validator = Draft202012Validator(read_schema("verdict"))
    for key, value in (("outcome", "passed"), ("measured", {"exact": 4.2, "display": "4.20"}),
                       ("surprise", 1)):  # fmt: skip
        broken = copy.deepcopy(records["verdict"][0])
        broken["findings"][0][key] = value
        assert not validator.is_valid(broken), key
