"""Before and after the close: what is open, a later last day, who opens, what is erased when."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.accounts.models import OFFICIAL
from survey.accounts.operations import create_user
from survey.assessments.closing import (
    extend_round,
    list_checks,
    list_openers,
)
from survey.assessments.models import CLOSED, DRAWN, FIELD, Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.responses.models import Envelope
from survey.samples.models import ANSWERED
from survey.samples.pace import today_in_china
from survey.settings import Settings
from tests.survey.conftest import COUNTY, PASSWORD, read_token
from tests.survey.factories import PUBLIC_KEY, make_round
from tests.survey.samples.ways import lose, prepare_field

pytestmark = pytest.mark.one_engine

TODAY = date(2026, 11, 24)


@pytest.fixture
def round_id(app: Flask, database: Database, settings: Settings) -> str:
    """A round of the test county in the field."""
    with database.transaction() as session:
        round_, _ = prepare_field(session, settings)
        round_.region, round_.closes_on = COUNTY, today_in_china().isoformat()
        return round_.id


def test_the_list_tells_what_is_open(app: Flask, database: Database, settings: Settings) -> None:
    with app.test_request_context(), database.sessions() as session:
        round_, issued = prepare_field(session, settings)
        round_.closes_on = "2026-11-25"
        days, people, strata, key, receipts = list_checks(session, round_, TODAY)
        assert [one.is_fine for one in (days, people, strata, key, receipts)] == [
            False, False, True, True, True]  # fmt: skip
        assert "120" in people.finding
        lose(session, round_, issued[0].selection.stratum, 2)
        issued[9].selection.disposition = ANSWERED
        _, people, strata, _, receipts = list_checks(session, round_, date(2026, 11, 25))
        assert not strata.is_fine
        assert strata.endpoint == "samples.progress"
        assert not receipts.is_fine  # an answer without an envelope
        session.add(Envelope(leaf="ab" * 32, round_id=round_.id, ciphertext=b"-"))
        checks = list_checks(session, round_, date(2026, 11, 25))
        assert checks[0].is_fine
        assert checks[-1].is_fine
        session.rollback()


def test_the_last_day_moves_to_a_later_one_with_a_reason(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session)
        round_.closes_on = "2026-11-25"
        session.flush()
        extend_round(session, round_, date(2026, 11, 28), " 大雪 封路 ", 1, actor="s", today=TODAY)
        assert (round_.closes_on, round_.version) == ("2026-11-28", 2)
        event = session.scalars(select(AuditEvent).where(AuditEvent.subject == round_.id)).one()
        assert (event.action, event.detail) == (
            "round.extend",
            {"former": "2026-11-25", "closes_on": "2026-11-28", "reason": "大雪 封路"},
        )


@pytest.mark.parametrize(
    ("former", "new", "told"),
    [
        ("2026-11-25", TODAY + timedelta(1), "after 2026-11-25"),
        ("2026-11-25", TODAY, "after 2026-11-25"),
        ("2026-11-20", TODAY - timedelta(1), "from 2026-11-24 on"),
        (None, TODAY - timedelta(1), "from 2026-11-24 on"),
    ],
)
def test_no_day_that_is_no_later(
    app: Flask, database: Database, former: str | None, new: date, told: str
) -> None:
    with database.sessions() as session:
        round_ = make_round(session)
        round_.closes_on = former
        session.flush()
        with pytest.raises(Problem, match=told):
            extend_round(session, round_, new, "r", 1, actor="s", today=TODAY)


def test_a_window_that_is_over_may_end_today(app: Flask, database: Database) -> None:
    with database.sessions() as session:
        round_ = make_round(session)
        round_.closes_on = "2026-11-20"
        session.flush()
        extend_round(session, round_, TODAY, "r", 1, actor="s", today=TODAY)
        assert round_.closes_on == "2026-11-24"


@pytest.mark.parametrize("status", [DRAWN, CLOSED])
def test_only_a_survey_in_the_field_is_extended(
    app: Flask, database: Database, status: str
) -> None:
    with database.sessions() as session:
        round_ = make_round(session, status=status)
        with pytest.raises(Problem, match="not open"):
            extend_round(session, round_, TODAY, "r", 1, actor="s", today=TODAY)


def test_of_two_who_extend_the_second_is_told(app: Flask, database: Database) -> None:
    with database.sessions() as session:
        round_ = make_round(session)
        extend_round(session, round_, TODAY, "r", 1, actor="s", today=TODAY)
        with pytest.raises(Problem, match="somebody else"):
            extend_round(session, round_, TODAY + timedelta(9), "r", 1, actor="t", today=TODAY)


def add_official(session: Session, name: str, region: str) -> None:
    """Make an official."""
    create_user(session, name, OFFICIAL, region=region, password=PASSWORD, actor="test")


def test_openers_are_the_officials_above_and_of_the_county(app: Flask, database: Database) -> None:
    with app.app_context(), database.transaction() as session:
        add_official(session, "here", COUNTY)
        add_official(session, "city", COUNTY[:4])
        add_official(session, "elsewhere", "150603")
        round_ = make_round(session)
        assert [user.username for user in list_openers(session, round_)] == ["city", "here"]


def post(client: FlaskClient, page: str, form: str = "", **data: object) -> int:
    """Send a page's form and return the status of the answer."""
    token = read_token(client.get(form or page).text)
    return client.post(page, data={"csrf_token": token, **data}).status_code


def test_from_the_list_to_the_hand_over(
    app: Flask, supervisor: FlaskClient, database: Database, round_id: str
) -> None:
    with app.app_context(), database.transaction() as session:
        add_official(session, "zhang.city", COUNTY[:4])
    way = f"/rounds/{round_id}"
    assert "120 people asked have not been heard of" in supervisor.get(f"{way}/close?lang=en").text
    later = (today_in_china() + timedelta(days=5)).isoformat()
    page = f"{way}/extension"
    assert post(supervisor, page, version="1", closes_on="x", reason="雪") == 422
    assert post(supervisor, page, version="1", closes_on=later, reason=" ") == 422
    assert post(supervisor, page, version="1", closes_on=later, reason="雪") == 303
    assert later in supervisor.get(f"{way}/close?lang=en").text
    assert post(supervisor, f"{way}/close") == 303
    told = supervisor.get(f"{way}/hand-over").text
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        assert round_.status == CLOSED != FIELD
        assert round_.closed_at is not None
    erased = date.fromisoformat(round_.closed_at[:10]) + timedelta(days=90)
    for expected in ("zhang.city", PUBLIC_KEY[:8], f"{way}/opening", erased.isoformat()):
        assert expected in told


def test_an_official_reads_the_hand_over_and_moves_no_day(
    official: FlaskClient, round_id: str
) -> None:
    assert official.get(f"/rounds/{round_id}/hand-over").status_code == 200
    assert official.get(f"/rounds/{round_id}/extension").status_code == 403
