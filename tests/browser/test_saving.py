"""Answers saved as they are made, on a phone whose network comes and goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect

from survey.database import Database
from survey.questionnaires.edition import parse_edition
from survey.responses import asked
from survey.samples.models import LINK_OPEN, LINK_SPENT
from tests.browser.test_respondent import choose_all, keep
from tests.survey.questionnaires.samples import sample_contents
from tests.survey.responses.conftest import Invite, Respondent, read_state

# A webview may have no storage at all, or one that throws when it is looked at.
NO_STORAGE = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
  Object.defineProperty(window, name, name === "indexedDB" ? { value: null }
    : { get() { throw new DOMException("denied", "SecurityError"); } });
}
"""
# The first tap is on its way when the second and third come.
TAP_THRICE = "button => { button.click(); button.click(); setTimeout(() => button.click(), 50); }"
PHONE: ViewportSize = {"width": 375, "height": 812}


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def other_phone(browser: Browser) -> Iterator[Page]:
    """A second phone."""
    with browser.new_context(viewport=PHONE, locale="zh-CN") as context:
        yield context.new_page()


def open_paper(page: Page, site: str, who: Respondent) -> None:
    """Go from the card's link to the paper."""
    page.goto(f"{site}/a/{who.code}")
    page.locator("a.main").click()
    page.locator("#paper").wait_for()


def choose(page: Page, item: str, number: int = 1) -> None:
    """Tap one of the answers to a question."""
    page.locator("label", has=page.locator(f"[name={item}]")).nth(number).click()


def expect_state(page: Page, name: str) -> None:
    """Wait until the line about saving says what the form calls `name`."""
    words = page.locator("#paper").get_attribute(f"data-{name}")
    expect(page.locator("#state")).to_have_text(words or "?", timeout=10_000)


def test_what_the_network_loses_is_saved_when_it_returns(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path, database: Database
) -> None:
    who, page = invite(), phone_page
    page.clock.install()
    open_paper(page, live_site, who)
    choose(page, "moral")
    expect_state(page, "saved")
    page.context.set_offline(True)
    choose(page, "overall", 3)
    page.locator("textarea").fill("多开几节体育课")
    expect_state(page, "unsaved")
    page.screenshot(path=screenshots / "respondent-offline.png")
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # no timer runs from now on
    page.context.set_offline(False)
    expect_state(page, "saved")
    page.goto(f"{live_site}/a/{who.code}")
    keep(page, screenshots, "respondent-introduction-resumed")
    page.locator("a.main").click()
    assert page.locator("input:checked").count() == 2
    assert page.locator("[name=overall]:checked").get_attribute("value") == "dissatisfied"
    assert page.locator("textarea").input_value() == "多开几节体育课"
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_another_phone_begins_afresh(
    live_site: str, phone_page: Page, other_phone: Page, invite: Invite
) -> None:
    who = invite()
    open_paper(phone_page, live_site, who)
    choose(phone_page, "moral")
    expect_state(phone_page, "saved")
    open_paper(other_phone, live_site, who)
    assert other_phone.locator("input:checked").count() == 0
    choose(other_phone, "workload")
    expect_state(other_phone, "saved")
    phone_page.reload()
    assert phone_page.locator("input:checked").count() == 0


def test_a_submission_waits_for_the_network_and_the_way_back_shows_no_answer(
    live_site: str, phone_page: Page, invite: Invite, database: Database
) -> None:
    who, page = invite(), phone_page
    open_paper(page, live_site, who)
    choose_all(page)
    page.context.set_offline(True)
    page.locator("button.main").tap()
    expect_state(page, "unsent")
    page.context.set_offline(False)
    page.wait_for_url(f"{live_site}/a/thanks", wait_until="commit")
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
    page.go_back()
    expect(page.locator(".notice h1")).to_be_visible()
    assert page.locator("#paper").count() == 0
    assert [cookie["name"] for cookie in page.context.cookies() if "draft" in str(cookie)] == []


