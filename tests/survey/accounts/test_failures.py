"""Log-ins that fail: seen by an administrator, without what was typed, and never too many."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.accounts.models import User
from survey.audit_log import AuditEvent, record_event
from survey.database import Database
from tests.survey.accounts.people import read_link, take_up
from tests.survey.accounts.test_accounts import change_password
from tests.survey.conftest import COUNTY, PASSWORD, read_token

WRONG = "hunter2-hunter2-hunter2"


def try_to_log_in(client: FlaskClient, username: str, password: str) -> int:
    token = read_token(client.get("/login").text)
    data = {"username": username, "password": password, "csrf_token": token}
    return client.post("/login", data=data).status_code


def list_failures(database: Database) -> list[tuple[str, str, int]]:
    with database.sessions() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
        assert not any(WRONG in str(event.content()) for event in events)
        return [
            (event.action, event.subject, event.detail["tries"])
            for event in events
            if event.action in ("password.wrong", "session.refuse")
        ]


def test_failures_are_written_and_a_flood_is_not(
    app: Flask, log_in: Callable[[str], FlaskClient], database: Database
) -> None:
    log_in("supervisor")
    administrator, stranger = log_in("administrator"), app.test_client()
    for _ in range(12):
        assert try_to_log_in(stranger, "supervisor", WRONG) == 200
    for name in ("nobody", WRONG):  # who types the password where the name belongs
        assert try_to_log_in(stranger, name, WRONG) == 200
    with database.transaction() as session:
        found = session.scalars(select(User).where(User.username == "supervisor")).one()
        found.active = False
    assert try_to_log_in(stranger, "supervisor", PASSWORD) == 200
    assert list_failures(database) == [
        ("password.wrong", "supervisor", 1),
        ("password.wrong", "supervisor", 10),
        ("password.wrong", "?", 1),
        ("session.refuse", "supervisor", 1),
    ]
    page = administrator.get("/audit?lang=en&what=password.wrong").text
    assert "wrong password" in page
    assert page.count("supervisor</") >= 2


def test_nobody_waits_for_a_hash(
    app: Flask,
    supervisor: FlaskClient,
    log_in: Callable[[str], FlaskClient],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While a password is hashed or checked, anybody else can write: it takes long."""
    administrator, others = log_in("administrator"), list[bool]()

    def write_elsewhere() -> None:
        with database.transaction() as session:
            record_event(session, "test", "session.end", "test")

    def watched(work: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **more: object) -> object:
            other = threading.Thread(target=write_elsewhere, daemon=True)
            other.start()
            other.join(timeout=3)
            others.append(not other.is_alive())
            return work(*arguments, **more)

        return run

    context = type(app.extensions["security"].pwd_context)
    for name in ("hash", "verify"):
        monkeypatch.setattr(context, name, watched(getattr(context, name)))
    assert try_to_log_in(app.test_client(), "supervisor", WRONG) == 200
    assert try_to_log_in(app.test_client(), "supervisor", PASSWORD) == 302
    assert 'class="errors"' not in change_password(supervisor, PASSWORD, WRONG, WRONG)
    token = read_token(administrator.get("/users/new").text)
    new = {"username": "li.na", "role": "supervisor", "region": COUNTY, "csrf_token": token}
    link = read_link(administrator.post("/users/new", data=new).text)
    assert take_up(app.test_client(), link).status_code == 303
    assert len(others) >= 5
    assert all(others)
