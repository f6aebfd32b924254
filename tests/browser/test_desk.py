"""The staff's pages on a small screen and by keyboard, in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import delete

from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAFT
from survey.database import Database
from survey.frames.operations import import_roster
from survey.samples.draw import draw_round
from survey.samples.links import issue_links
from survey.samples.models import Link
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from tests.survey.conftest import COUNTY, PASSWORD
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county

WIDTH = "document.documentElement.scrollWidth"
# Regions that hide a part of a table and cannot be reached by keyboard, or have no name.
UNREACHABLE = """[...document.querySelectorAll('.scroll')].filter(region =>
    region.scrollWidth > region.clientWidth &&
    !(region.tabIndex === 0 && region.role === 'region' && region.ariaLabel)).length"""

# The first press is on its way when the second comes; Playwright's own double click waits for it.
PRESS_TWICE = "button => { button.click(); setTimeout(() => button.click(), 150); }"

# Scrolling is animated. Asked again and again in the page: its policy forbids what
# Playwright's own waiting evaluates.
MOVES = """region => new Promise(tell => {
    const end = Date.now() + 10000;
    const look = () => region.scrollLeft > 0 ? tell(true)
        : Date.now() > end ? tell(false) : setTimeout(look, 20);
    look();
})"""


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def ways(app: Flask, database: Database, settings: Settings) -> list[str]:
    """The addresses of a round with a roster, and of one in the field."""
    with database.transaction() as session:
        rounds = [make_round(session, status=DRAFT) for _ in range(2)]
        for round_ in rounds:
            round_.residents, round_.region = 80_000, COUNTY
            session.flush()
            import_roster(session, settings, round_, "r.csv", make_county(), actor="test")
        freeze_plan(session, rounds[1], None, "test")
        draw_round(session, rounds[1], "s", "test")
        issue_links(session, settings, rounds[1], "test")
    return [f"/rounds/{round_.id}" for round_ in rounds]


@pytest.fixture
def desk_page(live_site: str, phone_page: Page, log_in: Callable[[str], FlaskClient]) -> Page:
    """A small screen on which a supervisor has logged in."""
    log_in(SUPERVISOR)
    phone_page.goto(f"{live_site}/login")
    phone_page.fill("#username", SUPERVISOR)
    phone_page.fill("#password", PASSWORD)
    phone_page.click("main button")
    phone_page.wait_for_url(f"{live_site}/rounds")
    return phone_page


TABLES = ("", "/roster", "/plan", "/draw", "/progress", "/schools")
PAGES = (*TABLES, "/links", "/progress/unreachable")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_of_the_desk_fit_a_phone(
    live_site: str, desk_page: Page, ways: list[str], screenshots: Path, language: str
) -> None:
    for way in ways:
        for address in PAGES:
            desk_page.goto(f"{live_site}{way}{address}?lang={language}")
            assert desk_page.evaluate(WIDTH) <= 375, address
    desk_page.goto(f"{live_site}{ways[1]}/progress/unreachable")
    desk_page.screenshot(path=screenshots / f"desk-unreachable-{language}.png", full_page=True)


def test_what_is_cut_off_can_be_scrolled_by_keyboard(
    live_site: str, desk_page: Page, ways: list[str]
) -> None:
    for way in ways:
        for address in TABLES:
            desk_page.goto(f"{live_site}{way}{address}?lang=en")
            desk_page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
            assert desk_page.evaluate(UNREACHABLE) == 0, address


def test_a_wide_table_is_moved_by_the_arrow_keys(
    live_site: str, desk_page: Page, ways: list[str]
) -> None:
    desk_page.goto(f"{live_site}{ways[1]}/progress?lang=en")
    region = desk_page.get_by_role("region", name="By category")
    region.focus()
    desk_page.keyboard.press("ArrowRight")
    assert region.evaluate(MOVES)


def test_a_button_pressed_twice_brings_the_file(
    live_site: str, desk_page: Page, ways: list[str], database: Database
) -> None:
    with database.transaction() as session:
        session.execute(delete(Link))  # everybody waits for a link again
    desk_page.goto(f"{live_site}{ways[1]}/links?lang=en")
    with desk_page.expect_download() as download:
        desk_page.locator("main form button").evaluate(PRESS_TWICE)
    assert download.value.suggested_filename == "cards.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")
