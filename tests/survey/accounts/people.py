"""Steps that the tests of people and rights share."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.accounts.models import User
from survey.audit_log import AuditEvent
from survey.database import Database
from tests.survey.conftest import PASSWORD, read_token

OWN_PASSWORD = "a-password-of-my-own"


def post(client: FlaskClient, path: str, page: str = "/account", **data: str) -> TestResponse:
    """Send a form with the token of the page it is on."""
    return client.post(path, data={**data, "csrf_token": read_token(client.get(page).text)})


def invite(
    administrator: FlaskClient,
    username: str = "li.na",
    role: str = "official",
    region: str = "451203",
) -> TestResponse:
    """Invite somebody on the page."""
    data = {"username": username, "role": role, "region": region}
    return post(administrator, "/users/new", "/users/new", **data)


def read_link(page: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r'id="link">\s*http://[^/]+(/invitation/[\w-]+)', page)
    assert found, page
    return found[1]


def take_up(client: FlaskClient, path: str, password: str = OWN_PASSWORD) -> TestResponse:
    """Open the link of an invitation and set a password."""
    client.get(path)
    return post(client, "/invitation", "/invitation", password=password, again=password)


def enter(client: FlaskClient, username: str, password: str = PASSWORD) -> TestResponse:
    """Log in with a password."""
    return post(client, "/login", "/login", username=username, password=password)


def is_in(client: FlaskClient) -> bool:
    """Say whether a browser is logged in."""
    return client.get("/account").status_code == 200


def find(database: Database, username: str) -> User:
    """Return somebody as the database has them."""
    with database.sessions() as session:
        return session.scalars(select(User).where(User.username == username)).one()


def actions(database: Database, subject: str) -> list[str]:
    """Return what the audit log tells of somebody, in order."""
    with database.sessions() as session:
        query = select(AuditEvent.action).where(AuditEvent.subject == subject)
        return list(session.scalars(query.order_by(AuditEvent.number)))


def stranger(app: Flask) -> FlaskClient:
    """Return a browser that nobody has used."""
    return app.test_client()
