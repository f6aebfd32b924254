"""A page of a list that is still empty says what would stand there and what to do for it."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from survey.assessments.models import FROZEN, OPENED
from survey.database import Database
from tests.survey.conftest import read_token
from tests.survey.factories import make_round

EMPTY = 'class="card empty"'


def test_every_empty_list_says_what_to_do(
    log_in: Callable[[str], FlaskClient], database: Database
) -> None:
    supervisor, official = log_in("supervisor"), log_in("official")
    before = {
        supervisor: ["/rounds", "/procedures", "/audit?who=nobody"],
        official: ["/rounds", "/procedures", "/audit?who=nobody"],
    }
    for client, addresses in before.items():
        for address in addresses:
            assert EMPTY in client.get(address).text, address
    with database.transaction() as session:
        frozen, opened = make_round(session, status=FROZEN), make_round(session, status=OPENED)
        draft = make_round(session, status="draft")
        ids = frozen.id, opened.id, draft.id
    for page in (
        f"{ids[0]}/places",
        f"{ids[1]}/schools/versions",
        f"{ids[1]}/outcomes",
        f"{ids[1]}/texts",
        f"{ids[1]}/progress/classes",
        f"{ids[2]}/plan",
    ):
        assert EMPTY in supervisor.get(f"/rounds/{page}").text, page
    for page, data in (
        (f"{ids[2]}/people", {"text": "nobody", "category": ""}),
        (f"{ids[1]}/find", {"wanted": "nobody"}),
    ):
        token = read_token(supervisor.get("/rounds/new").text)
        answer = supervisor.post(f"/rounds/{page}", data={**data, "csrf_token": token})
        assert EMPTY in answer.text, page
