"""A round of drawn parents, and a place where residents, of whom there is no roster, can answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from survey.assessments.models import FIELD
from survey.database import Database
from survey.open_answers.operations import make_place
from survey.questionnaires.edition import load_edition
from tests.survey.conftest import read_token
from tests.survey.factories import make_plan_record, make_round, make_selection
from tests.survey.responses.conftest import fill
from tests.survey.samples.desk import read_hidden

PLACE = "庆远镇政务大厅"


@dataclass(frozen=True)
class Hall:
    """A place and the way there."""

    round_id: str
    place_id: str
    way: str


@dataclass(frozen=True)
class Passer:
    """Somebody who comes by with a phone."""

    client: FlaskClient
    way: str

    def open_form(self) -> dict[str, str]:
        """Open the paper; return what its form has hidden."""
        page = self.client.get(f"{self.way}/paper").text
        return {"csrf_token": read_token(page), "form": read_hidden(page, "form")}

    def send(self, form: dict[str, str], option: str = "mostly", **more: str) -> TestResponse:
        """Send a form that was opened."""
        paper = load_edition("national-2026").paper_for("resident")
        return self.client.post(f"{self.way}/paper", data={**form, **fill(paper, option), **more})

    def answer(self, option: str = "mostly", **more: str) -> TestResponse:
        """Open the paper and send it."""
        return self.send(self.open_form(), option, **more)


@pytest.fixture
def hall(app: Flask, database: Database) -> Hall:
    """A place of a round in the field."""
    with database.transaction() as session:
        round_ = make_round(session, status=FIELD)
        for _ in range(10):
            make_selection(session, round_)
        make_plan_record(session, round_)
        place = make_place(session, round_, PLACE, "resident", "test")
        return Hall(round_.id, place.id, f"/o/{place.token}")


@pytest.fixture
def come_by(app: Flask, hall: Hall) -> Callable[..., Passer]:
    """A function that brings somebody with a phone of their own."""

    def come(way: str = hall.way) -> Passer:
        client = app.test_client()
        client.set_cookie("lang", "en")
        return Passer(client, way)

    return come
