"""People reached through the pages alone: texts, a lost card, outcomes, a wish to be left alone.

The texts go over HTTP to a service on the loopback that checks each signature. Every page on the
way is checked by axe-core at the width of a phone and of a desk, and kept in build/screenshots.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from survey.accounts.models import SUPERVISOR
from survey.database import Database
from survey.demo.opinions import ANSWERS
from survey.demo.respondents import ANSWERED, Respondent, send_wave
from survey.frames.identity import Identity, Vault
from survey.samples.draw import draw_round
from survey.samples.models import UNREACHABLE
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from survey.tables import read_table
from tests.browser.checks import check_page
from tests.browser.pictures import keep_picture
from tests.survey.conftest import COUNTY, PASSWORD
from tests.survey.frames.rosters import make_county
from tests.survey.reaching.service import REMINDER, Service, serve
from tests.survey.samples.ways import list_selections, prepare

WIDTHS = {"phone": (375, 812), "desk": (1100, 800)}
LOOKS = os.environ.get("LOOKS", "light").split()  # "light dark" to see both
BAD, SILENT, ANSWERING, LOSING, AWAY, REFUSING = range(6)  # whom the texts are for
NAMES = ("赵一", "钱二", "孙三", "李四", "周五", "吴六")
PHONES = ("13800001000", "13800001011", "13800001002", "13800001003", "13800001004", "13800001005")


@pytest.fixture
def service() -> Iterator[Service]:
    """The service for texts."""
    with serve() as running:
        yield running


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: the work behind the pages is tested on both."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def settings(settings: Settings, service: Service) -> Settings:
    """Settings of a site that sends texts through the service."""
    return replace(settings, text_service=service.describe("alibabacloud", timeout=0.5))


def start_round(database: Database, settings: Settings, year: int) -> str:
    """Draw a round whose first six people have telephones, the same each year; return its way."""
    with database.transaction() as session:
        round_ = prepare(session, settings, make_county(parents=60, pupils=40, others=5))
        round_.region, round_.year, round_.residents = COUNTY, year, 20_000  # 30 people are drawn
        session.flush()
        freeze_plan(session, round_, None, "test")
        draw_round(session, round_, "双色球 2026011", "test")
        vault = Vault.of(settings, round_.id)
        asked = [one for one in list_selections(session, round_) if one.issued]
        for number, one in enumerate(asked[: len(NAMES)]):
            identity = Identity(f"n{number}", NAMES[number], PHONES[number], "")
            one.person.identity = vault.encrypt(one.person.unit_id, identity)
        return f"/rounds/{round_.id}"


@dataclass(frozen=True, slots=True)
class Desk:
    """A supervisor at the pages of one round, who looks at each of them."""

    page: Page
    site: str
    way: str
    screenshots: Path

    def go(self, address: str, name: str = "") -> None:
        """Open a page of the round and look at it."""
        self.page.goto(f"{self.site}{self.way}/{address}")
        if name:
            self.look(name)

    def look(self, name: str) -> None:
        """Check the page now shown at both widths and keep pictures of it."""
        keep_picture(self.page, name)
        for width, (wide, high) in WIDTHS.items():
            self.page.set_viewport_size({"width": wide, "height": high})
            check_page(self.page, f"{name}, {width}")
            for look in LOOKS:
                self.page.emulate_media(color_scheme="dark" if look == "dark" else "light")
                picture = self.screenshots / f"reaching-{name}-{width}-{look}.png"
                self.page.screenshot(path=picture, full_page=True)

    def send(self, kind: str, told: dict[str, int]) -> None:
        """Order a kind of text and wait for what the page tells of all texts so far."""
        self.go("texts")
        self.page.check(f"input[value={kind}]")
        with self.page.expect_navigation():
            self.page.locator("button[value=order]").click()
        expect(self.page.locator("#sent [role=status]")).to_have_count(0, timeout=15_000)
        tiles = self.page.locator("#sent .tile")
        for name, number in told.items():
            tile = tiles.filter(has_text=name).locator(".value")
            expect(tile).to_have_text(str(number))

    def find(self, name: str) -> None:
        """Search for somebody."""
        self.go("find")
        self.page.fill("#wanted", name)
        self.page.locator("form:has(#wanted) button").click()
        expect(self.page.locator("main section.card")).to_have_count(1)


@pytest.fixture
def desk(
    browser: Browser, live_site: str, log_in: Callable[[str], FlaskClient], screenshots: Path
) -> Iterator[Desk]:
    """A supervisor who has logged in."""
    log_in(SUPERVISOR)
    with browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        page.goto(f"{live_site}/login")
        page.fill("#username", SUPERVISOR)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{live_site}/rounds")
        yield Desk(page, live_site, "", screenshots)


def test_people_are_reached_through_the_pages(
    desk: Desk, database: Database, settings: Settings, service: Service
) -> None:
    desk = replace(desk, way=start_round(database, settings, 2026))
    desk.go("texts", "texts-before")
    desk.go("outcomes", "outcomes-before")
    desk.send("invitation", {"已发送": 4, "发送失败": 1, "结果不明": 1})
    desk.look("texts-sent")
    codes = {phone: values["code"] for phone, _, values in service.texts}
    assert set(codes) == set(PHONES[SILENT:])
    answer(desk, codes[PHONES[ANSWERING]])

    service.texts.clear()
    desk.send("reminder", {"已发送": 7, "结果不明": 2})
    assert {phone for phone, template, _ in service.texts if template == REMINDER} == {
        PHONES[number] for number in (SILENT, LOSING, AWAY, REFUSING)
    }

    replace_card(desk, codes[PHONES[LOSING]])
    note_outcomes(desk)
    leave_alone(desk)
    service.texts.clear()
    desk.send("reminder", {"已发送": 8})
    assert [phone for phone, _, _ in service.texts] == [PHONES[AWAY]]

    service.texts.clear()
    desk = replace(desk, way=start_round(database, settings, 2027))
    desk.send("invitation", {"已发送": 3, "发送失败": 1})
    assert {phone for phone, _, _ in service.texts} == {
        PHONES[number] for number in (ANSWERING, AWAY, REFUSING)
    }
    desk.find(NAMES[LOSING])
    expect(desk.page.locator("main section.card")).to_contain_text("拒答")


def answer(desk: Desk, code: str) -> None:
    """Let somebody answer."""
    people = [Respondent(code, "parent", "walk", 1)]
    wave = send_wave(people, urlsplit(desk.site).port or 0, 1, (ANSWERS,))
    assert wave.outcomes[ANSWERED] == 1, wave.failures


def replace_card(desk: Desk, code: str) -> None:
    """Make a new card for somebody who lost theirs; the old link says that it is void."""
    desk.find(NAMES[LOSING])
    desk.look("find-found")
    with desk.page.expect_download() as download:
        desk.page.locator("form[action$='/card'] button").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    desk.page.goto(f"{desk.site}/a/{code}")
    expect(desk.page.locator("main")).to_contain_text("失效")


def note_outcomes(desk: Desk) -> None:
    """Note one outcome beside a person, another in a table that was wrong at first."""
    desk.find(NAMES[AWAY])
    desk.page.select_option("select[name=outcome]", UNREACHABLE)
    desk.page.locator("form[action$='/outcome'] button").click()
    expect(desk.page.locator(".notice")).to_have_count(1)
    desk.go("outcomes")
    keep_picture(desk.page, "outcomes")
    wrong = f"n{REFUSING},拒答\nn{AWAY},搬走了"
    desk.page.fill("#text", wrong)
    desk.page.locator("form:has(#text) button").click()
    desk.look("outcomes-wrong")
    assert desk.page.input_value("#text") == wrong
    desk.page.fill("#text", f"n{REFUSING},拒答")
    desk.page.locator("form:has(#text) button").click()
    expect(desk.page.locator(".notice")).to_contain_text("1")
    with desk.page.expect_download() as download:
        desk.page.locator("form[action$='/outstanding'] button").click()
    rows = read_table("o.xlsx", download.value.path().read_bytes()).rows
    assert {cells["姓名"] for _, cells in rows} == {NAMES[n] for n in (SILENT, LOSING, AWAY)}


def leave_alone(desk: Desk) -> None:
    """Note a person and a number that are not to be asked again."""
    desk.find(NAMES[LOSING])
    desk.page.locator("details.part summary").click()
    desk.page.locator("form[action$='/opt-out'] button").click()
    desk.go("opt-outs")
    desk.page.fill("#phone", "12")
    desk.page.locator("form:has(#phone) button").click()
    desk.look("opt-outs-wrong")
    assert desk.page.input_value("#phone") == "12"
    desk.page.fill("#phone", f"+86 {PHONES[SILENT]}")
    desk.page.locator("form:has(#phone) button").click()
    expect(desk.page.locator(".notice")).to_have_count(1)
