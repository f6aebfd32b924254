"""A clerk types returned sheets in: once, sealed, unseen afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from limits import parse
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.assessments.models import CLOSED, DRAWN, FIELD, Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.paper_entry import views
from survey.paper_entry.models import TypedSheets
from survey.questionnaires.edition import load_edition
from survey.responses.codes import ALPHABET, group_code, new_code
from survey.responses.envelope import open_envelope
from survey.responses.hours import log_submissions
from survey.responses.models import Envelope
from survey.samples.models import ANSWERED, LINK_OPEN, LINK_SPENT, LINK_VOID, Link, Selection
from tests.survey.conftest import read_token
from tests.survey.factories import (
    PRIVATE_KEY,
    make_link,
    make_plan_record,
    make_round,
    make_selection,
)
from tests.survey.responses.conftest import fill
from tests.survey.samples.desk import read_hidden

pytestmark = pytest.mark.one_engine

MARK = "zebra-mark"


@dataclass
class Sheets:
    """Two returned sheets of one round."""

    round_id: str
    codes: list[str]

    @property
    def way(self) -> str:
        """The address of the page."""
        return f"/rounds/{self.round_id}/sheets"


@pytest.fixture
def sheets(database: Database) -> Sheets:
    with database.transaction() as session:
        round_ = make_round(session, status=FIELD)
        codes = [
            make_link(session, make_selection(session, round_, category=category), "33" * 32)
            for category in ("parent", "teacher")
        ]
        make_plan_record(session, round_)
        return Sheets(round_.id, codes)


@pytest.fixture
def clerk(supervisor: FlaskClient) -> FlaskClient:
    supervisor.set_cookie("lang", "en")
    return supervisor


def give_code(clerk: FlaskClient, sheets: Sheets, code: str) -> TestResponse:
    token = read_token(clerk.get(sheets.way).text)
    return clerk.post(sheets.way, data={"csrf_token": token, "code": code})


def open_form(clerk: FlaskClient, sheets: Sheets, code: str) -> dict[str, str]:
    """Give a code; return what the paper's form has hidden."""
    answer = give_code(clerk, sheets, code)
    assert answer.location == f"{sheets.way}/paper", answer.text
    page = clerk.get(f"{sheets.way}/paper").text
    return {"csrf_token": read_token(page), "sheet": read_hidden(page, "sheet")}


def store(clerk: FlaskClient, sheets: Sheets, form: dict[str, str], **more: str) -> TestResponse:
    paper = load_edition("national-2026").paper_for("parent")
    return clerk.post(f"{sheets.way}/paper", data={**form, **fill(paper, "mostly", MARK), **more})


def count_sealed(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Envelope)) or 0


