"""The site for tests: a fresh database each, people who log in, a live server."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.accounts.models import OFFICIAL, ROLES, SUPERVISOR
from survey.accounts.operations import create_user
from survey.app import create_app
from survey.context import current_database
from survey.database import Database
from survey.serving import find_free_port, make_server
from survey.settings import Settings
from tests.migrated import Schema
from tests.survey.write_watch import watch_writes

PASSWORD = "correct-horse-battery"
COUNTY = "451203"


@pytest.fixture
def settings(tmp_path: Path, database_url: str, schema: Schema) -> Settings:
    """Settings of a fresh installation; its database is migrated."""
    schema.put_into(database_url)
    return Settings(
        home=tmp_path,
        database_url=database_url,
        session_key="11" * 32,
        password_salt="22" * 32,
        link_key="33" * 32,
        roster_key="44" * 32,
        second_factor=False,
        testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The site; nobody may log in but whom a test lets in (`log_in`)."""
    site = create_app(settings)
    watch_writes(site)
    yield site
    site.extensions["renkedu_database"].engine.dispose()


@pytest.fixture
def database(app: Flask) -> Database:
    """The database of the site."""
    found: Database = app.extensions["renkedu_database"]
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a log-in."""
    return app.test_client()


def read_token(page: str) -> str:
    """Return the CSRF token of a page's first form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page
    return found[1]


@pytest.fixture
def log_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A function that makes somebody and returns a client logged in under that name.

    A role's name is somebody with that role in the test county; "elsewhere" is a supervisor of
    another county.
    """

    def enter(username: str) -> FlaskClient:
        role, region = (username, COUNTY) if username in ROLES else (SUPERVISOR, "150603")
        with app.app_context(), current_database().transaction() as session:
            create_user(session, username, role, region=region, password=PASSWORD, actor="test")
        client = app.test_client()
        token = read_token(client.get("/login").text)
        answer = client.post(
            "/login", data={"username": username, "password": PASSWORD, "csrf_token": token}
        )
        assert answer.status_code == 302, answer.text
        return client

    return enter


@pytest.fixture
def supervisor(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """A supervisor of the test county, logged in."""
    return log_in(SUPERVISOR)


@pytest.fixture
def official(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """An official of the test county, logged in."""
    return log_in(OFFICIAL)


@pytest.fixture
def live_site(app: Flask) -> Iterator[str]:
    """The address of the site, served by waitress on the loopback."""
    port = find_free_port("127.0.0.1", 0)
    server = make_server(app, "127.0.0.1", port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    server.task_dispatcher.shutdown()  # what is being answered is answered first
    server.close()
    thread.join(timeout=2)  # a browser may keep its connection open; the thread is a daemon
