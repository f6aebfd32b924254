"""The respondent's pages: what they say, what they take, and what they let out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from survey.app import create_app
from survey.assessments.models import CLOSED, DRAWN, FIELD, OPENED, Round
from survey.database import Database
from survey.migrate import upgrade
from survey.responses import views
from survey.responses.codes import ALPHABET, group_code, new_code
from survey.responses.envelope import open_envelope
from survey.responses.models import Envelope
from survey.responses.receipts import group_receipt
from survey.samples.models import LINK_OPEN, LINK_REFUSED, LINK_SPENT, LINK_VOID
from survey.settings import Settings
from tests.survey.conftest import read_token
from tests.survey.factories import PRIVATE_KEY
from tests.survey.responses.conftest import (
    RECEIVED,
    Invite,
    Respondent,
    fill,
    read_own_receipt,
    read_state,
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One site for all of these tests, each of which has a round of its own in it."""
    home: Path = tmp_path_factory.mktemp("pages")
    url = f"sqlite:///{home / 'renkedu.db'}"
    upgrade(url)
    return Settings(
        home=home,
        database_url=url,
        session_key="11" * 32,
        password_salt="22" * 32,
        link_key="33" * 32,
        roster_key="44" * 32,
        testing=True,
    )


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[Flask]:
    """The site, without any staff."""
    site = create_app(settings)
    yield site
    site.extensions["renkedu_database"].engine.dispose()


def test_the_code_is_taken_as_people_type_it(invite: Invite) -> None:
    who = invite()
    token = read_token(who.get("/a").text)
    answer = who.post("/a/enter", token, code=f" {group_code(who.code).lower()} ")
    assert (answer.status_code, answer.location) == (303, "/a/")
    assert who.get("/a/").status_code == 200
    assert who.client.get(f"/a/{who.code.lower()}").location == "/a/"


def test_the_cookie_is_for_these_pages_and_no_script(invite: Invite) -> None:
    who = invite()
    cookie = who.get(f"/a/{who.code}").headers["Set-Cookie"]
    assert cookie == f"card={who.code}; HttpOnly; Path=/a; SameSite=Lax"


