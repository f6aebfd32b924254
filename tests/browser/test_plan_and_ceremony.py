"""The quotas and the ceremony in Chromium, wide and narrow: numbers live, a draw before a room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from sampling.seed_sources import Reveal, commit
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAFT
from survey.database import Database
from survey.frames.operations import import_roster
from survey.settings import Settings
from tests.browser.checks import check_page
from tests.browser.pictures import keep_picture
from tests.survey.conftest import COUNTY, PASSWORD
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county

PARTIES = [
    Reveal(party="督导办", text="春江水暖", nonce="0a" * 16),
    Reveal(party="家长代表", text="山高水长", nonce="1b" * 16),
]
Look = Callable[[Page, str], None]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def way(app: Flask, database: Database, settings: Settings) -> str:
    """The address of a round with a roster."""
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        round_.residents, round_.region = 80_000, COUNTY
        round_.areas = {"urban": 40_000, "town": 25_000, "rural": 15_000}
        session.flush()
        import_roster(session, settings, round_, "r.csv", make_county(), actor="test")
        return f"/rounds/{round_.id}"


@pytest.fixture(params=[(1100, 800), (375, 812)], ids=["desk", "phone"])
def page(
    browser: Browser,
    live_site: str,
    log_in: Callable[[str], FlaskClient],
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """A screen on which a supervisor has logged in."""
    log_in(SUPERVISOR)
    width, height = request.param
    with browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(f"{live_site}/login")
        page.fill("#username", SUPERVISOR)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{live_site}/rounds")
        yield page


@pytest.fixture
def look(screenshots: Path) -> Look:
    """A function that checks the page now shown and keeps a picture."""

    def look_at(page: Page, name: str) -> None:
        check_page(page, name)
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=screenshots / f"{name}-{width}.png", full_page=True)
        if width > 1000 and name.startswith("ceremony"):
            keep_picture(page, name)

    return look_at


def test_numbers_live_then_a_ceremony(live_site: str, page: Page, way: str, look: Look) -> None:
    set_numbers(page, f"{live_site}{way}/plan", look)
    page.goto(f"{live_site}{way}/draw")
    look(page, "draw-before")
    seal_a_text(page, f"{live_site}/commitment", look)
    page.goto(f"{live_site}{way}/ceremony")
    hold_ceremony(page, look)
    with page.expect_download() as download:
        page.locator("a[href$='certificate.pdf']").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    page.goto(f"{live_site}{way}/draw")
    look(page, "draw-after")
    page.goto(f"{live_site}/check/{way.rpartition('/')[2]}")
    look(page, "check-after")


def seal_a_text(page: Page, address: str, look: Look) -> None:
    """Let the browser of a party make a commitment; nothing of it leaves the page."""
    page.goto(address)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.fill("#party", "督导办")
    page.fill("#text", "春江水暖")
    page.locator("#commit button").click()
    page.locator("#made").wait_for()
    nonce = page.locator("#kept-nonce").inner_text()
    made = page.locator("#commitment").inner_text()
    assert made == commit(Reveal(party="督导办", text="春江水暖", nonce=nonce))
    look(page, "commitment")
    assert [one for one in sent if "/static/" not in one] == []


def set_numbers(page: Page, address: str, look: Look) -> None:
    """Type numbers and see what they bring about, keep a preset, freeze it."""
    page.goto(address)
    look(page, "plan")
    field = page.locator("#pin-parent-urban")
    before = page.locator("#drawn-parent-urban").inner_text()
    field.press_sequentially("38")
    expect(page.locator("#drawn-parent-urban")).to_have_text("38")
    expect(page.locator("#outcome")).to_contain_text("家长 · 城区 = 38")
    assert before != "38"
    assert field.evaluate("one => document.activeElement === one")
    page.fill("#teacher", "1")
    expect(page.locator("#outcome .errors")).to_be_visible()
    look(page, "plan-fault")
    page.locator("button[value=freeze]").press("Enter")
    page.locator("form .errors").wait_for()
    page.goto(f"{address}?preset=residents")
    page.locator("button[value=keep]").click()
    page.locator("button[value=undo]").wait_for()
    look(page, "plan-kept")
    page.locator("button[value=freeze]").press("Enter")
    page.locator("a[href$='/draw']").wait_for()
    look(page, "plan-frozen")


def hold_ceremony(page: Page, look: Look) -> None:
    """Let two parties commit themselves, show their texts, one wrong at first, and draw."""
    look(page, "ceremony-frame")
    page.locator("main form button").click()
    for i, party in enumerate(PARTIES):
        page.fill(f"#party-{i}", party["party"])
        page.fill(f"#commitment-{i}", commit(party))
    look(page, "ceremony-source")
    page.locator("li.next form button").click()
    for i, party in enumerate(PARTIES):
        page.fill(f"#text-{i}", party["text"])
        page.fill(f"#nonce-{i}", party["nonce"])
    look(page, "ceremony-parts")
    page.fill("#text-1", "别的")
    page.locator("li.next form button").click()
    page.locator(".errors").wait_for()
    assert page.input_value("#text-0") == PARTIES[0]["text"]
    look(page, "ceremony-fault")
    page.fill("#text-1", PARTIES[1]["text"])
    page.locator("li.next form button").click()
    page.locator("button.big").wait_for()
    look(page, "ceremony-seed")
    page.locator("button.big").click()
    page.locator(".qr svg").wait_for()
    assert page.locator("table.unrolled tbody tr").count() == 7
    look(page, "ceremony-draw")
