"""A receipt is looked up in the browser: nothing of it is sent, the root of the list is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from scoring.merkle import merkle_root
from survey.assessments.models import ANSWERS, OPEN_ANSWERS, OPENED, Round
from survey.assessments.operations import save_record
from survey.database import Database
from survey.responses.receipts import group_receipt
from tests.survey.factories import make_round

LEAVES = sorted(f"{number:04x}" * 16 for number in range(0, 60_000, 87))  # an odd number of them
MINE = LEAVES[17]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'renkedu.sqlite'}"


@pytest.fixture
def round_id(database: Database) -> str:
    with database.transaction() as session:
        round_ = make_round(session, status=OPENED)
        body = {
            "format": 1,
            "kind": "answers",
            "leaves": LEAVES,
            "merkle_root": merkle_root(LEAVES),
        }
        save_record(session, round_, ANSWERS, body)
        return round_.id


def test_open_and_damaged_envelopes_are_told_apart(
    phone_page: Page, live_site: str, round_id: str, database: Database, screenshots: Path,
    tmp_path: Path,
) -> None:  # fmt: skip
    theirs = sorted(f"{number:04x}" * 16 for number in range(7, 2_000, 99))
    bodies: dict[str, dict[str, Any]] = {
        ANSWERS: {
            "leaves": LEAVES,
            "merkle_root": merkle_root(LEAVES),
            "set_aside": [{"leaf": LEAVES[3], "reason": "unreadable"}],
        },
        OPEN_ANSWERS: {"leaves": theirs, "merkle_root": merkle_root(theirs), "min_cell": 5},
    }
    with database.transaction() as session:
        for kind, body in bodies.items():
            save_record(session, session.get_one(Round, round_id), kind, body)
    phone_page.goto(f"{live_site}/check/{round_id}#receipt={theirs[5]}")
    assert said(phone_page) == ["found-open", "root"]
    for receipt, found in ((MINE, "found"), (LEAVES[3], "set-aside"), ("ff" * 32, "missing")):
        look_up(phone_page, receipt)
        assert said(phone_page) == [found, "root"]
    look_up(phone_page, LEAVES[3])
    for width, name in ((375, "phone"), (1100, "wide")):
        phone_page.set_viewport_size({"width": width, "height": 812})
        phone_page.screenshot(path=screenshots / f"receipts-apart-{name}.png", full_page=True)
    saved = tmp_path / "open-receipts.txt"
    saved.write_text("\n".join(theirs) + "\n")
    phone_page.set_input_files("#receipt-file", saved)
    look_up(phone_page, theirs[5])
    assert said(phone_page) == ["found-open", "root"]


def look_up(page: Page, receipt: str) -> None:
    page.locator("#receipt").fill(receipt)
    page.locator("#receipt-check button").click()


def said(page: Page) -> list[str]:
    page.locator("[data-say]:not([data-say=working]):not([hidden])").first.wait_for()
    found: list[str] = page.eval_on_selector_all(
        "[data-say]:not([hidden])", "lines => lines.map(line => line.dataset.say)"
    )
    return found


def test_a_receipt_is_found_and_sent_nowhere(
    phone_page: Page, live_site: str, round_id: str, screenshots: Path
) -> None:
    sent: list[str] = []

    def note(request: Request) -> None:
        sent.append(f"{request.url} {request.post_data or ''}")

    phone_page.on("request", note)
    phone_page.goto(f"{live_site}/check/{round_id}#receipt={MINE}")
    expect(phone_page.locator("[data-say=found]")).to_be_visible()
    assert said(phone_page) == ["found", "root"]
    phone_page.screenshot(path=screenshots / "receipt-phone.png", full_page=True)
    look_up(phone_page, group_receipt("ff" * 32).upper())
    expect(phone_page.locator("[data-say=missing]")).to_be_visible()
    look_up(phone_page, "a receipt")
    expect(phone_page.locator("[data-say=malformed]")).to_be_visible()
    assert not any(MINE in line.split("#")[0] or "ff" * 32 in line for line in sent)


def test_a_list_that_was_saved_is_looked_through_offline(
    phone_page: Page, live_site: str, round_id: str, tmp_path: Path
) -> None:
    phone_page.goto(f"{live_site}/check/{round_id}")
    saved, changed = tmp_path / "receipts.txt", tmp_path / "changed.txt"
    saved.write_text("\n".join(LEAVES) + "\n")
    changed.write_text("\n".join(LEAVES[:-1]) + "\n")
    phone_page.context.set_offline(True)
    phone_page.set_input_files("#receipt-file", saved)
    look_up(phone_page, group_receipt(MINE))
    expect(phone_page.locator("[data-say=root]")).to_be_visible()
    phone_page.set_input_files("#receipt-file", changed)
    look_up(phone_page, MINE)
    expect(phone_page.locator("[data-say=other-root]")).to_be_visible()


def test_without_javascript_the_page_says_how(
    browser: Browser, live_site: str, round_id: str
) -> None:
    with browser.new_context(java_script_enabled=False, locale="en") as context:
        page = context.new_page()
        page.goto(f"{live_site}/check/{round_id}?lang=en")
        expect(page.locator("#receipt-check")).to_be_hidden()
        expect(page.get_by_text("search it for the first 8 characters")).to_be_visible()
        page.goto(f"{live_site}/check/{round_id}/receipts.txt")
        assert MINE[:8] in page.content()
