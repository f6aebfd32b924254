"""Accounts: argon2, one password shown once, nothing that tells names from passwords."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from sampling.problems import Problem
from survey.accounts.models import User
from survey.accounts.operations import create_user, make_password
from survey.database import Database
from tests.survey.conftest import PASSWORD, read_token

pytestmark = pytest.mark.one_engine


@pytest.mark.parametrize(
    ("username", "role", "region", "password", "said"),
    [
        ("Zhang", "supervisor", "", PASSWORD, "3 to 64"),
        ("zh", "supervisor", "", PASSWORD, "3 to 64"),
        ("supervisor", "supervisor", "", PASSWORD, "already"),
        ("zhang", "king", "", PASSWORD, "no such role"),
        ("zhang", "supervisor", "12345", PASSWORD, "GB/T 2260"),
        ("zhang", "supervisor", "", "short", "at least 12"),
        ("zhang", "supervisor", "", " " * 12, "at least 12"),
        ("zhang", "supervisor", "", "short" + "\u3000" * 12, "at least 12"),
        ("zhang", "supervisor", "", "x" * 201, "at most 200"),
    ],
)
@pytest.mark.usefixtures("supervisor")
def test_bad_particulars_are_told(
    app: Flask, database: Database, username: str, role: str, region: str, password: str, said: str
) -> None:
    with (
        app.app_context(),
        pytest.raises(Problem, match=said),
        database.transaction() as session,
    ):
        create_user(session, username, role, region=region, password=password, actor="test")


@pytest.mark.usefixtures("supervisor")
def test_passwords_are_kept_as_argon2(app: Flask, database: Database) -> None:
    with database.sessions() as session:
        users = session.scalars(select(User)).all()
    assert users
    assert all(user.password.startswith("$argon2id$") for user in users)


@pytest.mark.parametrize("username", ["supervisor", "nobody"])
def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(
    supervisor: FlaskClient, client: FlaskClient, username: str
) -> None:
    token = read_token(client.get("/login").text)
    answer = client.post(
        "/login", data={"username": username, "password": "wrong" * 4, "csrf_token": token}
    )
    assert answer.status_code == 200
    assert 'class="errors"' in answer.text
    assert client.get("/rounds").status_code == 302


def test_a_password_of_any_letters_logs_in(app: Flask, database: Database) -> None:
    password = "ｆｕｌｌ宽é密码-long"
    with app.app_context(), database.transaction() as session:
        create_user(session, "li.na", "official", region="", password=password, actor="test")
    client = app.test_client()
    token = read_token(client.get("/login").text)
    data = {"username": "li.na", "password": password, "csrf_token": token}
    assert client.post("/login", data=data).status_code == 302


def test_made_passwords_differ() -> None:
    assert len({make_password() for _ in range(100)}) == 100


def change_password(client: FlaskClient, old: str, new: str, again: str) -> str:
    token = read_token(client.get("/change").text)
    data = {"password": old, "new_password": new, "new_password_confirm": again}
    return client.post("/change", data={**data, "csrf_token": token}, follow_redirects=True).text


def test_somebody_changes_their_password(app: Flask, supervisor: FlaskClient) -> None:
    new = "another-long-phrase"
    for old, first, second in (
        (PASSWORD, new, "x" * 20),
        (PASSWORD, "short", "short"),
        ("", new, new),
    ):
        assert 'class="errors"' in change_password(supervisor, old, first, second)
    assert 'class="errors"' not in change_password(supervisor, PASSWORD, new, new)
    fresh = app.test_client()
    for password, status in ((PASSWORD, 200), (new, 302)):
        token = read_token(fresh.get("/login").text)
        data = {"username": "supervisor", "password": password, "csrf_token": token}
        assert fresh.post("/login", data=data).status_code == status


def test_a_new_password_ends_the_other_sessions(app: Flask, supervisor: FlaskClient) -> None:
    other = app.test_client()
    token = read_token(other.get("/login").text)
    data = {"username": "supervisor", "password": PASSWORD, "csrf_token": token}
    assert other.post("/login", data=data).status_code == 302
    assert other.get("/rounds").status_code == 200
    change_password(supervisor, PASSWORD, "another-long-phrase", "another-long-phrase")
    assert supervisor.get("/rounds").status_code == 200
    assert other.get("/rounds").status_code == 302
