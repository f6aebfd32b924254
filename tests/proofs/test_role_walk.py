"""Every route as every role, over rounds at every stage: no answer where it may not be."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from survey.access import CLOSED, PUBLIC, RESPONDENTS, STRANGERS, read_mark
from survey.accounts.models import OFFICIAL, ROLES, SUPERVISOR, User
from survey.accounts.operations import create_user
from survey.assessments.models import ANSWERS, FIELD, OPEN_ANSWERS, OPENED, RATE
from survey.audit_log import AuditEvent
from survey.exports import CSV_TYPE, DIGEST, JSON_LINES_TYPE, ROWS
from survey.frames.identity import Vault
from survey.frames.models import Person
from survey.open_answers.models import OpenPaper
from survey.responses.drafts import Draft
from survey.responses.models import AnswerPaper
from tests.proofs.county import (
    ANSWER_MARK,
    MARKS,
    NAME_MARK,
    OPEN_MARK,
    PERSONAL,
    PHONE_MARK,
    County,
    list_leaves,
)
from tests.proofs.walk import LOGGING_OUT, Controls, list_addresses, list_rules, read_all
from tests.survey.conftest import COUNTY, PASSWORD, read_token

ANONYMOUS, WITH_CARD, ANSWERED = "anonymous", "with a card", "who has answered"
HALF_WAY = "half-way"  # gave the right password, and not the code of the second factor
VISITORS = (ANONYMOUS, WITH_CARD, ANSWERED, HALF_WAY)
STAFF = (*ROLES, *(f"{role}.elsewhere" for role in ROLES))
# Pages of questions, which explain themselves.
QUESTIONS = ("open_answers.show_paper", "questionnaires.preview", "responses.show_paper")
# The answers in which names stand, for whoever hands out cards or reminds people.
HANDED_OVER = ("samples.make_links", "reaching.outstanding")


def arrive(county: County, who: str) -> FlaskClient:
    """Return somebody's browser: staff logged in, respondents with their card's cookie."""
    if who in STAFF:
        return county.log_in(who)
    client = county.browser()
    field = county.stages[FIELD]
    if who == HALF_WAY:
        enter_half_way(county, client)
    elif who == WITH_CARD:
        client.get(f"/a/{next(code for code in field.codes if code not in field.spent)}")
    elif who == ANSWERED:
        client.get(f"/a/{field.spent[0]}")
    return client


def enter_half_way(county: County, client: FlaskClient) -> None:
    """Give the password of a supervisor of the county who has a second factor, and no code."""
    security = county.app.extensions["security"]
    with county.app.app_context(), county.database.transaction() as session:
        user = session.scalars(select(User).where(User.username == HALF_WAY)).one_or_none()
        if user is None:
            user = create_user(
                session, HALF_WAY, SUPERVISOR, region=COUNTY, password=PASSWORD, actor="t"
            )
        user.tf_primary_method = "authenticator"
        user.tf_totp_secret = security.totp_factory.generate_totp_secret()
    county.app.extensions["renkedu_limiter"].reset()
    token = read_token(client.get("/login").text)
    sent = {"username": HALF_WAY, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/login", data=sent)
    assert answer.headers["Location"].startswith("/tf-validate")
    assert client.get("/tf-validate").status_code == 200  # half-way in, and no further


def find_leaks(county: County, text: str, words: tuple[str, ...]) -> list[str]:
    """Return which of the words, or of all codes of cards, stand in a text."""
    found = [word for word in words if word in text]
    return found + [code for code in county.codes if code in text]


def expect_status(county: County, endpoint: str, who: str, address: str) -> set[int]:
    """Return what a visitor may be answered with when a page is opened."""
    mark = read_mark(county.app, endpoint)
    role, _, elsewhere = who.partition(".")
    expected = {200, 302, 303, 404}
    if mark in (PUBLIC, RESPONDENTS):
        return expected
    if mark == CLOSED:
        expected = {404}
    elif mark == STRANGERS:  # only somebody half-way through a log-in has business there
        expected = {200, 302} if who == HALF_WAY else {303} if who in STAFF else {302}
    elif who not in STAFF:
        expected = {302}  # to the log-in
    elif isinstance(mark, frozenset) and role not in mark:
        expected = {403}
    elif elsewhere and re.match(r"/(rounds/[0-9a-f]{16}|counties/)", address):
        expected = {404, 303}  # 303: pages that only lead on, to one that is not there
    return expected


def check_export(county: County, who: str, answer: TestResponse) -> None:
    """A file that leaves the desk has its rows and digest in its headers and in the log.

    Blank forms hold nothing of anybody's and are not noted.
    """
    place, rows = answer.request.path, int(answer.headers[ROWS])
    digest = hashlib.sha256(answer.data).hexdigest()
    assert answer.headers[DIGEST] == digest, place
    if answer.mimetype == CSV_TYPE:
        assert rows == answer.text.count("\n") - 1, place
    elif answer.mimetype == JSON_LINES_TYPE:
        assert rows == answer.text.count("\n"), place
    if rows == 0:
        return
    with county.database.sessions() as session:
        last = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).one()
    assert (last.actor, last.detail["rows"], last.detail["sha256"]) == (who, rows, digest), place


def test_there_is_something_to_find(county: County) -> None:
    """The marks lie where the site keeps answers and people; a walk that finds none has looked."""
    opened, field = county.stages[OPENED], county.stages[FIELD]
    with county.database.sessions() as session:
        papers = session.scalars(select(AnswerPaper)).all()
        at_places = session.scalars(select(OpenPaper)).all()
        drafts = session.scalars(select(Draft)).all()
        person = session.scalars(select(Person).where(Person.round_id == field.round_id)).first()
        assert person is not None
        identity = Vault.of(county.settings, field.round_id).read(person)
    assert len(papers) == len(opened.spent) > 50
    assert all(paper.answers["suggestion"].startswith(ANSWER_MARK) for paper in papers)
    assert {paper.answers["suggestion"] for paper in at_places} == {OPEN_MARK}
    assert len(drafts) >= len(field.codes) - len(field.spent) > 5
    assert identity.name.startswith(NAME_MARK)
    assert identity.phone.startswith(PHONE_MARK)
    assert len(list_leaves(county.database)) > 50
    assert find_leaks(county, f"x{field.codes[3]}x", MARKS) == [field.codes[3]]


@pytest.mark.parametrize("who", [*VISITORS, *STAFF])
def test_no_page_shows_an_answer_a_person_or_a_code(county: County, who: str) -> None:
    client = arrive(county, who)
    walked, mute, exported = 0, set[tuple[str, str]](), set[str]()
    for rule in list_rules(county, "GET"):
        for status, address in list_addresses(county, rule):
            if "/a/" in address and rule.arguments:
                continue  # an address that is a code itself: see the proof of leaks
            if who == HALF_WAY and rule.endpoint == "security.login":
                continue  # to begin a log-in anew ends the one that is half-way
            answer = client.get(address)
            place = f"{who} {status} {address}: {answer.status_code}"
            assert answer.status_code in expect_status(county, rule.endpoint, who, address), place
            assert find_leaks(county, read_all(answer), (*MARKS, *PERSONAL)) == [], place
            walked += 1
            if answer.headers.get("Content-Disposition", "").startswith("attachment"):
                check_export(county, who, answer)
                exported.add(rule.endpoint)
            if rule.endpoint not in QUESTIONS and answer.mimetype == "text/html":
                mute |= {(rule.endpoint, name) for name in Controls(answer.text).mute}
    assert walked > 150
    assert mute == set(), "fields without an explanation"
    assert len(exported) >= {SUPERVISOR: 8, OFFICIAL: 5}.get(who, 0), exported


@pytest.mark.parametrize("role", ROLES)
def test_another_countys_rounds_are_named_nowhere(county: County, role: str) -> None:
    client = arrive(county, f"{role}.elsewhere")
    for rule in list_rules(county, "GET"):
        if read_mark(county.app, rule.endpoint) in (PUBLIC, RESPONDENTS):
            continue
        for status, address in list_addresses(county, rule):
            text = client.get(address).text
            assert "宜州区" not in text, f"{role} {status} {address}"


def list_small(value: object, path: str = "") -> Iterator[str]:
    """Yield where counts of 1 to 4 stand in the part of a record that tells of answers."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from list_small(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from list_small(inner, f"{path}/{number}")
    elif isinstance(value, int) and not isinstance(value, bool) and 0 < value < 5:
        yield path


