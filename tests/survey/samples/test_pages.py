"""The supervisor's way through the pages: roster, quotas, draw, cards, progress, release."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey.assessments.models import DRAFT, FIELD, FROZEN, Round
from survey.database import Database
from survey.responses.codes import is_well_formed, normalize_code
from survey.samples.models import (
    REFUSED,
    Link,
    Release,
    Selection,
)
from survey.tables import read_table
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import Desk, read_hidden

pytestmark = pytest.mark.one_engine


def test_the_whole_way(desk: Desk, database: Database) -> None:
    assert desk.upload(make_county()).status_code == 303
    assert "840" in desk.get("roster")
    targets = desk.read_targets()
    assert (sum(targets.values()), targets["parent"]) == (120, 60)
    assert desk.freeze().status_code == 303
    assert 'value="freeze"' not in desk.get("plan")

    assert re.search(r"[0-9a-f]{64}", desk.get("draw"))
    assert desk.post("draw", seed="2026-11-22 开奖 07 12").status_code == 303
    assert "draw.json" in desk.get("draw")

    cards = desk.post("links", scope="new", medium="cards")
    assert (cards.mimetype, cards.data[:4]) == ("application/pdf", b"%PDF")
    assert "120" in desk.get("links")

    with database.transaction() as session:
        people = select(Selection.id).where(Selection.issued).limit(3)
        session.execute(
            update(Selection).where(Selection.id.in_(people)).values(disposition=REFUSED)
        )
    assert desk.mark_unreachable().status_code == 303
    assert desk.release().status_code == 303
    with database.sessions() as session:
        released = sum(len(entry.unit_ids) for entry in session.scalars(select(Release)))
    assert released > 3
    assert f">{120 + released}<" in desk.get("progress")

    file = desk.post("links", scope="new", medium="file")
    rows = read_table("links.xlsx", file.data).rows
    assert len(rows) == released
    assert all(is_well_formed(normalize_code(cells["答题码"])) for _, cells in rows)


def test_a_roster_in_gbk_comes_in(desk: Desk) -> None:
    assert desk.upload(make_county().decode().encode("gbk")).status_code == 303
    assert "GB18030" in desk.get("roster")


def test_no_file_chosen(desk: Desk) -> None:
    assert desk.post("roster", act="import").status_code == 422


def test_own_numbers_that_do_not_add_up_are_shown_again(desk: Desk) -> None:
    desk.upload(make_county())
    targets = desk.read_targets() | {"parent": 70}
    for act in ("look", "freeze"):
        answer = desk.post("plan", act=act, frame_digest=desk.read_digest(), **targets)
        assert answer.status_code == 422
        assert 'value="70"' in answer.text
        assert "130" in answer.text
    assert desk.post("plan", act="look", **(targets | {"parent": "x"})).status_code == 422


def test_own_numbers_show_what_they_break(desk: Desk) -> None:
    desk.upload(make_county())
    targets = desk.read_targets()
    targets["teacher"] -= 5
    targets["resident"] += 5
    answer = desk.post("plan", act="look", **targets)
    assert answer.status_code == 200
    assert f'value="{targets["resident"]}"' in answer.text
    assert "<strong>" in answer.text.split("</form>")[-1]


def test_too_few_parents_are_told_before_anything_is_frozen(desk: Desk) -> None:
    desk.upload(make_county(parents=40))
    assert 'role="alert"' in desk.get("plan")


def test_a_page_before_its_time_says_so(desk: Desk) -> None:
    for page in ("plan", "draw", "links", "progress"):
        desk.get(page)
    assert desk.post("draw", seed="s").status_code == 422
    assert desk.post("links", scope="new", medium="cards").status_code == 422
    assert desk.post("progress/release", reason="r").status_code == 422
    assert desk.post("progress/unreachable", people="9").status_code == 422
    assert desk.post("progress/unreachable").status_code == 422


@pytest.mark.parametrize("seed", ["", "a\nb", "a\r\nb"])
def test_a_seed_that_is_none(desk: Desk, database: Database, round_id: str, seed: str) -> None:
    desk.upload(make_county())
    desk.freeze()
    assert desk.post("draw", seed=seed).status_code == 422
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == FROZEN


def test_posting_twice_does_it_once(desk: Desk, database: Database, round_id: str) -> None:
    desk.upload(make_county())
    fields = {**desk.read_targets(), "frame_digest": desk.read_digest()}
    assert desk.freeze().status_code == 303
    assert desk.post("plan", act="freeze", **fields).status_code == 422
    assert desk.post("draw", seed="s").status_code == 303
    assert desk.post("draw", seed="t").status_code == 422
    assert desk.post("links", scope="new", medium="file").status_code == 200
    assert desk.post("links", scope="new", medium="file").status_code == 422
    with database.sessions() as session:
        assert len(list(session.scalars(select(Link)))) == 120
        assert session.get_one(Round, round_id).status == FIELD


# What the supervisor saw is what is frozen


def test_a_roster_changed_meanwhile_is_not_frozen_unseen(
    desk: Desk, database: Database, round_id: str
) -> None:
    desk.upload(make_county())
    seen = desk.read_digest()
    desk.upload(make_county(parents=300))
    answer = desk.freeze(frame_digest=seen)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert ">300<" in "".join(answer.text.split())  # the new roster, to be looked at
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == DRAFT
    shown = read_hidden(answer.text, "frame_digest")
    assert shown not in ("", seen)
    assert desk.freeze(frame_digest=shown).status_code == 303


def test_nothing_is_frozen_that_was_not_shown(desk: Desk) -> None:
    desk.upload(make_county())
    assert desk.freeze(frame_digest="").status_code == 422
    assert desk.freeze(parent="x").status_code == 422
    assert desk.freeze().status_code == 303


def test_a_fault_in_the_numbers_keeps_what_was_seen(desk: Desk) -> None:
    desk.upload(make_county())
    seen = desk.read_digest()
    answer = desk.freeze(parent="x")
    assert read_hidden(answer.text, "frame_digest") == seen


# A page that a refused form left in the address bar


def test_an_address_of_a_form_leads_to_its_page(field: Desk) -> None:
    assert field.post("progress/release", reason="").status_code == 422
    answer = field.client.get(f"{field.way}/progress/release?lang=en")
    assert (answer.status_code, answer.location) == (303, f"{field.way}/progress")
    assert "lang=en" in answer.headers["Set-Cookie"]
    assert "Release reserves" in field.get("progress")


PAGES = (
    *("roster", "roster/template.xlsx", "frame.csv"),
    *("plan", "draw", "links", "progress", "progress/unreachable"),
)


def test_another_region_finds_nothing(log_in: Callable[[str], FlaskClient], round_id: str) -> None:
    client = log_in("elsewhere")
    for page in PAGES:
        assert client.get(f"/rounds/{round_id}/{page}").status_code == 404, page


def test_nobody_enters_without_a_log_in(client: FlaskClient, round_id: str) -> None:
    for page in PAGES:
        assert client.get(f"/rounds/{round_id}/{page}").status_code in (302, 401), page


def test_the_official_watches_but_does_not_touch(official: FlaskClient, round_id: str) -> None:
    assert official.get(f"/rounds/{round_id}/progress").status_code == 200
    for page in ("roster", "plan", "draw", "links", "progress/unreachable"):
        assert official.get(f"/rounds/{round_id}/{page}").status_code == 403


def test_a_form_without_its_token_does_nothing(supervisor: FlaskClient, round_id: str) -> None:
    answer = supervisor.post(f"/rounds/{round_id}/draw", data={"seed": "s"})
    assert answer.status_code == 400


def test_progress_never_tells_an_answer(desk: Desk) -> None:
    page = desk.get("progress").split("<main", 1)[1]
    assert "satisfied" not in page
    assert "满意" not in page
