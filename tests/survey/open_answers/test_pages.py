"""The pages behind a poster: what they say, what they take, how often."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from survey.assessments.models import CLOSED, DRAWN, OPENED, Round
from survey.database import Database
from survey.open_answers import views
from survey.open_answers.models import OpenEnvelope, OpenPlace
from survey.open_answers.tally import label_envelope
from survey.responses.envelope import leaf_hash, open_envelope
from survey.responses.models import Envelope
from survey.responses.receipts import group_receipt
from tests.survey.factories import PRIVATE_KEY
from tests.survey.open_answers.conftest import PLACE, Hall, Passer

pytestmark = pytest.mark.one_engine

Come = Callable[..., Passer]


def read_sealed(database: Database, hall: Hall) -> list[dict[str, object]]:
    """Return what was sealed at the round's places."""
    with database.sessions() as session:
        sealed = session.scalars(select(OpenEnvelope.ciphertext)).all()
        assert session.scalars(select(Envelope)).all() == []
    return [open_envelope(PRIVATE_KEY, label_envelope(hall.round_id), one) for one in sealed]


def test_somebody_answers_without_a_card(hall: Hall, come_by: Come, database: Database) -> None:
    who = come_by()
    introduction = who.client.get(hall.way).text
    assert PLACE in introduction
    assert "they have no margin of error" in introduction
    assert "It stops nobody who wants to" in introduction
    answer = who.answer(suggestion="more trees")
    assert (answer.status_code, answer.location) == (303, f"{hall.way}/thanks")
    thanks = who.client.get(answer.location).text
    assert "counted apart" in thanks
    with database.sessions() as session:
        receipt = leaf_hash(session.scalars(select(OpenEnvelope.ciphertext)).one())
    assert group_receipt(receipt) in thanks
    assert f"/check/{hall.round_id}#receipt={receipt}" in thanks
    who.client.set_cookie("receipt", "<b>", path=hall.way)
    assert "<b>" not in who.client.get(answer.location).text
    payload = read_sealed(database, hall)[0]
    assert set(payload) == {"edition", "place", "answers"}
    assert payload["place"] == hall.place_id
    assert isinstance(payload["answers"], dict)
    assert payload["answers"]["suggestion"] == "more trees"


def test_the_same_form_sent_twice_is_one_answer(
    hall: Hall, come_by: Come, database: Database
) -> None:
    who, again = come_by(), come_by()
    form = who.open_form()
    again.open_form()
    receipts = set()
    for _ in range(2):  # the first response was lost on its way: its cookies, too
        receipts.add(read_receipt(who.send(form)))
        who.client.delete_cookie("open", path=hall.way)
        who.client.delete_cookie("receipt", path=hall.way)
    assert len(receipts) == 1
    assert len(read_sealed(database, hall)) == 1


def read_receipt(answer: TestResponse) -> str:
    assert answer.status_code == 303
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if "receipt=" in line]
    assert "HttpOnly" in cookie
    assert "Max-Age" not in cookie
    return cookie.partition("=")[2][:64]


def test_a_device_answers_once_at_a_place(hall: Hall, come_by: Come, database: Database) -> None:
    who = come_by()
    form, other_tab = who.open_form(), who.open_form()
    who.send(form)
    assert who.send(other_tab).location == hall.way
    for page in ("", "/paper"):
        shown = who.client.get(hall.way + page, follow_redirects=True)
        assert "An answer was sent from this device" in shown.text
    assert len(read_sealed(database, hall)) == 1
    come_by().answer()
    assert len(read_sealed(database, hall)) == 2


def test_the_cookie_says_no_more_than_that(hall: Hall, come_by: Come) -> None:
    cookie = next(
        value
        for value in come_by().answer().headers.getlist("Set-Cookie")
        if value.startswith("open=")
    )
    parts = [part.strip() for part in cookie.split(";")]
    assert parts[0] == "open=1"
    assert {"HttpOnly", f"Path={hall.way}", "SameSite=Lax"} <= set(parts)


def test_a_network_has_a_budget(
    hall: Hall, come_by: Come, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PER_NETWORK", parse("2 per hour"))
    answers = [come_by().answer() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 429, 429]
    assert "Too many answers came from this network" in answers[-1].text
    assert len(read_sealed(database, hall)) == 2


def test_a_fault_is_told_and_what_was_typed_stays(
    hall: Hall, come_by: Come, database: Database
) -> None:
    answer = come_by().answer(overall="", suggestion="typed before")
    assert answer.status_code == 422
    assert "typed before" in answer.text
    assert "please choose one answer" in answer.text
    for form_key in ("", "x" * 32, "0" * 31):
        who = come_by()
        assert who.send(who.open_form() | {"form": form_key}).status_code == 422
    assert read_sealed(database, hall) == []


def test_bodies_and_foreign_forms_are_turned_away(hall: Hall, come_by: Come) -> None:
    who = come_by()
    form = who.open_form()
    assert who.send(form, suggestion="x" * 65_536).status_code == 413
    assert who.send(form | {"csrf_token": ""}).status_code == 400
    assert who.client.get("/o/NOSUCHPLACE").status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [(DRAWN, "has not begun"), (CLOSED, "has ended"), (OPENED, "has ended")],
)
def test_outside_the_field_nothing_is_taken(
    hall: Hall, come_by: Come, database: Database, status: str, words: str
) -> None:
    who = come_by()
    form = who.open_form()
    with database.transaction() as session:
        session.get_one(Round, hall.round_id).status = status
    assert who.send(form).location == hall.way
    assert words in who.client.get(hall.way).text
    assert read_sealed(database, hall) == []


def test_a_place_that_was_withdrawn_meanwhile_takes_nothing(
    hall: Hall, come_by: Come, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = come_by()
    form = who.open_form()
    with database.transaction() as session:
        session.get_one(OpenPlace, hall.place_id).is_withdrawn = True
    with monkeypatch.context() as late:  # as if it had been withdrawn between look and store
        late.setattr(views, "find_notice", lambda _visit: None)
        assert who.send(form).location == hall.way
    assert "no longer taken at this place" in who.client.get(hall.way).text
    assert read_sealed(database, hall) == []


def test_a_failure_can_be_tried_again_and_logs_no_answer(
    hall: Hall,
    come_by: Come,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    who = come_by()
    form = who.open_form()

    def fail(*_: object) -> None:
        raise OperationalError("INSERT", {"answers": "marked words"}, Exception("marked words"))

    with monkeypatch.context() as broken:
        broken.setattr(views, "submit_open_answers", fail)
        answer = who.send(form, suggestion="marked words")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "marked words" in answer.text  # to be sent again by a button
    assert "marked words" not in caplog.text + "".join(capfd.readouterr())
    assert who.send(form).status_code == 303
    assert len(read_sealed(database, hall)) == 1


def test_pages_are_light_and_for_nobody_in_particular(hall: Hall, come_by: Come) -> None:
    client: FlaskClient = come_by().client
    for page in ("", "/paper"):
        answer = client.get(hall.way + page)
        assert len(gzip.compress(answer.data)) < 8_000
        assert answer.headers["Cache-Control"] == "no-store"
        assert " style=" not in answer.text
