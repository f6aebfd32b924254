"""The supervisor's page of the places, and what officials see of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.assessments.models import CLOSED, DRAFT, Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.open_answers import operations
from survey.open_answers.models import OpenPlace
from survey.open_answers.posters import make_poster
from tests.survey.conftest import read_token
from tests.survey.open_answers.conftest import PLACE, Hall, Passer

pytestmark = pytest.mark.one_engine


@pytest.fixture
def desk(supervisor: FlaskClient) -> FlaskClient:
    supervisor.set_cookie("lang", "en")
    return supervisor


def post(desk: FlaskClient, hall: Hall, **fields: str) -> tuple[int, str]:
    """Send the page's form; return status and page."""
    way = f"/rounds/{hall.round_id}/places"
    answer = desk.post(way, data={"csrf_token": read_token(desk.get(way).text), **fields})
    return answer.status_code, answer.text


def list_names(database: Database) -> list[str]:
    with database.sessions() as session:
        return sorted(session.scalars(select(OpenPlace.name)))


def test_a_place_is_made_its_poster_printed_and_withdrawn(
    desk: FlaskClient, hall: Hall, database: Database
) -> None:
    assert post(desk, hall, name=" 第二 集市 ", category="resident")[0] == 303
    page = desk.get(f"/rounds/{hall.round_id}/places").text
    assert "第二 集市" in page
    assert "Not part of the rate." in page
    poster = desk.get(f"/rounds/{hall.round_id}/places/{hall.place_id}.pdf")
    assert poster.data.startswith(b"%PDF")
    assert post(desk, hall, act="withdraw", place=hall.place_id)[0] == 303
    assert desk.get(f"/rounds/{hall.round_id}/places/{hall.place_id}.pdf").status_code == 404
    with database.sessions() as session:
        assert session.get_one(OpenPlace, hall.place_id).is_withdrawn
        actions = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.number)))
    assert actions[-2:] == ["place.make", "place.withdraw"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "", "category": "resident"}, "one line of 1 to 80 characters"),
        ({"name": "字" * 81, "category": "resident"}, "one line of 1 to 80 characters"),
        ({"name": "a\u202eb", "category": "resident"}, "one line of 1 to 80 characters"),
        ({"name": PLACE, "category": "resident"}, "such a place already"),
        ({"name": "集市", "category": "parent"}, "are on the roster and are drawn"),
        ({"name": "集市", "category": "nobody"}, "are on the roster and are drawn"),
        ({}, "one line of 1 to 80 characters"),
    ],
)
def test_what_cannot_be_a_place_is_told(
    desk: FlaskClient, hall: Hall, database: Database, fields: dict[str, str], words: str
) -> None:
    status, page = post(desk, hall, **fields)
    assert status == 422
    assert words in page
    assert list_names(database) == [PLACE]


def test_places_have_a_number_and_a_time(
    desk: FlaskClient, hall: Hall, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as few:
        few.setattr(operations, "MOST_PLACES", 1)
        assert "no more can be made" in post(desk, hall, name="集市", category="resident")[1]
    for status in (DRAFT, CLOSED):
        with database.transaction() as session:
            session.get_one(Round, hall.round_id).status = status
        answer = post(desk, hall, name="集市", category="resident")
        assert answer[0] == 422
        assert "this step is not open" in answer[1]
    assert list_names(database) == [PLACE]


def test_another_countys_places_are_not_there(
    log_in: Callable[[str], FlaskClient], desk: FlaskClient, hall: Hall
) -> None:
    other = log_in("elsewhere")
    token = read_token(other.get("/rounds").text)
    way = f"/rounds/{hall.round_id}/places"
    assert other.get(way).status_code == 404
    assert other.get(f"{way}/{hall.place_id}.pdf").status_code == 404
    sent = {"csrf_token": token, "act": "withdraw", "place": hall.place_id}
    assert other.post(way, data=sent).status_code == 404
    assert desk.get(f"{way}/{'0' * 16}.pdf").status_code == 404
    assert post(desk, hall, act="withdraw", place="0" * 16)[0] == 404


def test_few_answers_are_not_told_while_they_are_sealed(
    desk: FlaskClient, hall: Hall, come_by: Callable[[], Passer]
) -> None:
    said = {}
    for number in range(1, 6):
        come_by().answer()
        page = desk.get(f"/rounds/{hall.round_id}/places").text
        said[number] = re.sub(r"\s+", " ", re.findall(r"<dd>(.*?)</dd>", page, re.S)[0]).strip()
    assert said == {**dict.fromkeys(range(1, 5), "fewer than 5"), 5: "5"}


def test_the_same_place_gives_the_same_poster(hall: Hall, database: Database) -> None:
    with database.sessions() as session:
        round_ = session.get_one(Round, hall.round_id)
        place = session.get_one(OpenPlace, hall.place_id)
        made = [make_poster(round_, place, "https://survey.example") for _ in range(2)]
    assert made[0] == made[1]