def test_no_record_holds_a_small_cell(county: County) -> None:
    client = arrive(county, OFFICIAL)
    records = f"/rounds/{county.stages[OPENED].round_id}/records"
    read = {
        kind: json.loads(client.get(f"{records}/{kind}.json").text)
        for kind in (ANSWERS, RATE, OPEN_ANSWERS)
    }
    assert len(read[ANSWERS]["tally"]) >= 2
    assert list(list_small(read[ANSWERS]["tally"])) == []
    assert list(list_small(read[OPEN_ANSWERS]["places"])) == []
    shown = [row for row in read[RATE]["categories"] if row["numerator"] is not None]
    assert shown
    assert "principal" not in [row["category"] for row in shown]  # four papers
    for row in [*shown, *(r for r in read[RATE]["readings"] if r["numerator"] is not None)]:
        assert row["numerator"] not in range(1, 5)
        assert row["denominator"] - row["numerator"] not in range(1, 5)


def test_no_page_of_results_shows_a_small_cell(county: County) -> None:
    client = arrive(county, OFFICIAL)
    way = f"/rounds/{county.stages[OPENED].round_id}"
    page = client.get(f"{way}/results").text.partition('id="rate"')[2].partition("</section>")[0]
    shares = [(int(a), int(b)) for a, b in re.findall(r"\b(\d+) / (\d+)\b", page)]
    assert len(shares) > 5
    assert [share for share in shares if share[1] - share[0] in range(1, 5)] == []
    assert [share for share in shares if share[0] in range(1, 5)] == []
    places = client.get(f"{way}/open-answers").text
    cells = re.findall(r'<td class="number">(\d+)</td>', places)
    assert cells
    assert not {"1", "2", "3", "4"} & set(cells)


