"""Somebody who was drawn, with a card in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.app import create_app
from survey.assessments.models import FIELD
from survey.database import Database
from survey.questionnaires.edition import Paper, load_edition
from survey.responses.models import Envelope
from survey.samples.models import LINK_OPEN, Link, Selection
from survey.settings import Settings
from tests.survey.conftest import read_token
from tests.survey.factories import make_link, make_plan_record, make_round, make_selection


@dataclass
class Respondent:
    """A phone and the code on a card; `seen` keeps what came back."""

    client: FlaskClient
    code: str
    round_id: str
    selection_id: int
    category: str
    seen: list[TestResponse] = field(default_factory=list)

    def get(self, address: str) -> TestResponse:
        """Open an address."""
        return self._keep(self.client.get(address))

    def post(self, address: str, token: str, **fields: str) -> TestResponse:
        """Send a form."""
        return self._keep(self.client.post(address, data={**fields, "csrf_token": token}))

    def open_paper(self) -> str:
        """Follow the card's link to the paper; return the CSRF token of its form."""
        self.get(f"/a/{self.code}")
        self.get("/a/")
        return read_token(self.get("/a/paper").text)

    def answer(self, **answers: str) -> TestResponse:
        """Open the paper and send it."""
        return self.post("/a/paper", self.open_paper(), **(answers or fill(self.paper)))

    @property
    def paper(self) -> Paper:
        """The paper of the person's category."""
        return load_edition("national-2026").paper_for(self.category)

    def _keep(self, answer: TestResponse) -> TestResponse:
        self.seen.append(answer)
        return answer


Invite = Callable[..., Respondent]
RECEIVED = "Your answer has been received"


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The site, without any staff: nobody logs in here."""
    site = create_app(settings)
    yield site
    site.extensions["renkedu_database"].engine.dispose()


def new_phone(app: Flask) -> FlaskClient:
    """Return a browser that has chosen English, the language the pages are written in."""
    phone = app.test_client()
    phone.set_cookie("lang", "en")
    return phone


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Somebody's browser, without a card."""
    return new_phone(app)


def read_state(database: Database, who: Respondent) -> tuple[str, str, int]:
    """Return the link's state, the person's disposition and the round's number of envelopes."""
    with database.sessions() as session:
        link = session.scalars(select(Link).where(Link.selection_id == who.selection_id)).one()
        selection = session.get_one(Selection, who.selection_id)
        count = select(func.count()).where(Envelope.round_id == who.round_id)
        return link.state, selection.disposition, session.scalar(count) or 0


def read_own_receipt(who: Respondent) -> str:
    """Return the receipt that a phone keeps."""
    kept = who.client.get_cookie("receipt", path="/a")
    assert kept is not None
    return kept.value.partition(".")[0]


def fill(paper: Paper, option: str = "mostly", suggestion: str = "") -> dict[str, str]:
    """Return a form's fields with one option chosen throughout."""
    answers = {item.id: option for item in paper.items if item.kind == "single"}
    return answers | ({"suggestion": suggestion} if suggestion else {})


@pytest.fixture
def invite(app: Flask, database: Database, settings: Settings) -> Invite:
    """A function that draws somebody in a round of their own (or a given one) and hands a card."""

    def invite_one(
        category: str = "parent",
        *,
        status: str = FIELD,
        state: str = LINK_OPEN,
        is_rehearsal: bool = False,
    ) -> Respondent:
        with database.transaction() as session:
            round_ = make_round(session, status=status, is_rehearsal=is_rehearsal)
            selection = make_selection(session, round_, category=category)
            code = make_link(session, selection, settings.link_key, state)
            make_plan_record(session, round_)
        return Respondent(new_phone(app), code, round_.id, selection.id, category)

    return invite_one