def test_a_server_in_trouble_is_asked_again_by_itself(
    live_site: str, phone_page: Page, invite: Invite, database: Database
) -> None:
    who, page = invite(), phone_page
    failures = {"/a/save": 2, "/a/paper": 2}

    def fail_at_first(route: Route) -> None:
        path = route.request.url.removeprefix(live_site)
        if route.request.method == "POST" and failures[path]:
            failures[path] -= 1
            route.fulfill(status=503)
        else:
            route.continue_()

    open_paper(page, live_site, who)
    page.route("**/a/save", fail_at_first)
    page.route("**/a/paper", fail_at_first)
    choose_all(page)
    expect_state(page, "saved")
    page.locator("button.main").evaluate(TAP_THRICE)
    page.wait_for_url(f"{live_site}/a/thanks", wait_until="commit")
    assert failures == {"/a/save": 0, "/a/paper": 0}
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


def test_a_phone_without_storage_saves_and_sends_all_the_same(
    live_site: str, phone_page: Page, invite: Invite, database: Database
) -> None:
    who, page = invite(), phone_page
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.add_init_script(NO_STORAGE)
    open_paper(page, live_site, who)
    choose(page, "moral")
    expect_state(page, "saved")
    page.reload()
    assert page.locator("input:checked").count() == 1
    choose_all(page)
    page.locator("button.main").tap()
    page.wait_for_url(f"{live_site}/a/thanks")
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
    assert complaints == []


def test_large_type_and_another_language_keep_what_was_filled_in(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path, database: Database
) -> None:
    who, page = invite(), phone_page
    open_paper(page, live_site, who)
    choose(page, "moral")
    small = page.locator("legend").first.evaluate("one => getComputedStyle(one).fontSize")
    page.locator("header button").last.tap()
    page.locator("html.large").wait_for()
    large = page.locator("legend").first.evaluate("one => getComputedStyle(one).fontSize")
    assert float(large.removesuffix("px")) == 1.5 * float(small.removesuffix("px"))
    keep(page, screenshots, "respondent-paper-large-type")
    page.locator("header button").first.tap()
    page.locator("html[lang=en]").wait_for()
    assert page.locator("input:checked").count() == 1
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_save_and_go_on_later_never_hands_in(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path, database: Database
) -> None:
    who, page = invite(), phone_page
    open_paper(page, live_site, who)
    choose_all(page)
    page.locator("#paper button[formaction]").tap()
    page.wait_for_url(f"{live_site}/a/later")
    keep(page, screenshots, "respondent-later")
    page.locator("a.main").tap()
    page.wait_for_url(f"{live_site}/a/paper")
    assert page.locator("input:checked").count() == len(who.paper.items) - 1
    assert read_state(database, who) == (LINK_OPEN, "", 0)


def test_questions_come_and_go_with_the_answers_above(
    live_site: str,
    phone_page: Page,
    invite: Invite,
    database: Database,
    screenshots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    edition = parse_edition("sample-2027", sample_contents())
    monkeypatch.setattr(asked, "round_edition", lambda *_: edition)
    who, page = invite(), phone_page
    open_paper(page, live_site, who)
    parts = [page.locator(f"[data-when-item]:has([name={name}])") for name in ("reasons", "times")]
    for part in parts:
        expect(part).to_be_hidden()
    choose(page, "visited", 0)
    assert [part.is_visible() for part in parts] == [True, False]
    choose(page, "reasons", 0)
    page.locator("[name=times]").fill("３")
    expect_state(page, "saved")
    choose(page, "visited", 1)  # what follows from it goes, too
    assert [part.is_visible() for part in parts] == [False, False]
    choose(page, "visited", 0)  # and comes back as it was
    assert page.locator("[name=times]").input_value() == "３"
    keep(page, screenshots, "respondent-routed")
    choose(page, "visited", 1)
    choose(page, "overall")
    page.locator("button.main").tap()
    page.wait_for_url(f"{live_site}/a/thanks", wait_until="commit")
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)


@pytest.mark.parametrize("language", ["ug", "mn-Mong"])
def test_a_paper_in_another_script_is_laid_out_in_its_direction(
    live_site: str,
    phone_page: Page,
    invite: Invite,
    screenshots: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    edition = parse_edition("sample-2027", sample_contents())
    monkeypatch.setattr(asked, "round_edition", lambda *_: edition)
    page = phone_page
    page.goto(f"{live_site}/a/{invite().code}")
    page.locator(f"header [hreflang={language}]").tap()
    page.wait_for_url(f"{live_site}/a/?lang={language}")
    page.locator("a.main").tap()
    page.locator(f".questions[lang={language}]").wait_for()
    choose(page, "moral")
    expect_state(page, "saved")
    keep(page, screenshots, f"respondent-paper-{language}")
