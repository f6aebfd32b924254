"""Answers saved as they are made, taken up again, sent again; and what a phone keeps of it."""

from __future__ import annotations

import html
import re
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from survey.assessments.models import CLOSED, Round
from survey.database import Database
from survey.responses import device, views
from survey.responses.drafts import Draft
from survey.responses.envelope import open_envelope
from survey.responses.models import Envelope
from survey.responses.receipts import group_receipt
from survey.samples.models import LINK_OPEN, LINK_SPENT
from tests.survey.conftest import read_token
from tests.survey.factories import PRIVATE_KEY
from tests.survey.responses.conftest import (
    RECEIVED,
    Invite,
    Respondent,
    fill,
    new_phone,
    read_own_receipt,
    read_state,
)

AGAIN = "is here again"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here; drafts are tested on both by themselves."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


def read_mark(page: str) -> str:
    """Return what ties a page's form to its card."""
    found = re.search(r'name="card" value="([^"]+)"', page)
    assert found
    return found[1]


def count_drafts(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def list_draft_keys(client: FlaskClient) -> list[str]:
    """Return the names of the cookies that hold keys of drafts."""
    cookies = client._cookies or {}
    return [cookie.key for cookie in cookies.values() if cookie.key.startswith("draft-")]


def on_another_phone(app: Flask, who: Respondent) -> Respondent:
    """Return the same card in another hand."""
    return Respondent(new_phone(app), who.code, who.round_id, who.selection_id, who.category)


def test_a_saved_answer_is_there_again_on_the_same_phone(
    invite: Invite, database: Database
) -> None:
    who = invite()
    token = who.open_paper()
    saved = who.post("/a/save", token, overall="basically", suggestion="<b>half</b> a thought")
    assert (saved.status_code, saved.data) == (200, b"")
    who.get(f"/a/{who.code}")  # the card is scanned again
    assert "Go on where you stopped" in who.get("/a/").text
    page = who.get("/a/paper").text
    assert page.count(" checked") == 1
    assert "&lt;b&gt;half&lt;/b&gt; a thought" in page
    assert AGAIN in page
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_another_phone_begins_afresh_and_its_first_save_voids_the_draft(
    app: Flask, invite: Invite
) -> None:
    who = invite()
    who.post("/a/save", who.open_paper(), overall="basically", suggestion="marked words")
    other = on_another_phone(app, who)
    token = other.open_paper()
    assert " checked" not in other.seen[-1].text
    assert "marked words" not in "".join(answer.text for answer in other.seen)
    assert AGAIN in who.get("/a/paper").text  # looking voided nothing
    other.post("/a/save", token, overall="mostly")
    assert AGAIN not in who.get("/a/paper").text


def test_the_key_of_a_draft_is_for_these_pages_and_no_script(invite: Invite) -> None:
    who = invite()
    saved = who.post("/a/save", who.open_paper(), overall="mostly")
    cookie = saved.headers["Set-Cookie"]
    assert re.match(r"draft-[0-9a-f]{8}=[\w=-]{44}; ", cookie)
    assert "HttpOnly; Path=/a; SameSite=Lax" in cookie
    again = who.post("/a/save", read_token(who.get("/a/paper").text), overall="mostly")
    assert "Set-Cookie" not in again.headers


def test_nothing_of_the_last_person_remains_on_a_shared_phone(
    invite: Invite, database: Database
) -> None:
    who, other = invite(), invite()
    who.post("/a/save", who.open_paper(), suggestion="marked words")
    assert list_draft_keys(who.client)
    assert who.answer(overall="mostly", suggestion="marked words").location == "/a/thanks"
    assert not list_draft_keys(who.client)
    with database.sessions() as session:  # a receipt took the draft's place; it is that short
        assert len(session.scalars(select(Draft.ciphertext)).one()) < 100
    for address in ("/a/thanks", "/a/", f"/a/{other.code}", "/a/", "/a/paper", "/a/thanks"):
        assert "marked words" not in who.get(address).text


def test_two_half_filled_papers_on_one_phone_are_kept_apart(invite: Invite) -> None:
    father, mother = invite(), invite()
    mother.client = father.client
    father.post("/a/save", father.open_paper(), suggestion="of the father")
    token = mother.open_paper()
    assert "of the father" not in mother.seen[-1].text
    mother.post("/a/save", token, suggestion="of the mother")
    assert mother.answer(overall="mostly").location == "/a/thanks"
    father.open_paper()
    assert "of the father" in father.seen[-1].text


def test_cookies_of_drafts_do_not_pile_up(invite: Invite) -> None:
    first = invite()
    for _ in range(device.MOST_DRAFTS + 2):
        who = invite()
        who.client = first.client
        who.post("/a/save", who.open_paper(), overall="mostly")
        assert 1 <= len(list_draft_keys(who.client)) <= device.MOST_DRAFTS


def test_without_a_script_a_paper_is_kept_for_later_and_never_handed_in(
    invite: Invite, database: Database
) -> None:
    who = invite()
    filled = fill(who.paper) | {"overall": "dissatisfied"}
    answer = who.post("/a/later", who.open_paper(), **filled)
    assert (answer.status_code, answer.location) == (303, "/a/later")
    assert "have not been sent" in who.get("/a/later").text
    assert read_state(database, who) == (LINK_OPEN, "", 0)
    assert who.get("/a/paper").text.count(" checked") == len(filled)


@pytest.mark.parametrize(("choice", "words"), [("lang=zh", "提交"), ("size=large", "large")])
def test_a_choice_on_the_paper_keeps_what_was_filled_in(
    invite: Invite, choice: str, words: str
) -> None:
    who = invite()
    answer = who.post(f"/a/later?{choice}", who.open_paper(), overall="mostly")
    assert answer.location == "/a/paper"
    page = who.get("/a/paper").text
    assert page.count(" checked") == 1
    assert ('<html lang="en" class="large">' in page) == (words == "large")
    assert ('<html lang="zh-CN">' in page) == (words == "提交")


def test_large_type_stays_until_it_is_chosen_away(invite: Invite) -> None:
    who = invite()
    who.get(f"/a/{who.code}")
    assert 'class="large"' not in who.get("/a/").text
    assert 'class="large"' in who.get("/a/?size=large").text
    assert 'class="large"' in who.get("/a/paper").text
    assert 'class="large"' not in who.get("/a/?size=normal").text
    assert 'class="large"' not in who.get("/a/paper").text


def test_a_paper_that_is_open_no_more_is_not_saved(invite: Invite, database: Database) -> None:
    spent, closed = invite(), invite()
    tokens = [who.open_paper() for who in (spent, closed)]
    on_the_way = fill(spent.paper)
    assert spent.post("/a/paper", tokens[0], **on_the_way).location == "/a/thanks"
    with database.transaction() as session:
        session.get_one(Round, closed.round_id).status = CLOSED
    for who, token in zip((spent, closed), tokens, strict=True):
        assert who.post("/a/save", token, overall="mostly").status_code == 409
        assert who.post("/a/later", token, overall="mostly").location == "/a/"
    assert count_drafts(database) == 0


def test_a_paper_of_the_card_before_is_not_saved_for_the_next(
    invite: Invite, database: Database
) -> None:
    first, second = invite(), invite()
    first.open_paper()
    page = first.seen[-1].text
    first.get(f"/a/{second.code}")
    fields = {"card": read_mark(page), "overall": "mostly"}
    assert first.post("/a/save", read_token(page), **fields).status_code == 409
    later = first.post("/a/later", read_token(page), **fields)
    assert later.status_code == 409
    assert "Another card was opened" in later.text
    assert count_drafts(database) == 0


@pytest.mark.parametrize("mark", ["", "x", "1.", ".", "12.0123456789abcdef", "²." + "0" * 16])
def test_a_mark_that_we_did_not_make_is_refused(invite: Invite, mark: str) -> None:
    who = invite()
    assert who.post("/a/save", who.open_paper(), card=mark).status_code == 409


def test_a_save_of_another_site_is_turned_away(invite: Invite, database: Database) -> None:
    who = invite()
    token = who.open_paper()
    assert who.post("/a/save", "", overall="mostly").status_code == 400
    assert who.post("/a/later", "", overall="mostly").status_code == 400
    header = {"X-CSRFToken": token}
    assert who.client.post("/a/save", data={"overall": "mostly"}, headers=header).status_code == 200
    as_json = who.client.post("/a/save", json={"overall": None}, headers=header)
    assert as_json.status_code == 415  # one way in is enough
    assert count_drafts(database) == 1


def test_without_a_card_nothing_is_saved(client: FlaskClient) -> None:
    token = read_token(client.get("/a").text)
    assert client.post("/a/save", data={"csrf_token": token}).status_code == 409
    assert client.post("/a/later", data={"csrf_token": token}).location == "/a/"


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/a/paper", {"overall": "mostly", "suggestion": '\n"marked" <b>words</b>'}),
        ("/a/later?lang=zh", {"overall": "mostly", "suggestion": "marked words"}),
        ("/a/refuse", {}),
    ],
)
def test_a_database_that_is_down_gives_a_page_that_sends_all_of_it_again(
    invite: Invite,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    fields: dict[str, str],
) -> None:
    who = invite()
    token = who.open_paper()

    def fail(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("down"))

    with monkeypatch.context() as broken:
        broken.setattr(Database, "read", fail)
        broken.setattr(Database, "write", fail)
        answer = who.post(address, token, **fields)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert ("重新提交" if "lang=zh" in address else "Send it again") in answer.text
    kept = re.findall(r'<textarea name="(\w+)"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert {name: html.unescape(value) for name, value in kept} == fields
    again = re.search(r'<form action="([^"]+)"', answer.text)
    assert again
    sent = who.post(again[1].rstrip("?"), read_token(answer.text), **fields)
    assert sent.status_code == 303
    assert read_state(database, who)[2] == (address == "/a/paper")


def test_a_save_that_fails_is_left_to_the_script(
    invite: Invite, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = invite()
    token = who.open_paper()
    monkeypatch.setattr(views, "save_draft", lambda *_: 1 / 0)
    answer = who.post("/a/save", token, overall="mostly")
    assert (answer.status_code, answer.text) == (503, "")


def test_five_at_once_are_one_answer_and_all_are_thanked(
    app: Flask, invite: Invite, database: Database
) -> None:
    who = invite()
    phones = [on_another_phone(app, who) for _ in range(5)]
    tokens = [phone.open_paper() for phone in phones]
    start = threading.Barrier(5)

    def send(phone: Respondent, token: str) -> None:
        start.wait()
        phone.post("/a/paper", token, **fill(phone.paper))

    threads = [
        threading.Thread(target=send, args=pair) for pair in zip(phones, tokens, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for phone in phones:
        assert phone.seen[-1].location == "/a/thanks"
        assert RECEIVED in phone.get("/a/thanks").text
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


def test_the_receipt_is_drawn_and_leads_to_the_page_of_checks(invite: Invite) -> None:
    who = invite()
    who.answer()
    receipt = read_own_receipt(who)
    assert "/a/receipt" in who.get("/a/thanks").text
    page = who.get("/a/receipt").text
    assert group_receipt(receipt) in page
    assert f'href="/check/{who.round_id}#receipt={receipt}"' in page
    assert page.count("<svg") == 1
    assert who.client.get(f"/check/{who.round_id}").status_code == 200


def test_the_time_a_paper_took_is_known_only_of_one_filled_in_at_a_stretch(
    invite: Invite, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick, resumed = invite(), invite()
    now = 1_800_000_000
    monkeypatch.setattr("survey.responses.device.time.time", lambda: now)
    quick.open_paper()
    resumed.post("/a/save", resumed.open_paper(), overall="mostly")
    resumed.get("/a/paper")
    for who in (quick, resumed):
        page = who.seen[-1].text
        who.post("/a/paper", read_token(page), card=read_mark(page), **fill(who.paper))
    with database.sessions() as session:
        flags = {
            who.round_id: open_envelope(PRIVATE_KEY, who.round_id, envelope.ciphertext)["flags"]
            for who in (quick, resumed)
            for envelope in session.scalars(
                select(Envelope).where(Envelope.round_id == who.round_id)
            )
        }
    assert flags[quick.round_id]["speed"]
    assert "speed" not in flags[resumed.round_id]
    assert device.seconds_since(f"{now + 60}.x") is None  # a clock that was set back
    assert device.seconds_since(f"{now - 60}.x") == 60
    assert device.seconds_since(".x") is None
