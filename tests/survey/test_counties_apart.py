"""Walks over every address of the desk: other counties' people find nothing, views leave a trace.

The addresses come from the site itself. One with a part that nobody named here fails the test: say
in `parts` what a real value of it is.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey.access import read_mark
from survey.accounts.models import ADMINISTRATOR, OFFICIAL, ROLES, SUPERVISOR, UserSession
from survey.accounts.operations import create_user
from survey.assessments.models import DRAFT, Round
from survey.audit_log import read_head
from survey.database import Database
from survey.frames.models import Person
from survey.frames.operations import import_roster
from survey.frames.staging import keep_file
from survey.procedures.operations import enter_year, open_year
from survey.samples.draw import draw_round
from survey.samples.links import issue_links
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from tests.survey.accounts.people import enter
from tests.survey.conftest import COUNTY, PASSWORD, read_token
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county

pytestmark = pytest.mark.one_engine

NEIGHBOUR = "451202"  # of the same city
NAME = re.compile(r"姓名[PSTHDCR]\d")  # somebody of the roster
WORKER = "wang.yizhou"
# One's own and nobody else's: an address of another person's session ends nothing.
OWN = ("my_account.end_one", "my_account.go_to_account")
# A year is the whole province's; what a county did in it is its own.
PROVINCES = ("procedures.year", "procedures.download_log")
# Questionnaires belong to the installation: they hold nothing of any county.
SHARED = ("questionnaires.show", "questionnaires.preview")


@pytest.fixture
def parts(app: Flask, database: Database, settings: Settings) -> dict[str, str]:
    """Real values for the parts of addresses: a round in the field, somebody of its county."""
    with app.app_context(), database.transaction() as session:
        create_user(session, WORKER, SUPERVISOR, region=COUNTY, password=PASSWORD, actor="test")
        round_ = make_round(session, status=DRAFT)
        round_.residents = 80_000
        session.flush()
        import_roster(session, settings, round_, "r.csv", make_county(), actor="test")
        freeze_plan(session, round_, None, "test")
        draw_round(session, round_, "seed", "test")
        issue_links(session, settings, round_, "test")
        unit = session.scalars(select(Person.unit_id)).first()
        round_id = round_.id
        log_id = enter_procedure(session, round_)
        file_id = keep_file(session, settings, round_, "r.csv", make_county()).id
    enter(app.test_client(), WORKER)
    with database.sessions() as session:
        digest = session.scalars(select(UserSession.digest)).one()
    return {
        "round_id": round_id,
        "unit_id": str(unit),
        "file_id": file_id,
        "kind": "draw",
        "region": COUNTY,
        "school_id": "第一小学",
        "username": WORKER,
        "digest": digest,
        "log_id": log_id,
        "number": "1",
        "earlier": "1",
        "later": "2",
        "place_id": "0" * 16,
        "category": "parent",
        "edition_id": round_.edition,
        "paper_id": "society",
    }


def enter_procedure(session: Session, round_: Round) -> str:
    """Let the round's county take part in its province's year; return the year's log."""
    people = [
        create_user(session, name, OFFICIAL, region=region, password=PASSWORD, actor="test")
        for name, region in (("li.guangxi", COUNTY[:2]), ("li.yizhou", COUNTY))
    ]
    log = open_year(
        session,
        people[0],
        region=COUNTY[:2],
        province="广西",
        year=round_.year,
        rule_set_id="national-2017",
        is_rehearsal=round_.is_rehearsal,
    )
    enter_year(session, log, round_, people[1])
    return log.id


