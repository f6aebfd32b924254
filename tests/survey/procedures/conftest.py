"""Officials of every level, and a county of a province with a round."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts.models import OFFICIAL
from survey.accounts.operations import create_user
from survey.assessments.models import OPENED
from survey.context import current_database
from survey.database import Database
from tests.survey.conftest import COUNTY, PASSWORD, read_token
from tests.survey.factories import make_round

REGIONS = {
    "county": COUNTY,
    "city": COUNTY[:4],
    "province": COUNTY[:2],
    "nation": "",
    "neighbour": "451202",
    "other.city": "4501",
    "other.province": "15",
}

Enter = Callable[[str], FlaskClient]


@pytest.fixture
def enter(app: Flask) -> Enter:
    """A function that makes an official of a level and returns a client logged in."""

    def log_in(level: str) -> FlaskClient:
        with app.app_context(), current_database().transaction() as session:
            region = REGIONS[level]
            create_user(session, level, OFFICIAL, region=region, password=PASSWORD, actor="test")
        client = app.test_client()
        token = read_token(client.get("/login").text)
        data = {"username": level, "password": PASSWORD, "csrf_token": token}
        assert client.post("/login", data=data).status_code == 302
        return client

    return log_in


@pytest.fixture
def round_id(app: Flask, database: Database) -> str:
    """The county's round of 2026."""
    with database.transaction() as session:
        return make_round(session, status=OPENED).id
