"""An invitation, a second factor, sessions and the audit log on a phone, checked by axe-core."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from survey.accounts.models import ADMINISTRATOR
from survey.accounts.operations import create_user
from survey.database import Database
from survey.settings import Settings
from tests.browser.checks import BIG_TARGETS, check_page
from tests.survey.conftest import PASSWORD

OWN_PASSWORD = "four-words-of-my-own"
STEP = 30  # seconds that a code is good for

Look = Callable[[Page, str], None]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An installation that demands the second factor."""
    return replace(settings, second_factor=True)


@pytest.fixture
def administrator(app: Flask, database: Database) -> str:
    """The name of an administrator of a city who has never logged in."""
    with app.app_context(), database.transaction() as session:
        create_user(
            session, "zhang.wei", ADMINISTRATOR, region="4512", password=PASSWORD, actor="console"
        )
    return "zhang.wei"


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    """The screen of a desk, with nothing stored on it."""
    with browser.new_context(viewport={"width": 1100, "height": 800}, locale="zh-CN") as context:
        yield context.new_page()


@pytest.fixture
def look(screenshots: Path) -> Look:
    """A function that checks the page now shown, in light and in dark, and keeps a picture."""

    def look_at(page: Page, name: str) -> None:
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            check_page(page, f"{name}, {scheme}", BIG_TARGETS)
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=screenshots / f"people-{name}-{width}.png", full_page=True)

    return look_at


def log_in(page: Page, site: str, username: str, password: str) -> None:
    page.goto(f"{site}/login")
    page.fill("#username", username)
    page.fill("#password", password)
    page.click("main button")


def type_code(app: Flask, page: Page, key: str, steps: int = 0) -> None:
    """Type what an authenticator app shows."""
    factory = app.extensions["security"].totp_factory._totp
    shown = factory(key=key.replace("-", "")).generate(time=time.time() + STEP * steps)
    page.fill("#code", shown.token)
    page.click("main button")


def set_second_factor_up(app: Flask, page: Page, look: Look) -> str:
    """Go through the pages of the first log-in; return the key."""
    look(page, "second-factor")
    page.click("main button")
    page.locator(".qr svg").wait_for()
    page.locator("summary").click()
    key = page.locator("details .code").inner_text()
    look(page, "second-factor-key")
    type_code(app, page, key)
    page.wait_for_url("**/rounds")
    return key


def invite(page: Page, site: str, look: Look) -> str:
    """Invite a supervisor by way of the tree; return the path of their link."""
    page.goto(f"{site}/users/new")
    page.fill("#username", "li.na")
    page.locator("details.places summary").click()
    page.get_by_role("button", name="宜州区").click()
    assert page.input_value("#username") == "li.na"
    assert page.input_value("#region") == "451203"
    look(page, "invite")
    page.fill("#username", "")
    page.locator("main form > button").click()
    page.locator(".errors").wait_for()
    look(page, "invite-fault")
    page.fill("#username", "li.na")
    page.press("#username", "Enter")
    link = page.locator("#link").inner_text()
    look(page, "invited")
    return urlsplit(link).path


def take_up(page: Page, site: str, path: str, look: Look) -> None:
    """Open a link and set a password."""
    page.goto(site + path)
    assert page.url == f"{site}/invitation"
    look(page, "invitation")
    page.fill("#password", OWN_PASSWORD)
    page.fill("#again", OWN_PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{site}/login")
    look(page, "log-in")


def make_recovery_codes(page: Page, site: str, look: Look) -> None:
    """Follow the advice of the first page after the log-in."""
    page.goto(f"{site}/mf-recovery-codes")
    look(page, "recovery-codes-none")
    page.click("main button")
    look(page, "recovery-codes")
    page.goto(f"{site}/account")
    look(page, "account")


def test_from_an_invitation_to_a_second_log_in(
    app: Flask, live_site: str, administrator: str, desk: Page, phone_page: Page, look: Look
) -> None:
    log_in(desk, live_site, administrator, PASSWORD)
    set_second_factor_up(app, desk, look)
    path = invite(desk, live_site, look)
    page = phone_page
    take_up(page, live_site, path, look)
    log_in(page, live_site, "li.na", OWN_PASSWORD)
    key = set_second_factor_up(app, page, look)
    assert page.locator(".notice").count() == 2  # the code was right; make recovery codes
    make_recovery_codes(page, live_site, look)
    page.get_by_role("button", name="li.na").click()
    log_in(page, live_site, "li.na", OWN_PASSWORD)
    look(page, "code")
    page.goto(f"{live_site}/mf-recovery")
    look(page, "recovery")
    page.goto(f"{live_site}/tf-validate")
    type_code(app, page, key, 1)
    page.wait_for_url(f"{live_site}/rounds")
    for address in ("/users", "/users/li.na", f"/users/{administrator}", "/audit", "/account"):
        desk.goto(live_site + address)
        look(desk, address.strip("/").replace("/", "-"))
    desk.goto(f"{live_site}/users/li.na")
    desk.locator("form[action$='/reset'] button").click()
    desk.locator("#link").wait_for()
    page.goto(f"{live_site}/account")
    assert page.url.startswith(f"{live_site}/login")  # logged out at once


def test_pages_of_an_administrator_fit_a_phone(
    app: Flask, live_site: str, administrator: str, phone_page: Page, look: Look
) -> None:
    log_in(phone_page, live_site, administrator, PASSWORD)
    set_second_factor_up(app, phone_page, look)
    for language in ("en", "zh"):
        for address in ("/users", "/users/new", "/users/zhang.wei", "/audit", "/account"):
            phone_page.goto(f"{live_site}{address}?lang={language}")
            look(phone_page, f"{address.strip('/').replace('/', '-')}-{language}")
