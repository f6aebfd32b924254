"""A round in preparation, its desk, and a round with its links just made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.assessments.models import DRAFT
from survey.database import Database
from tests.survey.conftest import COUNTY
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import Desk


@pytest.fixture
def round_id(app: Flask, database: Database) -> str:
    """A round in preparation, 120 people to be drawn."""
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        round_.residents, round_.region = 80_000, COUNTY
        return round_.id


@pytest.fixture
def desk(supervisor: FlaskClient, round_id: str) -> Desk:
    """The supervisor at that round."""
    return Desk(supervisor, round_id)


@pytest.fixture
def field(desk: Desk) -> Desk:
    """The supervisor at a round whose links were made a moment ago."""
    desk.upload(make_county())
    assert desk.freeze().status_code == 303
    assert desk.post("draw", seed="s").status_code == 303
    assert desk.make_links().status_code == 200
    return desk


@pytest.fixture
def session(app: Flask, database: Database) -> Iterator[Session]:
    """A session on a fresh database; nothing of it is committed."""
    with database.sessions() as opened:
        yield opened
        opened.rollback()
