"""The schemas accept what the program writes and nothing else; docs/records.md names every key."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from sampling.ceremony import read_ceremony
from sampling.frame import Frame
from sampling.public_frame import make_public_frame
from sampling.quota import plan_quota
from sampling.record import Design, Draw, Plan, read_draw
from sampling.release import ReleaseOrder, make_release
from sampling.response_plan import plan_response
from sampling.survey_rules import load_survey_rules
from tests.sampling.test_ceremony import CASES, EVENT, hold
from tests.sampling.test_public_frame import make_salts
from tests.sampling.test_seed_sources import REVEALS, announce

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGE = (DOCS / "records.md").read_text(encoding="utf-8")
KINDS = ("ceremony", "draw", "plan", "public_frame", "release")
SCHEMAS = [DOCS / "schemas" / f"{kind}.schema.json" for kind in KINDS]
Record = dict[str, Any]


def read_schema(name: str) -> Record:
    text = (DOCS / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    return cast(Record, json.loads(text))


def load(name: str) -> Draft202012Validator:
    return Draft202012Validator(read_schema(name))


def plain(record: object) -> Any:
    """Return the record as it comes back from its file."""
    return json.loads(json.dumps(record))


@pytest.fixture(scope="module")
def records(plan: Plan, draw: Draw, frame: Frame) -> dict[str, list[Any]]:
    """Records of each kind, as the program makes them."""
    designed = copy.deepcopy(draw)
    designed["design"] = Design(name="systematic", options={"by": "school"}, remarks=["a remark"])
    designed["strata"][0]["reserve_depth"] = 3
    keys = ("format", "seed", "n", "plan_digest", "frame_digest", "strata")
    order = ReleaseOrder("teacher/urban", 2, "拒访 2", "2026-05-08T10:00:00+08:00")
    first = make_release(draw, [], order)
    event, _ = hold(frame, plan, dict(EVENT), {"value": "03 11 + 09"})
    parties, _ = hold(frame, plan, announce(*REVEALS), {"reveals": REVEALS})
    begun = {**event, "steps": event["steps"][:1]}
    by_hand = plan_quota(
        frame,
        80_000,
        load_survey_rules(),
        Fraction("0.0015"),
        pins={"principal": 8},
        areas={"urban": 40_000, "town": 20_000, "rural": 20_000},
    )
    by_hand["response"] = plan_response(
        by_hand, {name: Fraction(9, 10) for name in by_hand["categories"]}, Fraction(19, 20)
    )
    public = make_public_frame(frame, plan["strata"], make_salts(frame))
    made: dict[str, list[object]] = {
        "plan": [plan, by_hand],
        "draw": [draw, designed, read_draw(CASES / "draw.json"), {k: draw.get(k) for k in keys}],
        "release": [first, make_release(draw, [first], order)],
        "ceremony": [read_ceremony(CASES / "ceremony.json"), event, parties, begun],
        "public_frame": [line._asdict() for line in public.lines[:50]],
    }
    return {kind: [plain(record) for record in found] for kind, found in made.items()}


def test_there_is_a_schema_for_each_kind(records: dict[str, list[Any]]) -> None:
    assert sorted(records) == sorted(KINDS)


def test_the_page_names_every_schema() -> None:
    names = [path.name for path in (DOCS / "schemas").iterdir()]
    assert [name for name in names if f"schemas/{name}" not in PAGE] == []


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_the_schema_is_one(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_program_writes_keeps_the_schema(records: dict[str, list[Any]], kind: str) -> None:
    for record in records[kind]:
        faults = [f"{e.json_path}: {e.message[:200]}" for e in load(kind).iter_errors(record)]
        assert faults == []


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_or_missing_key_breaks_the_schema(
    records: dict[str, list[Any]], kind: str
) -> None:
    record, validator = records[kind][0], load(kind)
    assert not validator.is_valid({**record, "surprise": 1})
    required = read_schema(kind)["required"]
    assert required
    for key in required:
        rest = {name: value for name, value in record.items() if name != key}
        assert not validator.is_valid(rest), key


def swap_steps(record: Record) -> None:
    record["steps"].reverse()


def name_unknown_source(record: Record) -> None:
    record["steps"][1]["content"]["source"] = "dice"


def write_time_without_zone(record: Record) -> None:
    record["steps"][0]["time"] = "2026-05-07T09:00:00"


def shorten_digest(record: Record) -> None:
    record["steps"][0]["previous"] = "ab"


@pytest.mark.parametrize(
    "spoil", [swap_steps, name_unknown_source, write_time_without_zone, shorten_digest]
)
def test_a_spoilt_ceremony_breaks_the_schema(
    records: dict[str, list[Any]], spoil: Callable[[Record], None]
) -> None:
    record = copy.deepcopy(records["ceremony"][0])
    spoil(record)
    assert not load("ceremony").is_valid(record)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("seed", "a\nb"),
        ("n", "120"),
        ("frame_digest", "A" * 64),
        ("strata", []),
        ("design", "systematic"),
    ],
)
def test_a_spoilt_draw_breaks_the_schema(
    records: dict[str, list[Any]], key: str, value: object
) -> None:
    assert not load("draw").is_valid({**records["draw"][0], key: value})


def list_keys(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for value in schema.values():
            yield from list_keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from list_keys(value)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_the_page_names_every_key_of_the_schema(path: Path) -> None:
    named = set(re.findall(r"[\w]+", " ".join(re.findall(r"`([^`]+)`", PAGE))))
    keys = set(list_keys(json.loads(path.read_text(encoding="utf-8"))))
    assert keys
    assert sorted(keys - named) == []
