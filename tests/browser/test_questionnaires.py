"""Papers in other scripts and with questions that hang on others, answered in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from survey.assessments.models import Round
from survey.database import Database
from survey.questionnaires.frozen import freeze_edition
from survey.settings import Settings
from tests.survey.questionnaires.samples import LANGUAGES, sample_contents, write_contents
from tests.survey.responses.conftest import Invite

# The places of a question's text and of its choices, as the page has laid them out.
PLACES = """() => [...document.querySelectorAll('fieldset')[0].querySelectorAll('legend, input')]
    .map(part => part.getBoundingClientRect()).map(box => [box.x, box.y])"""
STYLE = """() => { const style = getComputedStyle(document.querySelector('.questions'));
    return [style.direction, style.writingMode]; }"""
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough for what a browser lays out."""
    return f"sqlite:///{tmp_path / 'renkedu.sqlite'}"


@pytest.fixture
def card(invite: Invite, database: Database, settings: Settings) -> str:
    """The code of somebody who is asked the sample edition."""
    who = invite()
    write_contents(settings.editions, sample_contents())
    with database.transaction() as session:
        round_ = session.get_one(Round, who.round_id)
        round_.edition = "sample-2027"
        freeze_edition(session, settings, round_)
    return who.code


def open_paper(page: Page, address: str, language: str) -> None:
    """Open a card's paper and choose a language on it."""
    page.goto(address)
    page.locator("a.main").click()
    page.get_by_role("button", name=str(LANGUAGES[language]["name"])).click()
    page.wait_for_selector(f".questions[lang={language}]")


def test_a_paper_is_read_from_right_to_left(
    phone_page: Page, live_site: str, card: str, screenshots: Path
) -> None:
    open_paper(phone_page, f"{live_site}/a/{card}", "ug")
    phone_page.screenshot(path=screenshots / "paper_right_to_left.png")
    assert phone_page.evaluate(STYLE) == ["rtl", "horizontal-tb"]
    (_, _), (first_x, first_y), (_, second_y), *_ = phone_page.evaluate(PLACES)
    assert first_x > 300  # the circle stands at the right edge
    assert second_y > first_y
    assert phone_page.evaluate(OVERFLOW) == 0


def test_a_paper_is_read_downwards(
    phone_page: Page, live_site: str, card: str, screenshots: Path
) -> None:
    open_paper(phone_page, f"{live_site}/a/{card}", "mn-Mong")
    phone_page.screenshot(path=screenshots / "paper_downwards.png", full_page=True)
    assert phone_page.evaluate(STYLE) == ["ltr", "vertical-lr"]
    (legend_x, _), (first_x, first_y), (second_x, second_y), *_ = phone_page.evaluate(PLACES)
    assert legend_x < first_x < second_x  # lines follow to the right
    assert first_y == second_y
    assert phone_page.evaluate(OVERFLOW) == 0  # the questions scroll, not the page


def test_a_question_appears_when_it_is_due_and_is_answered(
    phone_page: Page, live_site: str, card: str
) -> None:
    phone_page.goto(f"{live_site}/a/{card}")
    phone_page.locator("a.main").click()
    reasons = phone_page.locator("fieldset", has=phone_page.locator("[name=reasons]"))
    expect(reasons).to_be_hidden()
    phone_page.check("[name=visited][value=yes]")
    expect(reasons).to_be_visible()
    phone_page.check("[name=reasons][value=sport]")
    phone_page.check("[name=reasons][value=meeting]")
    phone_page.fill("[name=times]", "３")
    phone_page.check("[name=overall][value=mostly]")
    phone_page.locator("form button.main").click()
    phone_page.wait_for_url("**/a/thanks")
