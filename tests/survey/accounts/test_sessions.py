"""Sessions: kept on the server, listed without addresses, ended at once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from survey.accounts.models import UserSession
from survey.accounts.sessions import name_device
from survey.database import Database
from tests.survey.accounts.people import actions, enter, is_in, post

pytestmark = pytest.mark.one_engine

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 MicroMessenger/8.0.50 NetType/WIFI Language/zh_CN"
)


def rows(database: Database) -> list[UserSession]:
    with database.sessions() as session:
        return list(session.scalars(select(UserSession).order_by(UserSession.began_at)))


@pytest.fixture
def two(app: Flask, supervisor: FlaskClient) -> tuple[FlaskClient, FlaskClient]:
    """One person in two browsers; the second is a telephone."""
    other = app.test_client()
    other.environ_base["HTTP_USER_AGENT"] = IPHONE
    enter(other, "supervisor")
    return supervisor, other


def test_a_session_holds_device_and_hour_only(
    two: tuple[FlaskClient, FlaskClient], database: Database
) -> None:
    found = rows(database)
    assert {row.device for row in found} == {"WeChat, iPhone", "?"}
    for row in found:
        for hour in (row.began_at, row.last_seen):
            assert len(hour) == len("2026-10-03T14+00:00")
            datetime.fromisoformat(hour)
    names = {column.name for column in UserSession.__table__.columns}
    assert names == {"digest", "user_id", "device", "began_at", "last_seen"}


def test_the_own_sessions_are_listed_and_one_is_ended(
    two: tuple[FlaskClient, FlaskClient], database: Database
) -> None:
    here, there = two
    page = here.get("/account").text
    assert "WeChat, iPhone" in page
    digest = next(row.digest for row in rows(database) if row.device != "?")
    assert post(here, f"/account/sessions/{digest}/end").status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert post(here, f"/account/sessions/{digest}/end").status_code == 303  # a second press
    assert actions(database, "supervisor").count("session.end") == 1


def test_all_others_are_ended(two: tuple[FlaskClient, FlaskClient], database: Database) -> None:
    here, there = two
    assert post(there, "/account/sessions/end-others").status_code == 303
    assert is_in(there)
    assert not is_in(here)
    assert actions(database, "supervisor")[-1] == "session.end-all"


def test_nobody_ends_a_session_of_somebody_else(
    supervisor: FlaskClient, official: FlaskClient, database: Database
) -> None:
    for row in rows(database):
        post(official, f"/account/sessions/{row.digest}/end")
    assert is_in(supervisor)


def test_an_administrator_logs_somebody_out_everywhere(
    two: tuple[FlaskClient, FlaskClient], log_in: Callable[[str], FlaskClient]
) -> None:
    administrator = log_in("administrator")
    assert "WeChat, iPhone" in administrator.get("/users/supervisor").text
    assert post(administrator, "/users/supervisor/sessions/end").status_code == 303
    assert not any(is_in(browser) for browser in two)
    assert is_in(administrator)


def test_a_log_out_ends_this_session_only(
    two: tuple[FlaskClient, FlaskClient], database: Database
) -> None:
    here, there = two
    assert post(here, "/logout").status_code == 302
    assert not is_in(here)
    assert is_in(there)
    assert len(rows(database)) == 1
    assert actions(database, "supervisor")[-1] == "session.end"


def test_a_session_left_for_long_opens_nothing(
    app: Flask, supervisor: FlaskClient, database: Database
) -> None:
    old = (datetime.now(UTC) - timedelta(hours=14)).isoformat(timespec="hours")
    recent = (datetime.now(UTC) - timedelta(hours=2)).isoformat(timespec="hours")
    with database.transaction() as session:
        session.execute(update(UserSession).values(last_seen=recent))
    assert is_in(supervisor)
    assert rows(database)[0].last_seen > recent  # the visit was noted
    with database.transaction() as session:
        session.execute(update(UserSession).values(last_seen=old))
    assert not is_in(supervisor)
    enter(app.test_client(), "supervisor")
    assert len(rows(database)) == 1  # the old one is forgotten


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "WeChat, iPhone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537 Edg/140",
            "Edge, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120 HuaweiBrowser/15", "Huawei, Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/17 Safari/605", "Safari, Mac"),
        ("", "?"),
        ("x" * 5000, "?"),
    ],
)
def test_a_device_is_named_in_two_words(agent: str, name: str) -> None:
    assert name_device(agent) == name
