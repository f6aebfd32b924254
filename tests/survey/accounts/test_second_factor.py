"""The second factor: demanded at the first log-in, kept encrypted, each code good once."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from survey.accounts.models import OFFICIAL, SUPERVISOR, User
from survey.accounts.operations import create_user
from survey.app import create_app
from survey.database import Database
from survey.settings import Settings
from tests.survey.accounts.people import actions, enter, find, is_in, post
from tests.survey.conftest import COUNTY, PASSWORD

pytestmark = pytest.mark.one_engine

STEP = 30  # seconds that a code is good for


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that demands the second factor."""
    return replace(settings, second_factor=True)


@pytest.fixture
def browser(app: Flask, database: Database) -> FlaskClient:
    """A browser for a supervisor who has never logged in."""
    make(app, database, SUPERVISOR)
    return app.test_client()


def make(app: Flask, database: Database, role: str) -> None:
    with app.app_context(), database.transaction() as session:
        create_user(session, role, role, region=COUNTY, password=PASSWORD, actor="test")


def read_key(page: str) -> str:
    found = re.search(r'<p class="code">([A-Z2-7-]{16,})</p>', page)
    assert found, page
    return found[1]


def make_code(app: Flask, key: str, steps: int = 0) -> str:
    """Return the code that an app shows now, or so many steps later."""
    factory = app.extensions["security"].totp_factory._totp
    code: str = factory(key=key.replace("-", "")).generate(time=time.time() + STEP * steps).token
    return code


def set_up(app: Flask, browser: FlaskClient, username: str = SUPERVISOR) -> tuple[str, str]:
    """Log in for the first time, scan, type what the app shows; return key and code."""
    answer = enter(browser, username)
    assert answer.headers["Location"].startswith("/tf-setup")
    page = post(browser, "/tf-setup", "/tf-setup", setup="authenticator").text
    assert "<svg" in page
    assert "data:" not in page
    key = read_key(page)
    code = make_code(app, key)
    assert post(browser, "/tf-validate", "/tf-validate", code=code).status_code == 302
    return key, code


def log_out(browser: FlaskClient) -> None:
    assert post(browser, "/logout").status_code == 302
    assert not is_in(browser)


def test_the_first_log_in_sets_it_up(app: Flask, browser: FlaskClient, database: Database) -> None:
    enter(browser, SUPERVISOR)
    assert not is_in(browser)  # the password alone opens nothing
    set_up(app, browser)
    assert is_in(browser)
    assert "second-factor.set" in actions(database, SUPERVISOR)
    log_out(browser)
    enter(browser, SUPERVISOR)
    assert not is_in(browser)


def test_a_code_is_good_once(app: Flask, browser: FlaskClient, database: Database) -> None:
    key, used = set_up(app, browser)
    log_out(browser)
    enter(browser, SUPERVISOR)
    assert 'role="alert"' in post(browser, "/tf-validate", "/tf-validate", code=used).text
    assert not is_in(browser)
    following = make_code(app, key, 1)
    assert post(browser, "/tf-validate", "/tf-validate", code=following).status_code == 302
    assert is_in(browser)
    assert actions(database, SUPERVISOR).count("second-factor.wrong") == 1


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "１２３４５６", "0" * 400])
def test_a_wrong_code_opens_nothing(app: Flask, browser: FlaskClient, code: str) -> None:
    set_up(app, browser)
    log_out(browser)
    enter(browser, SUPERVISOR)
    assert post(browser, "/tf-validate", "/tf-validate", code=code).status_code == 200
    assert not is_in(browser)


def test_codes_cannot_be_tried_for_long(app: Flask, browser: FlaskClient) -> None:
    set_up(app, browser)
    log_out(browser)
    enter(browser, SUPERVISOR)
    statuses = {
        post(browser, "/tf-validate", "/tf-validate", code="000000").status_code for _ in range(12)
    }
    assert statuses == {200, 429}


