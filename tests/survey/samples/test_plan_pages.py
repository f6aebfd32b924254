"""The page of the quotas: numbers for cells, presets, numbers kept by two people, undo, freeze."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from sampling.canonical import digest
from survey.assessments.models import DRAFT, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.samples.plan import count_cells, plan_cells
from tests.survey.conftest import read_token
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import Desk, read_hidden

pytestmark = pytest.mark.one_engine

LIVE = {"HX-Request": "true"}


def read_fields(page: str) -> dict[str, str]:
    """Return the fields of the form of the quotas, as a browser would send them."""
    fields = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="radio"' not in tag:
            fields[name[1]] = value[1] if value else ""
    return fields


def read_drawn(page: str, name: str) -> str:
    """Return the number that is worked out for a cell."""
    found = re.search(rf'id="drawn-{name}"[^>]*>\s*([^<]*?)\s*<', page)
    assert found, page
    return found[1]


@pytest.fixture
def planning(desk: Desk) -> Desk:
    """The supervisor at a round with a roster."""
    assert desk.upload(make_county()).status_code == 303
    return desk


def send(desk: Desk, act: str, changed: Mapping[str, str] | None = None) -> TestResponse:
    """Open the page, change some fields and send it; "live" is what is sent while typing."""
    fields = {**read_fields(desk.get("plan")), **(changed or {})}
    if act == "live":
        data = {**fields, "act": "look"}
        return desk.client.post(f"{desk.way}/plan", data=data, headers=LIVE)
    return desk.client.post(f"{desk.way}/plan", data={**fields, "act": act})


def test_each_cell_stands_in_the_table_and_adds_up(planning: Desk) -> None:
    page = planning.get("plan?lang=en")
    total = int(re.search(r'name="parent"[^>]*value="(\d+)"', page)[1])  # type: ignore[index] # is there
    areas = [int(read_drawn(page, f"parent-{area}")) for area in ("urban", "town", "rural")]
    bands = [int(read_drawn(page, f"parent-{band}")) for band in ("1-2", "3-4", "5-6", "7-9")]
    assert sum(areas) == sum(bands) == total
    assert "± " in page


def test_a_number_for_a_cell_is_kept_and_what_it_bends_is_told(planning: Desk) -> None:
    answer = send(planning, "live", {"pin/parent/urban": "40"})
    assert answer.status_code == 200
    assert "<form" not in answer.text
    assert "<html" not in answer.text
    assert read_drawn(answer.text, "parent-urban") == "40"
    assert "家长 · 城区 = 40" in answer.text
    assert "hx-swap-oob" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pin/parent/urban", "x"),
        ("pin/parent/urban", "-1"),
        ("pin/parent/urban", "99999"),
        ("pin/parent/moon", "3"),
        ("parent", ""),
        ("parent", "7"),
        ("response", "0"),
    ],
)
def test_numbers_that_cannot_be_are_told_and_stay(planning: Desk, field: str, value: str) -> None:
    live = send(planning, "live", {field: value})
    assert live.status_code == 200
    assert 'class="errors"' in live.text
    refused = send(planning, "freeze", {field: value})
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    if field != "pin/parent/moon":
        assert re.search(rf'name="{field}"[^>]*value="{value}"', refused.text)


def test_presets_give_numbers_that_hold(planning: Desk, database: Database, round_id: str) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        round_.areas = {"urban": 60_000, "town": 12_000, "rural": 8_000}
    for preset, urban in (("rules", None), ("residents", 45), ("equal", 20), ("people", None)):
        page = planning.get(f"plan?preset={preset}")
        assert 'role="alert"' not in page, preset
        if urban:
            assert read_drawn(page, "parent-urban") == str(urban)
    assert 'role="alert"' in planning.get("plan?preset=else")


def test_areas_by_residents_want_the_residents(planning: Desk) -> None:
    assert "preset=residents" not in planning.get("plan")
    assert 'role="alert"' in planning.get("plan?preset=residents")


def test_numbers_are_kept_taken_back_and_kept_again(
    planning: Desk, database: Database, round_id: str
) -> None:
    assert send(planning, "keep", {"pin/parent/urban": "40"}).status_code == 303
    assert send(planning, "keep", {"pin/parent/urban": "41"}).status_code == 303
    assert read_fields(planning.get("plan"))["pin/parent/urban"] == "41"
    assert send(planning, "undo").status_code == 303
    assert read_fields(planning.get("plan"))["pin/parent/urban"] == "40"
    assert send(planning, "undo").status_code == 303
    assert read_fields(planning.get("plan"))["pin/parent/urban"] == ""
    assert send(planning, "undo").status_code == 422
    with database.sessions() as session:
        query = select(AuditEvent.action).where(AuditEvent.subject == round_id)
        actions = [one for one in session.scalars(query) if one.startswith("plan.")]
    assert actions == ["plan.keep", "plan.keep", "plan.undo", "plan.undo"]


def test_of_two_at_the_same_plan_the_second_is_told(
    planning: Desk, log_in: Callable[[str], FlaskClient], database: Database, round_id: str
) -> None:
    mine = read_fields(planning.get("plan?lang=en"))
    other = Desk(planning.client, round_id)
    assert send(other, "keep", {"pin/parent/urban": "40"}).status_code == 303
    for act in ("keep", "freeze", "undo"):
        answer = planning.client.post(
            f"{planning.way}/plan", data={**mine, "pin/parent/urban": "38", "act": act}
        )
        assert answer.status_code == 422
        assert "supervisor changed the kept numbers" in answer.text
        assert "theirs 40, yours 38" in answer.text
        assert read_fields(answer.text)["pin/parent/urban"] == "38"
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == DRAFT
    again = read_fields(answer.text) | {"act": "keep"}
    assert planning.client.post(f"{planning.way}/plan", data=again).status_code == 303
    assert read_fields(planning.get("plan"))["pin/parent/urban"] == "38"


def test_a_look_does_not_hide_what_another_kept(planning: Desk, round_id: str) -> None:
    mine = read_fields(planning.get("plan?lang=en"))
    assert send(Desk(planning.client, round_id), "keep").status_code == 303
    live = planning.client.post(f"{planning.way}/plan", data={**mine, "act": "look"}, headers=LIVE)
    assert "changed the kept numbers meanwhile" in live.text
    assert 'name="version"' not in live.text


def test_the_digest_shown_is_the_one_that_is_frozen(
    planning: Desk, database: Database, round_id: str
) -> None:
    shown = send(planning, "live", {"pin/parent/urban": "40"})
    assert send(planning, "freeze", {"pin/parent/urban": "40"}).status_code == 303
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        record = find_record(session, round_, PLAN)
        assert round_.status == FROZEN
        assert record is not None
        assert record.digest in shown.text
        assert read_body(record)["set"] == {"parent/urban": 40}
        again = plan_cells(
            count_cells(session, round_),
            read_body(record)["frame_digest"],
            round_,
            read_body(record)["categories"],
            {"parent/urban": 40},
        )
        assert digest(again) == record.digest
    frozen = planning.get("plan")
    assert read_drawn(frozen, "parent-urban") == "40"
    assert "<form method" not in frozen.split("<main", 1)[1]
    assert send(planning, "keep").status_code == 422


def test_kept_numbers_outlive_a_new_roster(planning: Desk) -> None:
    assert send(planning, "keep", {"pin/parent/urban": "40"}).status_code == 303
    planning.upload(make_county(parents=40))
    page = planning.get("plan")
    assert 'role="alert"' in page
    assert read_fields(page)["pin/parent/urban"] == "40"
    token = read_token(page)
    assert token
    assert read_hidden(page, "frame_digest")
