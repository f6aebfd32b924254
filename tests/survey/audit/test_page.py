"""The page of the audit log: one's own region, filters, pages, the head."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from survey.assessments.models import Round
from survey.audit.events import PAGE
from survey.audit_log import read_head, record_event
from survey.database import Database
from tests.survey.factories import PUBLIC_KEY, make_round

pytestmark = pytest.mark.one_engine


@pytest.fixture
def rounds(database: Database) -> tuple[str, str]:
    """A round of the test county and one of another; both with events."""
    with database.transaction() as session:
        here = make_round(session)
        there = Round(
            region="150603",
            county="康巴什区",
            year=2026,
            residents=1000,
            is_rehearsal=False,
            public_key=PUBLIC_KEY,
        )
        session.add(there)
        session.flush()
        for round_, actor in ((here, "zhang"), (there, "bator")):
            record_event(session, actor, "roster.import", round_.id, people=1234)
            record_event(session, actor, "round.judge", round_.id, verdict="not_met")
        return here.id, there.id


def read_actors(page: str) -> list[str]:
    table = page.partition("<tbody>")[2]
    return re.findall(r'<td class="when">[^<]*</td>\s*<td>([^<]*)</td>', table)


@pytest.mark.parametrize("role", ["supervisor", "official", "administrator"])
def test_only_the_own_region_is_told(
    log_in: Callable[[str], FlaskClient], rounds: tuple[str, str], role: str
) -> None:
    client = log_in(role)
    for query in ("", f"?about={rounds[1]}", "?who=bator"):
        page = client.get(f"/audit{query}").text
        assert rounds[1] not in page.partition("<tbody>")[2]
        assert "bator" not in read_actors(page)
    assert "zhang" in read_actors(client.get("/audit").text)


def test_a_deleted_round_stays_in_the_log_of_its_county(
    database: Database, supervisor: FlaskClient, log_in: Callable[[str], FlaskClient]
) -> None:
    with database.transaction() as session:
        record_event(session, "zhang", "round.create", "gone")
        record_event(session, "zhang", "round.delete", "gone", region="451203")
    assert read_actors(supervisor.get("/audit").text).count("zhang") == 2
    assert "zhang" not in read_actors(log_in("elsewhere").get("/audit").text)


def test_people_are_told_of_to_administrators_and_to_themselves(
    supervisor: FlaskClient, official: FlaskClient, log_in: Callable[[str], FlaskClient]
) -> None:
    log_in("elsewhere")
    actors = set(read_actors(log_in("administrator").get("/audit?what=session.begin").text))
    assert actors == {"supervisor", "official", "administrator"}
    assert set(read_actors(official.get("/audit?what=session.begin").text)) == {"official"}


def test_only_officials_read_what_was_found(
    rounds: tuple[str, str], supervisor: FlaskClient, official: FlaskClient
) -> None:
    assert "not_met" not in supervisor.get("/audit").text
    assert "not_met" in official.get("/audit").text


def test_filters_narrow_and_stay(rounds: tuple[str, str], official: FlaskClient) -> None:
    page = official.get(f"/audit?what=roster.import&about={rounds[0]}&who=zha").text
    assert read_actors(page) == ["zhang"]
    assert "1234" in page
    assert 'value="zha"' in page
    assert '<option selected value="roster.import">' in page
    assert read_actors(official.get("/audit?until=2020-01-01").text) == []
    assert "zhang" in read_actors(official.get("/audit?since=2020-01-01").text)


@pytest.mark.parametrize("query", ["since=31.12.2026", "until=x", "before=x"])
def test_what_cannot_be_read_is_told(official: FlaskClient, query: str) -> None:
    answer = official.get(f"/audit?{query}")
    assert answer.status_code == 422
    assert 'class="errors"' in answer.text


def test_older_entries_are_on_the_next_page(
    database: Database, rounds: tuple[str, str], official: FlaskClient
) -> None:
    with database.transaction() as session:
        for _ in range(PAGE):
            record_event(session, "wang", "links.issue", rounds[0])
    first = official.get("/audit?lang=en").text
    assert read_actors(first) == ["wang"] * PAGE
    older = re.search(r'href="(/audit\?[^"]*before=\d+[^"]*)"', first)
    assert older
    assert "zhang" in read_actors(official.get(older[1].replace("&amp;", "&")).text)


def test_the_head_is_on_the_page(database: Database, official: FlaskClient) -> None:
    with database.sessions() as session:
        head = str(read_head(session))
    assert head in official.get("/audit").text


def test_the_head_is_beside_certificates(
    database: Database, rounds: tuple[str, str], supervisor: FlaskClient, client: FlaskClient
) -> None:
    with database.sessions() as session:
        head = str(read_head(session))
    assert head in supervisor.get(f"/rounds/{rounds[0]}").text
    assert head in client.get(f"/check/{rounds[0]}").text
