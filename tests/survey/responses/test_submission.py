"""One answer per person, on either engine, whatever is sent twice, at once or too late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from sampling.problems import Problem
from survey.assessments.models import CLOSED, Round
from survey.assessments.operations import close_round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.responses import views
from survey.responses.drafts import Draft, new_key
from survey.responses.envelope import open_envelope
from survey.responses.models import Envelope
from survey.responses.receipts import group_receipt
from survey.responses.submission import Invitation, find_invitation, refuse, submit_answers
from survey.samples.models import LINK_OPEN, LINK_REFUSED, LINK_SPENT, LINK_VOID, Link, Selection
from survey.settings import Settings
from tests.survey.factories import PRIVATE_KEY, make_link
from tests.survey.responses.conftest import (
    RECEIVED,
    Invite,
    Respondent,
    fill,
    new_phone,
    read_state,
)


@pytest.mark.parametrize("category", ["parent", "principal", "student"])
def test_an_answer_goes_the_whole_way(invite: Invite, database: Database, category: str) -> None:
    who = invite(category)
    answers = fill(who.paper, suggestion="多开几节体育课\n谢谢")
    answer = who.answer(**answers)
    assert (answer.status_code, answer.location) == (303, "/a/thanks")
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
    with database.sessions() as session:
        envelope = session.scalars(select(Envelope)).one()
    payload = open_envelope(PRIVATE_KEY, who.round_id, envelope.ciphertext)
    assert set(payload.pop("flags")) >= {"burst", "straight_line"}
    assert payload == {
        "edition": "national-2026",
        "category": category,
        "answer_stratum": category,
        "answers": answers,
    }
    thanks = who.get("/a/thanks").text
    assert RECEIVED in thanks
    assert group_receipt(envelope.leaf) in thanks


def find(database: Database, settings: Settings, code: str) -> Invitation:
    found = database.read(lambda connection: find_invitation(connection, settings.link_key, code))
    assert found is not None
    return found


def test_looking_spends_nothing(invite: Invite, database: Database) -> None:
    who = invite()
    for address in (
        f"/a/{who.code}",
        "/a/",
        "/a/paper",
        "/a/refuse",
        "/a/thanks",
        "/a",
        "/a/enter",
    ):
        for method in ("HEAD", "GET"):
            assert who.client.open(address, method=method).status_code in (200, 303)
    assert read_state(database, who) == (LINK_OPEN, "", 0)
    assert who.answer().location == "/a/thanks"


def test_the_same_answer_sent_twice_is_received_once(invite: Invite, database: Database) -> None:
    who = invite()
    token = who.open_paper()
    for _ in range(2):
        assert who.post("/a/paper", token, **fill(who.paper)).location == "/a/thanks"
        assert RECEIVED in who.get("/a/thanks").text
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
    assert RECEIVED in who.get("/a/").text


def test_five_at_once_are_received_once(app: Flask, invite: Invite, database: Database) -> None:
    who = invite()
    phones = [
        Respondent(new_phone(app), who.code, who.round_id, who.selection_id, who.category)
        for _ in range(5)
    ]
    tokens = [phone.open_paper() for phone in phones]
    barrier = Barrier(5)

    def send(phone: Respondent, token: str) -> tuple[str | None, str]:
        barrier.wait()
        answer = phone.post("/a/paper", token, **fill(phone.paper))
        return answer.location, phone.get("/a/thanks").text

    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(send, phones, tokens))
    assert all(location == "/a/thanks" and RECEIVED in page for location, page in results)
    assert sum('class="receipt"' in page for _, page in results) == 1
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


def test_fifty_threads_on_one_link_give_one_answer(
    invite: Invite, database: Database, settings: Settings
) -> None:
    found = find(database, settings, invite().code)
    barrier = Barrier(50)

    def send(_number: int) -> str | None:
        barrier.wait()
        return database.write(lambda c: submit_answers(c, found, {"overall": "mostly"}, {}))

    with ThreadPoolExecutor(50) as pool:
        receipts = [receipt for receipt in pool.map(send, range(50)) if receipt]
    with database.sessions() as session:
        assert [row.leaf for row in session.scalars(select(Envelope))] == receipts
    assert len(receipts) == 1


def test_a_phone_that_never_saw_the_response_is_given_its_receipt(
    invite: Invite, app: Flask, database: Database
) -> None:
    """The retry brings the draft's key; the card alone, on another phone, brings no receipt."""
    who = invite()
    token = who.open_paper()
    who.post("/a/save", token, overall="mostly")
    [name] = [line.partition("=")[0] for line in who.seen[-1].headers.getlist("Set-Cookie")
              if line.startswith("draft-")]  # fmt: skip
    kept = who.client.get_cookie(name, path="/a")
    assert kept is not None
    who.post("/a/paper", token, **fill(who.paper))
    with database.sessions() as session:
        leaf = session.scalars(select(Envelope.leaf)).one()
        assert len(session.scalars(select(Draft.ciphertext)).one()) < 100  # no answer is left
    for way in ("retry", "reload"):
        phone = new_phone(app)
        again = Respondent(phone, who.code, who.round_id, who.selection_id, who.category)
        again.get(f"/a/{who.code}")
        card = phone.get_cookie("card", path="/a")
        assert card is not None
        phone.set_cookie(name, kept.value, path="/a")
        if way == "retry":
            assert again.post("/a/paper", token, **fill(who.paper)).location == "/a/thanks"
        else:
            assert again.get("/a/").location == "/a/thanks"
        assert group_receipt(leaf) in again.get("/a/thanks").text
        assert again.seen[-1].mimetype == "text/html"
        assert phone.get_cookie(name, path="/a") is None
        assert group_receipt(leaf) in again.get("/a/thanks").text  # kept until the browser closes
    other = Respondent(new_phone(app), who.code, who.round_id, who.selection_id, who.category)
    other.get(f"/a/{who.code}")
    other.client.set_cookie(name, new_key(), path="/a")
    assert group_receipt(leaf) not in other.get("/a/thanks").text
    with database.transaction() as session:
        close_round(session, session.get_one(Round, who.round_id), "official")
        assert not session.scalars(select(Draft)).all()