# These change the county, and come after all that look at it.


@pytest.mark.parametrize("who", [*VISITORS, *STAFF])
def test_no_form_gives_an_answer_away(county: County, who: str) -> None:
    """Every form is sent, empty but with a valid token: in whatever state it leaves the site."""
    client = arrive(county, who)
    for rule in list_rules(county, "POST"):
        if rule.endpoint == LOGGING_OUT:
            continue
        for status, address in list_addresses(county, rule):
            shown = "/rounds" if who in STAFF else "/login"
            if who == HALF_WAY:
                if client.get("/tf-validate").status_code != 200:
                    enter_half_way(county, client)  # a form ended what was begun
                shown = "/tf-validate"
            shown = "/a" if address.startswith("/a/") else shown
            token = read_token(client.get(shown).text)
            answer = client.post(address, data={"csrf_token": token})
            place = f"{who} {status} {address}: {answer.status_code}"
            assert answer.status_code < 500, place
            if who == HALF_WAY and isinstance(read_mark(county.app, rule.endpoint), frozenset):
                assert answer.headers["Location"].startswith("/login"), place
            assert "page has expired" not in read_all(answer), place
            words = MARKS if rule.endpoint in HANDED_OVER else (*MARKS, *PERSONAL)
            assert find_leaks(county, read_all(answer), words) == [], place
