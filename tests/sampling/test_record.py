"""Records on disk: written whole or not at all, refused when they are not what they should be."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from sampling.canonical import digest
from sampling.problems import Problem
from sampling.record import Draw, Plan, read_draw, read_plan, write_record


def test_records_are_read_back_and_sha256sum_prints_their_digest(
    plan: Plan, draw: Draw, tmp_path: Path
) -> None:
    write_record(plan, tmp_path / "plan.json")
    write_record(draw, tmp_path / "draw.json")
    assert read_plan(tmp_path / "plan.json") == plan
    assert read_draw(tmp_path / "draw.json") == draw
    content = (tmp_path / "plan.json").read_bytes()
    assert hashlib.sha256(content).hexdigest() == digest(plan) == draw["plan_digest"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["draw.json", "plan.json"]


def test_a_record_that_cannot_be_written_changes_nothing(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("before", encoding="utf-8")
    with pytest.raises(TypeError):
        write_record({"n": object()}, path)
    with pytest.raises(Problem, match="cannot be written"):
        write_record(plan, tmp_path / "nowhere" / "plan.json")
    with pytest.raises(Problem, match="not a regular file"):
        write_record(plan, tmp_path)
    assert path.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "not a plan in JSON"),
        ("{", "not a plan in JSON"),
        ("[" * 100_000, "not a plan in JSON"),
        ("\ufffe", "not a plan in JSON"),
        ('{"format": 1, "format": 1}', "a key stands twice"),
        ('{"format": NaN}', "NaN is not a number"),
        ("[]", "expected a JSON object"),
        ("{}", "expected format 1, got None"),
        ('{"format": 2}', "expected format 1, got 2"),
        ('{"format": 1.0}', "expected format 1, got 1.0"),
        (r'{"format": 1, "county": "\ud800"}', "not a plan in JSON"),
        (r'{"format": 1, "\udfff": 1}', "not a plan in JSON"),
        ('{"format": 1, "rate": 1e999}', "not a plan in JSON"),
        ('{"format": 1, "kind": "draw"}', "expected a plan, got a draw"),
        ('{"format": 1}', "'n': expected a whole number, got nothing"),
        ('{"format": 1, "n": -1}', "-1 is below 0"),
        ('{"format": 1, "n": 1.5}', "expected a whole number, got float"),
        (
            '{"format": 1, "n": 1, "frame_digest": "", "rules": {}, "strata": []}',
            "'id': expected text",
        ),
    ],
)
def test_broken_plans_are_told(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "plan.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=r"plan\.json") as caught:
        read_plan(path)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "part"),
    [
        ("sample", None, "'sample': expected a list of texts"),
        ("reserve", [1], "'reserve': expected a list of texts"),
        ("N", True, "'N': expected a whole number"),
        ("cell", {"area": "urban"}, "'area': expected a list of texts"),
        ("cell", [], "'cell': expected an object, got a list"),
    ],
)
def test_broken_strata_are_told_with_their_place(
    draw: Draw, tmp_path: Path, key: str, value: object, part: str
) -> None:
    record = json.loads(json.dumps(draw))
    record["strata"][1][key] = value
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(Problem, match=r"strata\[1\]") as caught:
        read_draw(path)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("named", "part"),
    [
        (5, "'rules': expected an object, got a whole number"),
        (None, "'rules': expected an object"),
        ([], "'rules': expected an object, got a list"),
        ({}, "'id': expected text, got nothing"),
        ({"id": 5, "digest": ""}, "'id': expected text"),
        ({"id": "national-2017"}, "'digest': expected text, got nothing"),
    ],
)
def test_a_draw_names_its_rules_rightly_or_not_at_all(
    draw: Draw, tmp_path: Path, named: object, part: str
) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps({**draw, "rules": named}), encoding="utf-8")
    with pytest.raises(Problem, match=r"draw\.json") as caught:
        read_draw(path)
    assert part in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"draw\.json: cannot be read"):
        read_draw(tmp_path / "draw.json")