def test_a_refusal_is_asked_twice_and_stands(invite: Invite, database: Database) -> None:
    who = invite()
    token = who.open_paper()
    assert "cannot be taken back" in who.get("/a/refuse").text
    assert read_state(database, who) == (LINK_OPEN, "", 0)
    assert who.post("/a/refuse", token).location == "/a/"
    assert "You are not taking part" in who.get("/a/").text
    assert who.post("/a/paper", token, **fill(who.paper)).location == "/a/"
    assert read_state(database, who) == (LINK_REFUSED, "refused", 0)


def test_a_close_while_the_paper_is_open_is_told(invite: Invite, database: Database) -> None:
    who = invite()
    token = who.open_paper()
    with database.transaction() as session:
        session.get_one(Round, who.round_id).status = CLOSED
    answer = who.client.post(
        "/a/paper", data={**fill(who.paper), "csrf_token": token}, follow_redirects=True
    )
    assert "has ended" in answer.text
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_a_database_that_is_down_loses_and_doubles_nothing(
    invite: Invite, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = invite()
    token = who.open_paper()

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {"code": who.code}, Exception("gone"))

    with monkeypatch.context() as broken:
        broken.setattr(views, "store_envelope", fail)
        answer = who.post("/a/paper", token, **fill(who.paper))
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert read_state(database, who) == (LINK_OPEN, "", 0)
    assert who.post("/a/paper", token, **fill(who.paper)).location == "/a/thanks"
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


def test_two_links_of_one_person_give_one_answer(
    invite: Invite, database: Database, settings: Settings
) -> None:
    who = invite()
    with database.transaction() as session:
        second = make_link(session, session.get_one(Selection, who.selection_id), settings.link_key)
    found = [find(database, settings, code) for code in (who.code, second)]
    receipts = [
        database.write(partial(submit_answers, invitation=one, answers={}, flags={}))
        for one in found
    ]
    assert [bool(receipt) for receipt in receipts] == [True, False]
    with database.sessions() as session:
        assert len(session.scalars(select(Envelope)).all()) == 1


def test_a_refusal_does_not_undo_an_answer(
    invite: Invite, database: Database, settings: Settings
) -> None:
    who = invite()
    before = find(database, settings, who.code)
    who.answer()
    assert not database.write(lambda connection: refuse(connection, before))
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


def test_a_card_voided_under_way_is_told(
    invite: Invite, database: Database, settings: Settings
) -> None:
    who = invite()
    before = find(database, settings, who.code)
    with database.transaction() as session:
        session.scalars(select(Link)).one().state = LINK_VOID
    for act in (lambda c: submit_answers(c, before, {}, {}), lambda c: refuse(c, before)):
        with pytest.raises(Problem, match="no longer open"):
            database.write(act)
    assert read_state(database, who) == (LINK_VOID, "", 0)


def test_an_answer_writes_no_event(invite: Invite, database: Database) -> None:
    who = invite()
    with database.sessions() as session:
        before = len(session.scalars(select(AuditEvent)).all())
    who.answer()
    with database.sessions() as session:
        assert len(session.scalars(select(AuditEvent)).all()) == before


def test_who_was_not_reached_is_welcome_later(invite: Invite, database: Database) -> None:
    who = invite()
    with database.transaction() as session:
        session.get_one(Selection, who.selection_id).disposition = "unreachable"
    who.answer()
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