def walk(app: Flask) -> Iterator[tuple[Rule, frozenset[str]]]:
    """Yield every address of the staff, with the roles that may open it."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        mark = read_mark(app, rule.endpoint)
        if isinstance(mark, frozenset):
            yield rule, mark


def fill(app: Flask, rule: Rule, parts: Mapping[str, str]) -> str:
    """Return an address with real values for its parts."""
    missing = rule.arguments - parts.keys()
    assert not missing, f"{rule.rule}: say in `parts` what {missing} may be"
    with app.test_request_context():
        built = rule.build({name: parts[name] for name in rule.arguments}, append_unknown=False)
    assert built is not None
    return built[1]


@pytest.fixture
def enter_as(app: Flask, database: Database) -> Callable[[str, str], FlaskClient]:
    """A function that logs somebody of a role and region in."""

    def log_in(role: str, region: str) -> FlaskClient:
        name = f"{role}.{region or 'nation'}"
        with app.app_context(), database.transaction() as session:
            create_user(session, name, role, region=region, password=PASSWORD, actor="test")
        client = app.test_client()
        assert enter(client, name).status_code == 302
        return client

    return log_in


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("region", [NEIGHBOUR, "4513", "15"])
def test_another_county_is_not_there(
    app: Flask,
    parts: dict[str, str],
    enter_as: Callable[[str, str], FlaskClient],
    role: str,
    region: str,
) -> None:
    stranger = enter_as(role, region)
    token = read_token(stranger.get("/account").text)
    walked = 0
    for rule, mark in walk(app):
        if not rule.arguments or rule.endpoint in (*OWN, *SHARED):
            continue
        if rule.endpoint in PROVINCES and region.startswith(COUNTY[:2]):
            continue
        address = fill(app, rule, parts)
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = stranger.open(address, method=method, data={"csrf_token": token})
            expected = 404 if role in mark else 403
            # What leads back to a page looks at nothing: that page is not there.
            if answer.status_code == 303 and method == "GET" and role in mark:
                answer = stranger.get(answer.headers["Location"])
            assert answer.status_code == expected, f"{method} {address}"
            walked += 1
    assert walked > 20


@pytest.mark.parametrize("role", ROLES)
def test_no_list_holds_anything_of_another_county(
    app: Flask, parts: dict[str, str], enter_as: Callable[[str, str], FlaskClient], role: str
) -> None:
    stranger = enter_as(role, NEIGHBOUR)
    walked = 0
    for rule, mark in walk(app):
        if rule.arguments or "GET" not in (rule.methods or ()) or role not in mark:
            continue
        text = read_all(stranger.get(rule.rule))
        for sign in ("宜州", COUNTY, WORKER, parts["round_id"]):
            assert sign not in text, f"{rule.rule} tells {sign}"
        walked += 1
    assert walked >= 3


@pytest.mark.parametrize(
    ("role", "region"), [(role, COUNTY) for role in ROLES] + [(SUPERVISOR, "")]
)
def test_whoever_sees_a_name_leaves_a_trace(
    app: Flask,
    database: Database,
    parts: dict[str, str],
    enter_as: Callable[[str, str], FlaskClient],
    role: str,
    region: str,
) -> None:
    client = enter_as(role, region)
    opened = 0
    for rule, mark in walk(app):
        if "GET" not in (rule.methods or ()) or role not in mark:
            continue
        before = count_entries(database)
        answer = client.get(fill(app, rule, parts))
        opened += answer.status_code == 200 and "round_id" in rule.arguments
        if NAME.search(read_all(answer)):
            assert count_entries(database) > before, f"{rule.rule} shows names without an event"
            assert role == SUPERVISOR, f"{rule.rule} shows names to the role {role}"
    assert opened >= {SUPERVISOR: 10, OFFICIAL: 4, ADMINISTRATOR: 1}[role]  # these values are real


def count_entries(database: Database) -> int:
    with database.sessions() as session:
        return read_head(session).number


def read_all(answer: TestResponse) -> str:
    """Return the text of an answer, of a workbook's sheets too."""
    content: bytes = answer.data
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "".join(
                archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
            )
    return content.decode("utf-8", "replace")


def test_the_walk_would_notice(app: Flask) -> None:
    assert NAME.search("<td>姓名P12</td>")
    assert {OFFICIAL, ADMINISTRATOR, SUPERVISOR} == set(ROLES)
    assert {rule.endpoint for rule, _ in walk(app)} >= {"frames.roster", "accounts.user"}