def test_a_sheet_is_sealed_under_its_code_and_marked(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    form = open_form(clerk, sheets, f" {group_code(sheets.codes[0]).lower()} ")
    answer = store(clerk, sheets, form)
    assert (answer.status_code, answer.location) == (303, sheets.way)
    with database.sessions() as session:
        sealed = session.scalars(select(Envelope.ciphertext)).one()
        link = session.scalars(select(Link).where(Link.state == LINK_SPENT)).one()
        assert session.get_one(Selection, link.selection_id).disposition == ANSWERED
    payload = open_envelope(PRIVATE_KEY, sheets.round_id, sealed)
    assert payload["flags"] == {"mode": "paper"}
    assert payload["answers"]["suggestion"] == MARK
    assert payload["category"] == "parent"


def test_afterwards_nothing_of_it_can_be_seen(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    form = open_form(clerk, sheets, sheets.codes[0])
    stored = store(clerk, sheets, form)
    pages = [stored.text, clerk.get(sheets.way).text, clerk.get(f"{sheets.way}/paper").text]
    assert "One sheet was typed in" in pages[1]
    again = give_code(clerk, sheets, sheets.codes[0])
    assert again.status_code == 422
    assert "has been received" in again.text
    with database.sessions() as session:
        leaf = session.scalars(select(Envelope.leaf)).one()
    for page in (*pages, again.text):
        assert MARK not in page
        assert leaf not in page
        assert leaf[:8] not in page


def test_the_code_stands_in_no_page_and_no_address(clerk: FlaskClient, sheets: Sheets) -> None:
    code = sheets.codes[0]
    seen = [give_code(clerk, sheets, code), clerk.get(f"{sheets.way}/paper")]
    form = {
        "csrf_token": read_token(seen[1].text),
        "sheet": read_hidden(seen[1].text, "sheet"),
    }
    seen += [store(clerk, sheets, form, overall=""), store(clerk, sheets, form)]
    seen.append(clerk.get(sheets.way))
    assert [answer.status_code for answer in seen] == [303, 200, 422, 303, 200]
    for answer in seen:
        kept = [value for name, value in answer.headers if name != "Set-Cookie"]
        assert not any(text in answer.text + "".join(kept) for text in (code, group_code(code)))
    cookie = next(v for v in seen[0].headers.getlist("Set-Cookie") if v.startswith("sheet="))
    assert {"HttpOnly", f"Path={sheets.way}"} <= {part.strip() for part in cookie.split(";")}


def test_the_same_sheet_sent_twice_is_stored_once(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    form = open_form(clerk, sheets, sheets.codes[0])
    store(clerk, sheets, form)
    assert store(clerk, sheets, form).location == sheets.way
    clerk.set_cookie("sheet", sheets.codes[0], path=sheets.way)  # a second press, at once
    assert store(clerk, sheets, form).location == sheets.way
    assert count_sealed(database) == 1


def test_a_form_of_one_sheet_is_not_stored_for_another(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    form = open_form(clerk, sheets, sheets.codes[0])
    open_form(clerk, sheets, sheets.codes[1])  # in another tab
    answer = store(clerk, sheets, form)
    assert answer.status_code == 409
    assert "Another card was opened" in answer.text
    assert count_sealed(database) == 0


def test_a_fault_is_told_and_what_was_typed_stays(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    answer = store(clerk, sheets, open_form(clerk, sheets, sheets.codes[0]), overall="")
    assert answer.status_code == 422
    assert "please choose one answer" in answer.text
    assert MARK in answer.text
    assert count_sealed(database) == 0


def test_only_codes_of_this_round_are_taken(
    clerk: FlaskClient, sheets: Sheets, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        foreign = make_link(session, make_selection(session, make_round(session)), "33" * 32)
        void = make_link(
            session,
            make_selection(session, session.get_one(Round, sheets.round_id)),
            "33" * 32,
            LINK_VOID,
        )
    assert "No sheet of this round has this code" in give_code(clerk, sheets, foreign).text
    assert "no longer valid" in give_code(clerk, sheets, void).text
    wrong = next(letter for letter in ALPHABET if letter != foreign[5])
    mistyped = give_code(clerk, sheets, f"{foreign[:5]}{wrong}{foreign[6:]}")
    assert "Please check the letters" in mistyped.text
    monkeypatch.setattr(views, "WRONG_CODES", parse("1 per hour"))
    said = [give_code(clerk, sheets, new_code()).text for _ in range(2)]
    assert "too many wrong codes" in said[-1]
    clerk.set_cookie("sheet", foreign, path=sheets.way)
    assert clerk.get(f"{sheets.way}/paper").location == sheets.way


@pytest.mark.parametrize(("status", "words"), [(DRAWN, "not begun"), (CLOSED, "has ended")])
def test_outside_the_field_nothing_is_taken(
    clerk: FlaskClient, sheets: Sheets, database: Database, status: str, words: str
) -> None:
    form = open_form(clerk, sheets, sheets.codes[0])
    with database.transaction() as session:
        session.get_one(Round, sheets.round_id).status = status
    assert store(clerk, sheets, form).location == sheets.way
    assert "while the survey is in the field" in clerk.get(sheets.way).text
    token = read_token(clerk.get("/rounds").text)
    sent = {"csrf_token": token, "code": sheets.codes[1]}
    assert words in clerk.post(sheets.way, data=sent).text
    assert count_sealed(database) == 0
    with database.sessions() as session:
        assert set(session.scalars(select(Link.state))) == {LINK_OPEN}


def test_the_audit_log_counts_sheets_by_the_hour_and_knows_no_more(
    clerk: FlaskClient, sheets: Sheets, database: Database
) -> None:
    for code in sheets.codes:
        store(clerk, sheets, open_form(clerk, sheets, code))
    with database.sessions() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
        assert "sheets.type" not in actions  # nothing timed beside an answer
        assert session.scalars(select(TypedSheets.sheets)).all() == [2]
    for _ in range(2):  # the second time there is nothing left to enter
        with database.transaction() as session:
            log_submissions(session, session.get_one(Round, sheets.round_id, with_for_update=True))
    with database.sessions() as session:
        query = select(AuditEvent).where(AuditEvent.action == "sheets.type")
        event = session.scalars(query).one()
        assert session.scalars(select(TypedSheets)).all() == []
    assert event.actor == "supervisor"
    assert set(event.detail) == {"hour", "sheets"}
    assert event.detail["sheets"] == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\dZ", event.detail["hour"])


def test_who_may_not_type_sheets_in(
    log_in: Callable[[str], FlaskClient], official: FlaskClient, sheets: Sheets
) -> None:
    assert official.get(sheets.way).status_code == 403
    other = log_in("elsewhere")
    for page in ("", "/paper", "/parent.pdf"):
        assert other.get(sheets.way + page).status_code == 404
