"""A rehearsal from its creation to the opened envelopes, through the pages alone, in Chromium.

Each page is checked by axe-core and for its width, and kept as a picture in build/screenshots.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.demo.opinions import ANSWERS, REFUSES
from survey.demo.respondents import ANSWERED, FAILED, Respondent, send_wave
from survey.samples.pace import today_in_china
from survey.tables import read_table
from tests.browser.checks import check_page
from tests.browser.pictures import keep_picture
from tests.postgresql_server import fresh_database
from tests.survey.conftest import COUNTY, PASSWORD
from tests.survey.frames.rosters import make_county

DRAWN_CHART = ".chart[data-chart] canvas, .chart[data-chart] svg"
FEW = 24  # cards that are used; the other people stay outstanding
WALKS = {
    "sqlite-desk": ("sqlite", 1100, 800),
    "sqlite-phone": ("sqlite", 375, 812),
    "postgresql-desk": ("postgresql", 1100, 800),
}


@pytest.fixture(params=WALKS)
def walk(request: pytest.FixtureRequest) -> str:
    """On which database and how wide a screen."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(walk: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A new empty database of the walk's kind."""
    if WALKS[walk][0] == "sqlite":
        yield f"sqlite:///{tmp_path / 'renkedu.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at the pages, who looks at each of them."""

    page: Page
    site: str
    walk: str
    screenshots: Path

    def go(self, address: str, name: str = "") -> None:
        """Open a page and look at it."""
        self.page.goto(f"{self.site}{address}")
        if name:
            self.look(name)

    def look(self, name: str) -> None:
        """Check the page now shown and keep a picture of it."""
        if self.walk.startswith("sqlite"):  # the pages are the same on the other database
            check_page(self.page, name)
            picture = self.screenshots / f"walk-{name}-{self.walk}.png"
            self.page.screenshot(path=picture, full_page=True)
        if self.walk == "sqlite-desk":
            keep_picture(self.page, name)

    def press(self, selector: str, until: str) -> None:
        """Press a button and wait for the address it leads to."""
        self.page.locator(selector).first.click()
        self.page.wait_for_url(re.compile(until))


@contextmanager
def visit(
    browser: Browser, site: str, walk: str, screenshots: Path, name: str
) -> Iterator[Visitor]:
    """Log somebody in on a screen of their own."""
    _, width, height = WALKS[walk]
    size = {"width": width, "height": height}
    with browser.new_context(
        viewport={"width": size["width"], "height": size["height"]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        page.goto(f"{site}/login")
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{site}/rounds")
        yield Visitor(page, site, walk, screenshots)


def test_a_rehearsal_from_its_creation_to_the_opening(
    browser: Browser,
    live_site: str,
    log_in: Callable[[str], FlaskClient],
    walk: str,
    screenshots: Path,
    tmp_path: Path,
) -> None:
    log_in(SUPERVISOR)
    log_in(OFFICIAL)
    with visit(browser, live_site, walk, screenshots, SUPERVISOR) as desk:
        way = make_round(desk)
        bring_roster_in(desk, way, tmp_path)
        freeze_and_draw(desk, way)
        codes = take_links(desk, way)
        desk.go(f"{way}/progress")
        people = [Respondent(code, "parent", "walk", i) for i, code in enumerate(codes[:FEW])]
        wave = send_wave(people, urlsplit(live_site).port or 0, 1, (ANSWERS, REFUSES))
        assert wave.outcomes[FAILED] == 0, wave.failures
        follow(desk, way, wave.outcomes[ANSWERED])
        close(desk, way)
    with visit(browser, live_site, walk, screenshots, OFFICIAL) as above:
        above.go(f"{way}/opening", "opening")
        above.press("main form button", r"/results$")
        above.look("results")


def make_round(desk: Visitor) -> str:
    """Make a rehearsal; return its address."""
    today = today_in_china()
    page = desk.page
    desk.go("/rounds", "rounds-empty")
    desk.go("/rounds/new")
    fields = {
        "region": COUNTY,
        "county": "宜州区",
        "year": "2026",
        "residents": "80000",
        "residents_source": "第七次人口普查",
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=9)).isoformat(),
    }
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.check("#is_rehearsal")
    desk.look("round-new")
    desk.press("main form button", r"/rounds/[0-9a-f]{16}$")
    desk.look("round")
    way = urlsplit(page.url).path
    desk.go(f"{way}/settings", "round-settings")
    page.fill("#residents_source", "第七次全国人口普查公报")
    desk.press("main form button", f"{way}$")
    return way


