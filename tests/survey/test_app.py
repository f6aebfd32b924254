"""What the site does with each request before any page sees it."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.accounts.models import User
from survey.app import FORM_LIMIT
from survey.database import Database, clear_log
from tests.survey.conftest import PASSWORD, read_token

pytestmark = pytest.mark.one_engine

FORM = "application/x-www-form-urlencoded"


def test_large_bodies_are_for_uploads_only(client: FlaskClient, supervisor: FlaskClient) -> None:
    large = b"a&" * FORM_LIMIT
    assert client.post("/login", data=large, content_type=FORM).status_code == 413
    # A stranger is sent to the log-in before anything of the body is read.
    assert client.post("/rounds/new", data=large, content_type=FORM).status_code == 302
    token = read_token(supervisor.get("/rounds/new").text)
    file = (io.BytesIO(large), "roster.csv")
    sent = {"csrf_token": token, "file": file}
    assert supervisor.post(f"/rounds/{'0' * 16}/roster", data=sent).status_code == 404


@pytest.mark.parametrize("value", ["false", "[1]", '{"password": null}', "{", ""])
@pytest.mark.parametrize("address", ["/change", "/login", "/rounds/new", "/a/enter"])
def test_no_form_takes_json(supervisor: FlaskClient, address: str, value: str) -> None:
    token = read_token(supervisor.get("/rounds").text)
    answer = supervisor.post(
        address, data=value, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert answer.status_code == 415


def test_few_passwords_can_be_tried(supervisor: FlaskClient, client: FlaskClient) -> None:
    token = read_token(client.get("/login").text)
    data = {"username": "supervisor", "password": "wrong", "csrf_token": token}
    statuses = [client.post("/login", data=data).status_code for _ in range(25)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_a_log_out_ends_the_session_wherever_it_is(app: Flask, supervisor: FlaskClient) -> None:
    cookie = supervisor.get_cookie("session")
    assert cookie
    elsewhere = app.test_client()
    elsewhere.set_cookie("session", cookie.value)
    assert elsewhere.get("/rounds").status_code == 200
    elsewhere.set_cookie("session", cookie.value)
    token = read_token(supervisor.get("/rounds").text)
    supervisor.post("/logout", data={"csrf_token": token})
    assert elsewhere.get("/rounds").status_code == 302


def test_nobody_stays_logged_in_and_no_token_opens_a_page(
    app: Flask, supervisor: FlaskClient, client: FlaskClient
) -> None:
    token = read_token(client.get("/login").text)
    data = {"username": "supervisor", "password": PASSWORD, "remember": "y"}
    answer = client.post("/login", data={**data, "csrf_token": token})
    assert answer.status_code == 302
    assert not any("remember_token" in line for line in answer.headers.getlist("Set-Cookie"))
    with app.app_context(), app.extensions["renkedu_database"].sessions() as session:
        user = session.scalars(select(User)).one()
        key = user.get_auth_token()
    stranger = app.test_client()
    assert stranger.get("/rounds", headers={"Authentication-Token": key}).status_code == 302
    assert stranger.get(f"/rounds?auth_token={key}").status_code == 302


def test_files_are_kept_by_no_cache(supervisor: FlaskClient, client: FlaskClient) -> None:
    for page in (supervisor.get("/rounds"), client.get("/check"), client.get("/nothing")):
        assert page.headers["Cache-Control"] == "no-store"
        assert "Expires" not in page.headers
    assert "max-age" in client.get("/static/desk.css").headers["Cache-Control"]


@pytest.mark.parametrize("path", ["/check/%00", "/rounds/%00", "/a/%00", "/check/a%0ab"])
def test_control_characters_in_an_address_find_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (302, 404)


def test_control_characters_in_a_form_are_refused(client: FlaskClient) -> None:
    token = read_token(client.get("/login").text)
    data = {"username": "a\x00b", "password": "x", "csrf_token": token}
    assert client.post("/login", data=data).status_code == 400


def test_a_reader_keeps_the_log_and_that_is_told(database: Database) -> None:
    if database.engine.dialect.name != "sqlite":
        assert clear_log(database)
        return
    with database.transaction() as session:
        session.add(User(username="x", password="x", fs_uniquifier="x"))
    with database.engine.connect() as reader:
        reader.exec_driver_sql("PRAGMA busy_timeout=0")
        reader.exec_driver_sql("BEGIN")
        reader.exec_driver_sql("SELECT count(*) FROM user_account").all()
        with database.transaction() as session:
            session.add(User(username="y", password="y", fs_uniquifier="y"))
        assert not clear_log(database)
    assert clear_log(database)
