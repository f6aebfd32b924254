from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sampling.canonical import canonical_json, digest
from sampling.problems import Problem
from sampling.verification import Difference
from scoring.procedure_events import Event, Opening
from scoring.procedure_log import (
    append_event,
    follow_procedure,
    open_procedure,
    procedure_rows,
    read_procedure,
)
from scoring.rule_set import load_rule_set
from tests.scoring.cases_of import read_cases

RULES = load_rule_set("inner-mongolia-2022")
PAPERS = {stage.id: stage.submits for stage in RULES.stages}
SHA = "a" * 64
OPENING = Opening("内蒙古自治区", 2026, "督导办", "2026-01-05T09:00:00+08:00")


def make_event(text: str) -> Event:
    """Return an event from its line in the table of cases."""
    said, _, reason = text.partition(" because ")
    day, county, place, act = said.split()
    stage, _, step = place.partition(".")
    action, _, name = act.partition(":")
    outcome = action if action in ("passed", "failed") else ""
    names = PAPERS.get(stage, ()) if action == "submitted" else ("评审意见",)
    return Event(
        action="decided" if outcome else action,
        county=county,
        stage=stage,
        by="某机构",
        time=f"2026-{day}T12:00:00+08:00",
        step=step,
        outcome=outcome,
        name=name,
        evidence=dict.fromkeys(names, SHA),
        reason=reason,
    )


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "procedure.jsonl"
    open_procedure(path, OPENING, RULES)
    return path


@pytest.mark.parametrize("case", read_cases("procedure"))
def test_the_way_of_a_county(case: Any, log: Path) -> None:
    *before, last = map(make_event, case["events"])
    for event in before:
        append_event(log, event, RULES)
    if "refused" in case:
        written = log.read_bytes()
        with pytest.raises(Problem) as caught:
            append_event(log, last, RULES)
        assert case["refused"] in str(caught.value)
        assert log.read_bytes() == written
        return
    line = append_event(log, last, RULES)
    assert line["late_days"] == case.get("late", line["late_days"])
    year = follow_procedure(read_procedure(log), RULES)
    got = {stage: year.status(case["county"], stage) for stage in case["status"]}
    assert got == case["status"]


def test_passed_stages_are_what_targets_ask_for(log: Path) -> None:
    for text in ("04-20 A county passed", "04-30 A county submitted", "05-20 A city passed"):
        append_event(log, make_event(text), RULES)
    year = follow_procedure(read_procedure(log), RULES)
    assert year.counties["A"].passed == {"county", "city"}
    assert year.unpublished("A", "city") == ["复核结果"]
    rows = {row["stage"]: row for row in procedure_rows(year, RULES.stages)}
    assert rows["city"]["decided_on"] == "2026-05-20"
    assert rows["county"]["submitted_on"] == "2026-04-30"


def test_each_line_is_bound_to_the_one_before(log: Path) -> None:
    append_event(log, make_event("04-20 A county passed"), RULES)
    first, second = read_procedure(log)
    assert first["previous"] == ""
    assert second["previous"] == digest(first)
    assert second["number"] == 2


@pytest.mark.parametrize(
    ("number", "key", "value"),
    [
        (2, "by", "另一机构"),
        (2, "outcome", "failed"),
        (1, "year", 2027),
        (2, "evidence", {"评审意见": "b" * 64}),
        (3, "late_days", 0),
    ],
)
def test_a_changed_line_is_found(log: Path, number: int, key: str, value: object) -> None:
    append_event(log, make_event("04-20 A county passed"), RULES)
    append_event(log, make_event("05-02 A county submitted because 同意"), RULES)
    lines = read_procedure(log)
    lines[number - 1][key] = value
    with pytest.raises(Difference):
        follow_procedure(lines, RULES)


def test_a_log_of_another_edition_is_refused(log: Path) -> None:
    with pytest.raises(Difference, match="made under rule set"):
        follow_procedure(read_procedure(log), load_rule_set("national-2017"))


def test_a_forged_chain_still_has_to_be_allowed(log: Path) -> None:
    """Whoever writes the log anew, digests and all, cannot leave a step out."""
    append_event(log, make_event("04-20 A county passed"), RULES)
    lines = read_procedure(log)
    forged = {**lines[1], "stage": "city"}
    with pytest.raises(Difference, match="stage city is not open"):
        follow_procedure([lines[0], forged], RULES)


def test_a_year_is_opened_once(log: Path) -> None:
    with pytest.raises(Problem, match="never begun anew"):
        open_procedure(log, OPENING, RULES)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"format":1', "cut off"),
        (b'{"format":1,"kind":"ledger"}\n', "expected a procedure, got a ledger"),
        (b'{"kind": "procedure", "format": 1}\n', "not canonical JSON"),
        (b"not json\n", "not a line of a log"),
        (b'{"format":1}\n', "key 'kind' is missing"),
    ],
)
def test_a_broken_log_is_told_with_its_line(log: Path, content: bytes, said: str) -> None:
    log.write_bytes(log.read_bytes() + content)
    with pytest.raises(Problem, match="line 2") as caught:
        read_procedure(log)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evidence": {}}, "a decision needs evidence"),
        ({"evidence": {"x": "A" * 64}}, "a SHA-256 of 64 hex digits"),
        ({"outcome": ""}, "has an outcome"),
        ({"name": "公示"}, "what is published has to be named"),
        ({"days": 7}, "only a publication lasts"),
        ({"by": "甲\n乙"}, "one line"),
        ({"time": "2026-04-20"}, "expected a time like"),
    ],
)
def test_an_event_that_says_too_little_is_refused(
    log: Path, change: dict[str, Any], said: str
) -> None:
    event = make_event("04-20 A county passed")
    values = {name: getattr(event, name) for name in Event.__dataclass_fields__}
    with pytest.raises(Problem) as caught:
        append_event(log, Event(**{**values, **change}), RULES)
    assert said in str(caught.value)
    assert len(read_procedure(log)) == 1


def test_lines_are_canonical_json(log: Path) -> None:
    append_event(log, make_event("04-20 A county passed"), RULES)
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        assert line == canonical_json(json.loads(line))


def test_a_log_that_was_never_opened_is_not_made_by_an_event(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonl"
    with pytest.raises(Problem, match="cannot be written"):
        append_event(path, make_event("04-20 A county passed"), RULES)
    assert not path.exists()
