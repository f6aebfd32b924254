"""The page that opens the envelopes: asks for the key, tells how far it is, goes on when cut."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.assessments.models import OPENED, Round
from survey.database import Database
from survey.jobs import RUNNING, Progress, start_job
from survey.responses import opening
from survey.responses.key_words import CHINESE, to_words
from survey.responses.models import AnswerPaper, Envelope
from survey.responses.opening import OPENING
from survey.results import views
from survey.settings import Settings
from tests.survey.conftest import read_token
from tests.survey.factories import PRIVATE_KEY
from tests.survey.responses.test_interrupted_opening import Cut, wait_until_free
from tests.survey.responses.test_opening import PEOPLE, answered, read_everything

pytestmark = pytest.mark.one_engine

__all__ = ["answered"]  # the fixture


def ask(official: FlaskClient, round_id: str) -> str:
    page = official.get(f"/rounds/{round_id}/opening?lang=en")
    assert page.status_code == 200
    return " ".join(page.text.split())


def send(official: FlaskClient, round_id: str, key: str = "") -> TestResponse:
    token = read_token(official.get(f"/rounds/{round_id}/opening?lang=en").text)
    data = {"csrf_token": token, "private_key": key}
    return official.post(f"/rounds/{round_id}/opening", data=data)


def assert_opened(database: Database, round_id: str) -> None:
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == OPENED
        assert not session.scalars(select(Envelope)).all()
        assert len(session.scalars(select(AnswerPaper)).all()) == PEOPLE


@pytest.mark.parametrize(
    "key",
    [PRIVATE_KEY, "".join(to_words(PRIVATE_KEY, CHINESE)), " ".join(to_words(PRIVATE_KEY))],
    ids=["characters", "hanzi", "words"],
)
def test_the_key_is_taken_in_any_form(
    official: FlaskClient, answered: str, database: Database, settings: Settings, key: str
) -> None:
    assert "24 words" in ask(official, answered)
    answer = send(official, answered, key)
    assert (answer.status_code, answer.location) == (303, f"/rounds/{answered}/results")
    assert_opened(database, answered)
    everything = read_everything(database.engine, settings.home)
    assert PRIVATE_KEY.encode() not in everything
    assert "nothing to open" in ask(official, answered)


@pytest.mark.parametrize(
    ("key", "message"),
    [("", "24 words"), ("00" * 32, "not the private key of this round"),
     ("zoo " * 24, "these words are no key")],
)  # fmt: skip
def test_another_key_is_told_and_may_be_mended(
    official: FlaskClient, answered: str, database: Database, key: str, message: str
) -> None:
    answer = send(official, answered, key)
    assert answer.status_code == 422
    assert message in answer.text
    assert send(official, answered, PRIVATE_KEY).status_code == 303
    assert_opened(database, answered)


def test_a_long_opening_is_polled_for(
    official: FlaskClient, answered: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PATIENCE", 0.05)
    go = threading.Event()
    do: Callable[..., object] = vars(opening)["count_papers"]

    def wait(*values: object) -> object:
        go.wait(20)
        return do(*values)

    monkeypatch.setattr(opening, "count_papers", wait)
    answer = send(official, answered, PRIVATE_KEY)
    assert (answer.status_code, answer.location) == (303, f"/rounds/{answered}/opening")
    for _ in range(100):
        page = ask(official, answered)
        if "<strong>counting" in page:
            break
        threading.Event().wait(0.1)
    assert "<strong>counting" in page
    assert "<progress" in page
    assert "private_key" not in page
    go.set()
    assert wait_until_free(database, answered) == "done"
    assert_opened(database, answered)


def test_of_two_officials_the_second_is_told(
    official: FlaskClient, answered: str, database: Database
) -> None:
    token = read_token(official.get(f"/rounds/{answered}/opening").text)
    go = threading.Event()

    def work(progress: Progress) -> None:
        progress.step("counting")
        go.wait(20)

    thread = start_job(database, OPENING, answered, work)
    answer = official.post(
        f"/rounds/{answered}/opening?lang=en",
        data={"csrf_token": token, "private_key": PRIVATE_KEY},
    )
    assert answer.status_code == 422
    assert "<progress" in answer.text
    go.set()
    thread.join(10)


def test_what_was_cut_before_counting_asks_for_the_key_again(
    official: FlaskClient, answered: str, database: Database
) -> None:
    Progress(database, OPENING, answered).write(RUNNING)  # and its process is gone
    page = ask(official, answered)
    assert "interrupted before anything was counted" in page
    assert send(official, answered, PRIVATE_KEY).status_code == 303
    assert_opened(database, answered)


def test_what_was_cut_after_counting_needs_no_key(
    official: FlaskClient, answered: str, database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as broken:
        broken.setattr(opening, "destroy_envelopes", cut)
        assert send(official, answered, PRIVATE_KEY).status_code == 422
    page = ask(official, answered)
    assert "no key is needed" in page
    assert "stopped by an error" in page
    assert send(official, answered).location == f"/rounds/{answered}/results"
    assert_opened(database, answered)
