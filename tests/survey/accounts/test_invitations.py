"""Invitations: a link good once, a password of one's own, nobody beyond the region."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from sampling.problems import Problem
from survey.accounts.invitations import reset_on_console
from survey.accounts.models import Invitation
from survey.accounts.sessions import digest_token
from survey.database import Database
from tests.survey.accounts.people import (
    OWN_PASSWORD,
    actions,
    enter,
    find,
    invite,
    is_in,
    post,
    read_link,
    take_up,
)
from tests.survey.conftest import PASSWORD

pytestmark = pytest.mark.one_engine


@pytest.fixture
def administrator(log_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """An administrator of the test county, logged in."""
    return log_in("administrator")


def test_somebody_invited_sets_a_password_and_logs_in(
    app: Flask, administrator: FlaskClient, database: Database
) -> None:
    answer = invite(administrator)
    assert answer.status_code == 200
    link = read_link(answer.text)
    assert link not in administrator.get("/users").text
    browser = app.test_client()
    assert not enter(browser, "li.na").headers.get("Location")  # no password is good yet
    for _ in range(3):  # a messenger looks first, and it may look again
        assert app.test_client().get(link, follow_redirects=True).status_code == 200
    assert take_up(browser, link).status_code == 303
    assert enter(browser, "li.na", OWN_PASSWORD).status_code == 302
    assert is_in(browser)
    assert actions(database, "li.na") == ["user.invite", "user.accept", "session.begin"]


def test_a_link_is_good_once(app: Flask, administrator: FlaskClient) -> None:
    link = read_link(invite(administrator).text)
    first, second = app.test_client(), app.test_client()
    second.get(link)
    page = second.get("/invitation").text
    assert "li.na" in page
    assert take_up(first, link).status_code == 303
    assert 'name="password"' not in second.get("/invitation").text
    answer = post(second, "/invitation", "/login", password="x" * 20, again="x" * 20)
    assert answer.status_code == 422
    assert enter(app.test_client(), "li.na", OWN_PASSWORD).status_code == 302


def test_an_old_link_is_good_no_more(
    app: Flask, administrator: FlaskClient, database: Database
) -> None:
    link = read_link(invite(administrator).text)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="seconds")
    with database.transaction() as session:
        session.execute(update(Invitation).values(expires_at=past))
    browser = app.test_client()
    assert 'name="password"' not in browser.get(link, follow_redirects=True).text


def test_only_a_digest_of_the_token_is_kept(administrator: FlaskClient, database: Database) -> None:
    token = read_link(invite(administrator).text).rpartition("/")[2]
    with database.sessions() as session:
        found = session.query(Invitation).one()
    assert found.digest == digest_token(token)
    assert len(token) >= 43


@pytest.mark.parametrize(
    ("password", "again"),
    [("short", "short"), ("x" * 20, "y" * 20), ("", ""), (" " * 14, " " * 14)],
)
def test_a_password_that_is_none_leaves_the_link_good(
    app: Flask, administrator: FlaskClient, password: str, again: str
) -> None:
    link = read_link(invite(administrator).text)
    browser = app.test_client()
    browser.get(link)
    answer = post(browser, "/invitation", "/invitation", password=password, again=again)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.text
    assert take_up(browser, link).status_code == 303


@pytest.mark.parametrize(
    ("region", "status"),
    [("", 422), ("45", 422), ("150603", 422), ("东胜区", 422), ("451203", 200), ("宜州区", 200)],
)
def test_nobody_is_invited_beyond_the_own_region(
    administrator: FlaskClient, region: str, status: int
) -> None:
    answer = invite(administrator, region=region)
    assert answer.status_code == status
    if status == 422:
        assert 'value="li.na"' in answer.text  # what was typed is there


@pytest.mark.parametrize("username", ["", "Zh", "supervisor!"])
def test_a_bad_name_is_told(administrator: FlaskClient, username: str) -> None:
    answer = invite(administrator, username=username)
    assert answer.status_code == 422
    assert 'class="errors"' in answer.text


def test_the_tree_keeps_what_was_typed(log_in: Callable[[str], FlaskClient]) -> None:
    administrator = log_in("administrator")
    data = {"username": "li.na", "role": "administrator", "region": "", "at": "451203"}
    page = post(administrator, "/users/new", "/users/new", **data).text
    assert 'value="li.na"' in page
    assert 'value="451203"' in page
    assert '<option selected value="administrator">' in page
    elsewhere = post(administrator, "/users/new", "/users/new", **{**data, "at": "15"}).text
    assert 'name="at" value="15' not in elsewhere


def test_a_reset_voids_password_sessions_and_earlier_links(
    app: Flask, administrator: FlaskClient, supervisor: FlaskClient, database: Database
) -> None:
    first = read_link(post(administrator, "/users/supervisor/reset").text)
    assert not is_in(supervisor)
    browser = app.test_client()
    assert enter(browser, "supervisor").status_code == 200
    second = read_link(post(administrator, "/users/supervisor/reset").text)
    assert 'name="password"' not in browser.get(first, follow_redirects=True).text
    assert take_up(browser, second).status_code == 303
    assert enter(browser, "supervisor", OWN_PASSWORD).status_code == 302
    assert actions(database, "supervisor").count("user.reset") == 2


def test_whoever_is_switched_off_takes_no_invitation_up(
    app: Flask, administrator: FlaskClient, database: Database
) -> None:
    link = read_link(invite(administrator).text)
    assert post(administrator, "/users/li.na/deactivate").status_code == 303
    before = find(database, "li.na").password
    browser = app.test_client()
    assert 'name="password"' not in browser.get(link, follow_redirects=True).text
    answer = post(browser, "/invitation", "/login", password=PASSWORD, again=PASSWORD)
    assert answer.status_code == 422
    assert find(database, "li.na").password == before


def test_the_console_gives_the_last_administrator_a_new_start(
    app: Flask, administrator: FlaskClient, database: Database
) -> None:
    with app.app_context(), database.transaction() as session:
        token = reset_on_console(session, "administrator")
    assert not is_in(administrator)
    browser = app.test_client()
    assert take_up(browser, f"/invitation/{token}").status_code == 303
    assert enter(browser, "administrator", OWN_PASSWORD).status_code == 302
    with pytest.raises(Problem, match="nobody named"), database.transaction() as session:
        reset_on_console(session, "nobody")