def test_secrets_are_not_in_the_database(
    app: Flask, browser: FlaskClient, database: Database
) -> None:
    key, _ = set_up(app, browser)
    codes = make_recovery_codes(browser)
    with database.engine.connect() as connection:
        row = str(connection.execute(text("select * from user_account")).all())
    for secret in (key.replace("-", ""), *codes):
        assert secret not in row
    assert find(database, SUPERVISOR).has_second_factor


def make_recovery_codes(browser: FlaskClient) -> list[str]:
    page = post(browser, "/mf-recovery-codes", "/mf-recovery-codes").text
    codes = re.findall(r"<li>([0-9a-f-]{14})</li>", page)
    assert len(set(codes)) == 8
    return codes


def test_a_recovery_code_is_good_once(app: Flask, browser: FlaskClient, database: Database) -> None:
    set_up(app, browser)
    code = make_recovery_codes(browser)[3]
    for expected in (True, False):
        log_out(browser)
        enter(browser, SUPERVISOR)
        post(browser, "/mf-recovery", "/mf-recovery", code=code)
        assert is_in(browser) is expected
        if not expected:
            break
    told = actions(database, SUPERVISOR)
    assert told.count("recovery-codes.make") == told.count("recovery-codes.use") == 1
    assert len(find(database, SUPERVISOR).mf_recovery_codes or ()) == 7


def test_who_must_have_it_cannot_switch_it_off(app: Flask, browser: FlaskClient) -> None:
    set_up(app, browser)
    assert "disable" not in browser.get("/tf-setup").text
    post(browser, "/tf-setup", "/tf-setup", setup="disable")
    log_out(browser)
    enter(browser, SUPERVISOR)
    assert not is_in(browser)


def test_an_official_may_have_it_and_switch_it_off(app: Flask, database: Database) -> None:
    make(app, database, OFFICIAL)
    browser = app.test_client()
    enter(browser, OFFICIAL)
    assert is_in(browser)
    page = post(browser, "/tf-setup", "/tf-setup", setup="authenticator").text
    found = re.search(r'action="(/tf-setup/[^"]+)"', page)
    assert found
    key = read_key(page)
    assert post(browser, found[1], code=make_code(app, key)).status_code == 302
    assert find(database, OFFICIAL).has_second_factor
    make_recovery_codes(browser)
    post(browser, "/tf-setup", "/tf-setup", setup="disable")
    user = find(database, OFFICIAL)
    assert not user.has_second_factor
    assert user.mf_recovery_codes is None
    assert actions(database, OFFICIAL)[-1] == "second-factor.off"


def test_a_reset_takes_it_away(app: Flask, browser: FlaskClient, database: Database) -> None:
    set_up(app, browser)
    make_recovery_codes(browser)
    from survey.accounts.invitations import reset
    from survey.accounts.models import ADMINISTRATOR

    make(app, database, ADMINISTRATOR)
    with app.app_context(), database.transaction() as session:
        users = {user.username: user for user in session.query(User)}
        reset(session, users[ADMINISTRATOR], users[SUPERVISOR])
    user = find(database, SUPERVISOR)
    assert not user.has_second_factor
    assert user.mf_recovery_codes is None
    assert not is_in(browser)


def test_somebody_logged_in_is_not_logged_out_by_a_link(app: Flask, browser: FlaskClient) -> None:
    set_up(app, browser)
    for address in ("/tf-validate", "/mf-recovery"):
        assert browser.get(address).headers["Location"] == "/rounds"
    assert is_in(browser)


def test_where_it_is_off_every_page_says_so(
    settings: Settings, log_in: Callable[[str], FlaskClient]
) -> None:
    site = create_app(replace(settings, second_factor=False))
    database: Database = site.extensions["renkedu_database"]
    make(site, database, SUPERVISOR)
    browser = site.test_client()
    enter(browser, SUPERVISOR)
    assert is_in(browser)
    assert "for rehearsals only" in browser.get("/account?lang=en").text
    assert "for rehearsals only" not in site.test_client().get("/?lang=en").text
    database.engine.dispose()


def test_no_warning_where_it_is_on(app: Flask, browser: FlaskClient) -> None:
    set_up(app, browser)
    assert "for rehearsals only" not in browser.get("/account?lang=en").text
