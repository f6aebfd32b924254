"""Every page of a respondent, checked by axe-core against WCAG 2.2 AA in four looks of a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from survey.database import Database
from survey.questionnaires.edition import parse_edition
from survey.responses import asked
from survey.samples.models import LINK_SPENT
from tests.browser.checks import BIG_TARGETS, check_page
from tests.browser.test_respondent import choose_all
from tests.survey.questionnaires.samples import sample_contents
from tests.survey.responses.conftest import Invite

LARGER = "size => document.documentElement.style.fontSize = size"
LOOKS = {
    "plain": {"color_scheme": "light", "forced_colors": "none", "size": ""},
    "twice as large": {"color_scheme": "light", "forced_colors": "none", "size": "200%"},
    "dark": {"color_scheme": "dark", "forced_colors": "none", "size": ""},
    "forced colours": {"color_scheme": "dark", "forced_colors": "active", "size": ""},
}

Check = Callable[[str], None]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is looked at is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


@pytest.fixture
def check(phone_page: Page) -> Check:
    """A function that looks at the page now shown in every look."""

    def check_looks(name: str) -> None:
        for look, how in LOOKS.items():
            phone_page.emulate_media(
                color_scheme=how["color_scheme"],  # type: ignore[arg-type] # one of the names above
                forced_colors=how["forced_colors"],  # type: ignore[arg-type] # as above
            )
            phone_page.evaluate(LARGER, how["size"])
            check_page(phone_page, f"{name}, {look}", BIG_TARGETS)
        phone_page.emulate_media(color_scheme="light", forced_colors="none")

    return check_looks


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_way_of_an_answer_is_open_to_everybody(
    live_site: str, phone_page: Page, invite: Invite, check: Check, language: str
) -> None:
    who, page = invite("student", is_rehearsal=True), phone_page

    def look_at(address: str) -> None:
        page.goto(f"{live_site}{address}")
        check(address)

    look_at(f"/a?lang={language}")
    look_at("/a/23456789ABCDE")
    page.goto(f"{live_site}/a/{who.code}")
    for address in ("/a/", "/a/refuse", "/a/paper"):
        look_at(address)
    page.evaluate("document.querySelector('#paper').noValidate = true")
    choose_all(page, leave_out="overall")
    page.locator("button.main").tap()
    page.locator(".errors").wait_for()
    check("faults")
    page.locator("#paper button[formaction]").tap()
    page.wait_for_url(f"{live_site}/a/later")
    check("later")
    look_at("/a/paper")
    choose_all(page)
    page.locator("#state:not(:empty)").wait_for()
    check("saved")
    page.locator("button.main").tap()
    page.wait_for_url(f"{live_site}/a/thanks")
    check("thanks")
    for address in ("/a/receipt", "/a/"):
        look_at(address)


def test_what_seldom_happens_is_open_to_everybody_too(
    live_site: str,
    phone_page: Page,
    invite: Invite,
    check: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = phone_page
    page.goto(f"{live_site}/a/{invite(state=LINK_SPENT).code}")
    check("a spent link")
    edition = parse_edition("sample-2027", sample_contents())
    monkeypatch.setattr(asked, "round_edition", lambda *_: edition)
    page.goto(f"{live_site}/a/{invite().code}")
    for language in ("ug", "mn-Mong"):
        page.goto(f"{live_site}/a/paper?lang={language}")
        check(f"a paper in {language}")

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Database, "read", fail)
    page.locator("#paper button[formaction]").last.tap()
    page.locator(".errors").wait_for()
    check("a failure at sending")
    page.goto(f"{live_site}/a/paper")
    check("a failure at loading")