def bring_roster_in(desk: Visitor, way: str, folder: Path) -> None:
    """Upload a roster and wait until its people are there."""
    roster = folder / "名册.csv"
    roster.write_bytes(make_county())
    desk.go(f"{way}/roster", "roster-empty")
    desk.page.set_input_files("input[type=file]", roster)
    desk.press("form:has(input[type=file]) button", "/columns$")
    desk.look("roster-columns")
    desk.press("main form[action$='/columns'] button", f"{way}/roster$")
    desk.page.locator("button[value=import]").click()
    desk.page.wait_for_load_state()
    expect(desk.page.locator("a[href$='/frame.csv']")).to_be_visible(timeout=20_000)
    desk.look("roster")
    desk.go(f"{way}/plan")
    expect(desk.page.locator("button[value=freeze]")).to_be_visible()


def freeze_and_draw(desk: Visitor, way: str) -> None:
    """Freeze the numbers proposed, look at the ceremony's first step, draw by a typed seed."""
    desk.look("plan")
    desk.page.locator("button[value=freeze]").click()
    desk.page.locator("a[href$='/draw']").first.wait_for()
    desk.go(f"{way}/ceremony", "ceremony")
    desk.go(f"{way}/draw")
    desk.page.fill("#seed", "双色球 2026011")
    desk.look("draw")
    desk.page.locator("form:has(#seed) button").click()
    desk.page.locator("a[href$='certificate.pdf']").first.wait_for()
    desk.look("draw-done")


def take_links(desk: Visitor, way: str) -> list[str]:
    """Make links as a file; return the codes, which stand in it and nowhere else."""
    desk.go(f"{way}/links", "links")
    desk.page.check("input[name=medium][value=file]")
    with desk.page.expect_download() as download:
        desk.page.locator("form:has(input[name=medium]) button").click()
    table = read_table("links.xlsx", download.value.path().read_bytes())
    found = (re.search(r"/a/(\w+)", " ".join(cells.values())) for _, cells in table.rows)
    return [code[1] for code in found if code]


def follow(desk: Visitor, way: str, answered: int) -> None:
    """The page open since before anybody came tells how many did; then reserves are released."""
    page = desk.page
    tile = page.locator("#tiles .tile .value").nth(2)
    expect(tile).to_have_text(str(answered), timeout=20_000)
    expect(page.locator(DRAWN_CHART)).to_have_count(2)
    desk.look("progress")
    desk.go(f"{way}/progress/unreachable", "unreachable")
    desk.press("main form button", f"{way}/progress$")
    desk.look("progress-lost")
    page.locator("button[name=stratum]").first.click()
    page.wait_for_url(re.compile(f"{way}/progress$"))
    one = page.locator("button[name=stratum]").count()
    page.locator("form#release button").first.click()
    page.wait_for_url(re.compile(f"{way}/progress$"))
    expect(page.locator("button[name=stratum]")).to_have_count(0)
    assert one > 0
    desk.look("progress-released")


def close(desk: Visitor, way: str) -> None:
    """Look at the list, move the last day, close, hand over."""
    desk.go(f"{way}/close", "close")
    desk.go(f"{way}/extension")
    desk.page.fill("#closes_on", (today_in_china() + timedelta(days=20)).isoformat())
    desk.page.fill("#reason", "大雪封路，乡村学校停课三天")
    desk.look("extension")
    desk.press("main form button", f"{way}/close$")
    desk.page.locator("form[action$='/close'] button").click()
    expect(desk.page).to_have_url(re.compile("/close$"))  # not before the list was looked at
    desk.page.check("form[action$='/close'] input[type=checkbox]")
    desk.press("form[action$='/close'] button", f"{way}/hand-over$")
    desk.look("hand-over")
    desk.go(way, "round-closed")