def test_a_wrong_letter_is_told_without_the_database(
    invite: Invite, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = invite().code
    monkeypatch.setattr(views, "current_database", None)
    for place in (0, 5, 11, 12):
        letter = next(letter for letter in ALPHABET if letter != code[place])
        answer = client.get(f"/a/{code[:place]}{letter}{code[place + 1 :]}")
        assert answer.status_code == 404
        assert "Please check the letters" in answer.text


def test_wrong_guesses_have_a_budget_but_a_right_code_always_gets_in(
    invite: Invite, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = invite()
    monkeypatch.setattr(views, "WRONG_CODES", parse("3 per hour"))
    answers = [client.get(f"/a/{new_code()}") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert "too many wrong codes" in answers[-1].text
    assert client.get(f"/a/{who.code}").status_code == 303
    assert client.get("/a/NO-CODE").status_code == 404


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (DRAWN, LINK_OPEN, "has not begun"),
        (CLOSED, LINK_OPEN, "has ended"),
        (OPENED, LINK_OPEN, "has ended"),
        (OPENED, LINK_SPENT, RECEIVED),
        (FIELD, LINK_SPENT, RECEIVED),
        (FIELD, LINK_REFUSED, "You are not taking part"),
        (FIELD, LINK_VOID, "A new card was issued"),
    ],
)
def test_a_link_that_cannot_be_answered_says_why(
    invite: Invite, database: Database, status: str, state: str, words: str
) -> None:
    who = invite(status=status, state=state)
    who.get(f"/a/{who.code}")
    page = who.get("/a/")
    assert page.status_code == 200
    assert words in page.text
    assert who.get("/a/paper").location == "/a/"
    token = read_token(who.get("/a").text)
    sent = who.post("/a/paper", token, **fill(who.paper))
    assert sent.location == ("/a/thanks" if state == LINK_SPENT else "/a/")
    assert who.post("/a/refuse", token).location == "/a/"
    assert read_state(database, who) == (state, "", 0)


def test_without_a_card_the_code_is_asked_for(client: FlaskClient) -> None:
    for address in ("/a/", "/a/paper", "/a/refuse", "/a/thanks"):
        answer = client.get(address, follow_redirects=True)
        assert answer.request.path == "/a"
        assert "Enter the code on your card" in answer.text


BAD_FIELDS = [
    ({"overall": ""}, "please choose one answer"),
    ({"overall": "excellent"}, "please choose one of the answers shown"),
    ({"moral": "excellent"}, "please choose one of the answers shown"),
    ({"suggestion": "字" * 501}, "at most 500 characters, these are 501"),
    ({"suggestion": "a\x00b"}, "characters here that cannot be kept"),
    ({"suggestion": "a\x1bb"}, "characters here that cannot be kept"),
]


@pytest.mark.parametrize(("wrong", "words"), BAD_FIELDS)
def test_a_fault_is_told_and_what_was_typed_stays(
    invite: Invite, database: Database, wrong: dict[str, str], words: str
) -> None:
    who = invite()
    sent = fill(who.paper, "basically", "typed <b>before</b>") | wrong
    answer = who.answer(**sent)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{next(iter(wrong))}"' in answer.text
    assert answer.text.count(" checked") == sum(value == "basically" for value in sent.values())
    assert "<b>" not in answer.text
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_only_the_overall_question_must_be_answered(invite: Invite, database: Database) -> None:
    who = invite()
    assert who.answer(overall="unknown", suggestion=" \r\n ", nothing="x").location == "/a/thanks"
    with database.sessions() as session:
        envelope = session.scalars(select(Envelope).where(Envelope.round_id == who.round_id)).one()
    opened = open_envelope(PRIVATE_KEY, who.round_id, envelope.ciphertext)
    assert opened["answers"] == {"overall": "unknown"}


def test_a_body_that_no_answer_can_have_is_turned_away(invite: Invite, database: Database) -> None:
    who = invite()
    answer = who.answer(overall="mostly", suggestion="x" * 65_536)
    assert answer.status_code == 413
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_a_form_of_another_site_is_turned_away(invite: Invite, database: Database) -> None:
    who = invite()
    who.open_paper()
    assert who.post("/a/paper", "", **fill(who.paper)).status_code == 400
    assert who.post("/a/refuse", "").status_code == 400
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_the_code_leaks_nowhere(
    invite: Invite,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = invite()
    caplog.set_level(0)
    who.answer(overall="")
    who.answer()
    who.get("/a/thanks")
    who.get(f"/a/{who.code}?lang=en")

    def fail(*_: object) -> None:
        raise RuntimeError(f"cannot read {who.code}")

    with monkeypatch.context() as broken:
        broken.setattr(views, "find_invitation", fail)
        assert who.get(f"/a/{who.code}").status_code == 503
    written = caplog.text + "".join(capfd.readouterr())
    for form in (who.code, group_code(who.code), who.code.lower()):
        assert form not in written
        for answer in who.seen:
            assert form not in answer.text
            headers = [value for name, value in answer.headers if name != "Set-Cookie"]
            assert not any(form in value for value in headers)
    assert "respondent.page_failed" in written


def test_a_failing_page_keeps_an_answer_out_of_the_log(
    invite: Invite,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    who = invite()

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {"answers": "marked words"}, Exception("marked words"))

    monkeypatch.setattr(views, "store_envelope", fail)
    who.answer(overall="mostly", suggestion="marked words")
    assert "marked words" not in caplog.text + "".join(capfd.readouterr())


def send(who: Respondent) -> str:
    """Answer, without looking at the thanks; return the receipt."""
    assert who.answer().location == "/a/thanks"
    return read_own_receipt(who)


def test_the_receipt_stays_on_the_page_while_the_card_is_the_same(invite: Invite) -> None:
    who = invite()
    receipt = send(who)
    for address in ("/a/thanks", "/a/thanks?lang=en", "/a/", f"/a/{who.code}", "/a/thanks"):
        page = who.get(address).text
        assert (group_receipt(receipt) in page) == address.startswith("/a/thanks")


def test_another_card_on_the_phone_never_shows_the_first_receipt(invite: Invite) -> None:
    who, other = invite(), invite(state=LINK_SPENT)
    receipt = send(who)
    for code in (other.code, who.code):  # and it is gone for the first card, too
        who.get(f"/a/{code}")
        page = who.get("/a/thanks").text
        assert RECEIVED in page
        assert receipt[:4] not in page
        assert who.get("/a/receipt").location == "/a/"


def test_a_card_taken_over_from_another_tab_shows_no_foreign_receipt(invite: Invite) -> None:
    who, other = invite(), invite(state=LINK_SPENT)
    receipt = send(who)
    who.client.set_cookie("card", other.code, path="/a")
    assert receipt[:4] not in who.get("/a/thanks").text


def test_a_receipt_that_was_made_up_is_not_shown(invite: Invite) -> None:
    who = invite()
    send(who)
    kept = who.client.get_cookie("receipt", path="/a")
    assert kept is not None
    for made_up in ("00ff" * 16, kept.value.replace(kept.value[:4], "00ff"), "字.字", "."):
        who.client.set_cookie("receipt", made_up, path="/a")
        assert "00ff" not in who.get("/a/thanks").text
        assert who.get("/a/receipt").location == "/a/"


def test_an_answer_costs_seven_statements_and_no_session(invite: Invite, app: Flask) -> None:
    who = invite()
    who.open_paper()  # the round's wording is read once, for everybody
    said: list[str] = []
    engine = app.extensions["renkedu_database"].engine

    def note(*given: object) -> None:
        said.append(str(given[2]).split()[0])

    event.listen(engine, "before_cursor_execute", note)
    try:
        who.get(f"/a/{who.code}")
        token = read_token(who.get("/a/paper").text)
        assert who.post("/a/paper", token, **fill(who.paper)).location == "/a/thanks"
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert said == [*["SELECT"] * 3, "UPDATE", "UPDATE", "INSERT", "DELETE"]
    assert who.client.get_cookie("session") is None


def test_a_link_to_another_language_never_loses_what_was_filled_in(invite: Invite) -> None:
    who = invite()
    who.open_paper()
    introduction, paper = who.seen[1:]
    assert 'href="?lang=' in introduction.text
    faulty = who.answer(overall="")
    who.answer()
    for page in (paper, faulty, who.get("/a/thanks")):
        assert 'href="?' not in page.text
    for page in (paper, faulty):  # there it is a button that saves, then shows the paper again
        assert 'formaction="/a/later?lang=zh"' in page.text
        assert 'formaction="/a/later?size=large"' in page.text


def test_a_rehearsal_says_so_on_every_page(invite: Invite) -> None:
    who, real = invite(is_rehearsal=True), invite()
    for one in (who, real):
        one.answer()
        one.get("/a/thanks")
    shown = [answer for answer in who.seen if answer.status_code == 200]
    assert all("REHEARSAL" in answer.text for answer in shown)
    assert not any("REHEARSAL" in answer.text for answer in real.seen)


def test_the_introduction_promises_what_holds(invite: Invite, database: Database) -> None:
    who = invite(is_rehearsal=True)
    with database.transaction() as session:
        round_ = session.get_one(Round, who.round_id)
        round_.opens_on, round_.closes_on = "2027-04-01", "2027-04-06"
    who.get(f"/a/{who.code}")
    page = who.get("/a/").text
    assert "the key lies on this server" in page
    assert "You can answer from 2027-04-01 to 2027-04-06." in page
    real = invite("student")
    real.get(f"/a/{real.code}")
    page = real.get("/a/").text
    assert "kept by the level above" in page
    assert "You can answer" not in page  # no day is set
    assert "through their school or guardian" in page


def test_a_paper_left_open_is_not_sent_for_the_next_card(
    invite: Invite, database: Database
) -> None:
    first, second = invite("parent"), invite("parent")
    first.open_paper()
    page = first.get("/a/paper").text
    card = re.search(r'name="card" value="([^"]+)"', page)
    assert card
    first.get(f"/a/{second.code}")  # the next person opens a card on the same phone
    sent = first.post("/a/paper", read_token(page), card=card[1], **fill(first.paper))
    assert sent.status_code == 409
    assert "Another card was opened on this phone" in sent.text
    for who in (first, second):
        assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_what_the_browser_says_comes_from_elsewhere_is_turned_away(
    invite: Invite, database: Database
) -> None:
    """The digest without a card is everybody's: another site could put its card into a phone."""
    who, stranger = invite(), invite()
    for origin in ("cross-site", "same-site"):
        token = read_token(who.get("/a/enter").text)
        answer = who.client.post(
            "/a/enter",
            data={"code": stranger.code, "csrf_token": token},
            headers={"Sec-Fetch-Site": origin},
        )
        assert answer.status_code == 400
        assert who.client.get_cookie("card", path="/a") is None
    token = who.open_paper()
    form = {**fill(who.paper), "csrf_token": token}
    for origin, status in (("same-site", 400), ("same-origin", 303)):
        answer = who.client.post("/a/paper", data=form, headers={"Sec-Fetch-Site": origin})
        assert answer.status_code == status
    assert read_state(database, who)[2] == 1
