"""A paper answered on a phone, in Chromium, with JavaScript switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from survey.database import Database
from survey.samples.models import LINK_SPENT
from tests.browser.checks import TOO_WIDE
from tests.survey.responses.conftest import Invite, read_state

SMALLEST_TARGET = 44  # CSS pixels
HEIGHTS = """elements => elements.map(element => element.getBoundingClientRect().height)"""


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def plain_phone(browser: Browser) -> Iterator[Page]:
    """A phone of 375 x 812 CSS pixels that runs no script."""
    with browser.new_context(
        viewport={"width": 375, "height": 812},
        device_scale_factor=2,
        is_mobile=True,
        has_touch=True,
        locale="zh-CN",
        java_script_enabled=False,
    ) as context:
        yield context.new_page()


def test_a_paper_is_answered_on_a_phone_without_scripts(
    live_site: str, plain_phone: Page, invite: Invite, database: Database, screenshots: Path
) -> None:
    who = invite("parent", is_rehearsal=True)
    page = plain_phone
    page.goto(f"{live_site}/a/{who.code}")
    assert page.url == f"{live_site}/a/"
    keep(page, screenshots, "respondent-introduction")
    page.locator("a.main").tap()
    page.wait_for_url(f"{live_site}/a/paper")
    keep(page, screenshots, "respondent-paper")
    choose_all(page, leave_out="overall")
    page.locator("textarea").fill("多开几节体育课")
    page.screenshot(path=screenshots / "respondent-paper-filled.png", full_page=True)
    # The browser itself asks for the question that must be answered, and sends nothing.
    page.locator("button.main").tap()
    assert page.url == f"{live_site}/a/paper"
    page.locator("label", has=page.locator("[name=overall]")).nth(1).tap()
    page.locator("button.main").tap()
    page.wait_for_url(f"{live_site}/a/thanks")
    keep(page, screenshots, "respondent-thanks")
    assert read_state(database, who) == (LINK_SPENT, "answered", 1)
    page.go_back()
    assert page.url == f"{live_site}/a/"  # the paper is not shown again
    page.goto(f"{live_site}/a/{who.code}")
    keep(page, screenshots, "respondent-already-answered")


def test_the_live_server_writes_no_code_down(
    live_site: str,
    phone_page: Page,
    invite: Invite,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(0, "waitress")
    code = invite().code
    for address in (f"/a/{code}", "/a/paper", f"/a/{code}2"):
        phone_page.goto(live_site + address)
    assert code not in caplog.text + "".join(capfd.readouterr())


def test_a_fault_is_shown_and_linked(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path
) -> None:
    who = invite("student")
    page = phone_page
    page.goto(f"{live_site}/a/{who.code}")
    page.locator("a.main").tap()
    page.wait_for_url(f"{live_site}/a/paper")
    page.evaluate("document.querySelector('form').noValidate = true")
    choose_all(page, leave_out="overall")
    page.locator("button.main").tap()
    page.locator(".errors").wait_for()
    keep(page, screenshots, "respondent-fault")
    page.locator(".errors a").tap()
    assert page.evaluate("document.activeElement.id || location.hash.slice(1)") == "overall"
    assert page.locator("input:checked").count() == len(who.paper.items) - 2


def test_every_target_is_large_enough_for_a_thumb(
    live_site: str, phone_page: Page, invite: Invite
) -> None:
    who = invite("teacher")
    phone_page.goto(f"{live_site}/a/{who.code}")
    for address in ("/a/", "/a/paper", "/a/refuse", "/a"):
        phone_page.goto(live_site + address)
        targets = phone_page.locator(
            "fieldset label, button, .button, textarea, #code, header a, header button"
        )
        assert targets.count() >= 2
        assert min(targets.evaluate_all(HEIGHTS)) >= SMALLEST_TARGET


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_fit_a_small_phone_with_letters_twice_as_large(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path, language: str
) -> None:
    who = invite("principal", is_rehearsal=True)
    phone_page.set_viewport_size({"width": 320, "height": 640})
    phone_page.goto(f"{live_site}/a/{who.code}")
    for address in ("/a/", "/a/paper", "/a/refuse", "/a"):
        phone_page.goto(f"{live_site}{address}?lang={language}")
        phone_page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert not phone_page.evaluate(TOO_WIDE), address
    phone_page.screenshot(path=screenshots / f"respondent-large-{language}.png")


@pytest.mark.parametrize("look", ["dark", "forced"])
def test_other_looks_are_kept_to_be_looked_at(
    live_site: str, phone_page: Page, invite: Invite, screenshots: Path, look: str
) -> None:
    phone_page.emulate_media(
        color_scheme="dark", forced_colors="active" if look == "forced" else "none"
    )
    phone_page.goto(f"{live_site}/a/{invite().code}")
    phone_page.goto(f"{live_site}/a/paper")
    choose_all(phone_page)
    keep(phone_page, screenshots, f"respondent-paper-{look}")


def choose_all(page: Page, leave_out: str = "") -> None:
    """Tap the second answer of each question."""
    for group in page.locator("fieldset").all():
        if group.locator(f"[name='{leave_out}']").count() == 0:
            group.locator("label").nth(1).tap()


def keep(page: Page, screenshots: Path, name: str) -> None:
    """Keep a picture of the page, which must not be wider than the phone."""
    page.screenshot(path=screenshots / f"{name}.png", full_page=True)
    width = page.locator("main").evaluate("element => element.getBoundingClientRect().right")
    assert width <= 375
