"""A county with a round at every stage, people with names and telephones, and marked answers.

Whatever must not be seen is a word that stands nowhere else, so that a search finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.accounts.models import ROLES, SUPERVISOR
from survey.accounts.operations import create_user
from survey.app import create_app
from survey.assessments.models import CLOSED, DRAFT, DRAWN, FIELD, FROZEN, OPENED, Round
from survey.assessments.operations import close_round
from survey.database import Database
from survey.frames.operations import import_roster
from survey.migrate import upgrade
from survey.open_answers.operations import (
    find_visit,
    make_place,
    new_form_key,
    submit_open_answers,
)
from survey.responses.drafts import new_key, save_draft
from survey.responses.models import Envelope
from survey.responses.opening import Silence, open_round
from survey.responses.submission import find_invitation, submit_answers
from survey.results.operations import judge_round
from survey.samples.draw import draw_round
from survey.samples.links import issue_links
from survey.samples.plan import freeze_plan
from survey.schools.operations import import_schools
from survey.settings import Settings
from tests.scoring.county_makers import make_sheets
from tests.survey.conftest import COUNTY, PASSWORD, read_token
from tests.survey.factories import PRIVATE_KEY, make_round
from tests.survey.frames.rosters import AREAS, GRADES, make_csv
from tests.survey.samples.ways import RESIDENTS, SEED
from tests.survey.schools.county_files import write_workbook
from tests.survey.test_counties_apart import enter_procedure

STAGES = (DRAFT, FROZEN, DRAWN, FIELD, CLOSED, OPENED)
ELSEWHERE = "150603"
COLLEAGUE = "colleague"  # who never logs in: walks may reset and shut out whom they like
ANSWER_MARK, OPEN_MARK, DRAFT_MARK = "zebra", "giraffe", "okapi"
NAME_MARK, PHONE_MARK, ROSTER_MARK = "甄别", "1390055", "KX9Q"
MARKS = (ANSWER_MARK, OPEN_MARK, DRAFT_MARK)
PERSONAL = (NAME_MARK, PHONE_MARK, ROSTER_MARK)

# How each category answers in every round, so that some cells are small and some are not.
ANSWERS = {
    "parent": ["satisfied"] * 50 + ["dissatisfied"] * 10,
    "teacher": ["satisfied"] * 7 + ["dissatisfied"] * 3,
    "principal": ["mostly"] * 4,
    "deputy": ["satisfied"] * 10,
    "cppcc": ["satisfied"] * 9,
    "student": ["satisfied"] * 5 + ["dissatisfied"] * 5,
}
AT_PLACES = {
    "集市": ["satisfied"] * 9 + ["dissatisfied"] * 2,
    "车站": ["mostly"] * 3,
    "大厅": ["mostly"] * 20,
}


@dataclass(repr=False)
class Stage:
    """A round at one stage: its id, the codes of its cards, its places."""

    round_id: str
    codes: list[str] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    place_ids: list[str] = field(default_factory=list)
    schools: list[str] = field(default_factory=list)


@dataclass(repr=False)
class County:
    """The site, its database, and a round at each stage."""

    app: Flask
    database: Database
    settings: Settings
    stages: dict[str, Stage]
    log_id: str = ""  # of the province's year, which the opened round takes part in

    @property
    def codes(self) -> list[str]:
        """The codes of all cards."""
        return [code for stage in self.stages.values() for code in stage.codes]

    def log_in(self, username: str) -> FlaskClient:
        """Return a browser with somebody logged in; English, as the pages are written."""
        self.app.extensions["renkedu_limiter"].reset()  # a walk logs in oftener than people do
        client = self.browser()
        token = read_token(client.get("/login").text)
        sent = {"username": username, "password": PASSWORD, "csrf_token": token}
        assert client.post("/login", data=sent).status_code == 302
        assert client.get("/account").status_code == 200  # in, and not only led on
        return client

    def browser(self) -> FlaskClient:
        """Return a browser without a log-in."""
        client = self.app.test_client()
        client.set_cookie("lang", "en")
        return client


def list_people() -> Iterator[list[str]]:
    """Yield a roster without residents: they can be asked at places."""
    sizes = {"家长": 480, "学生": 160, "教师": 40, "校长": 40, "人大代表": 40, "政协委员": 40}
    number = 0
    for category, size in sizes.items():
        graded = category in ("家长", "学生")
        for index in range(size):
            number += 1
            area, grade = (AREAS[index % 3], GRADES[index % 4]) if graded else ("", "")
            school = "第一小学" if graded else ""
            yield [
                f"{ROSTER_MARK}{number}", category, f"{NAME_MARK}{number}",
                f"{PHONE_MARK}{number:04}", "庆远镇", area, grade, school, "", "",
            ]  # fmt: skip


def make_county(home: Path, database_url: str) -> County:
    """Make the site and a round at each stage, each brought there by its own operations."""
    upgrade(database_url)
    settings = Settings(
        home=home,
        database_url=database_url,
        session_key="11" * 32,
        password_salt="22" * 32,
        link_key="33" * 32,
        roster_key="44" * 32,
        second_factor=False,  # proved by itself; here everybody is to come in
        testing=True,
    )
    app = create_app(settings)
    database: Database = app.extensions["renkedu_database"]
    with app.test_request_context():
        with database.transaction() as session:
            for role in ROLES:
                for name, region in ((role, COUNTY), (f"{role}.elsewhere", ELSEWHERE)):
                    create_user(session, name, role, region=region, password=PASSWORD, actor="t")
            create_user(session, COLLEAGUE, SUPERVISOR, region=COUNTY, password=PASSWORD, actor="t")
        stages = {name: bring_to(database, settings, name) for name in STAGES}
        with database.transaction() as session:
            log_id = enter_procedure(session, session.get_one(Round, stages[OPENED].round_id))
    return County(app, database, settings, stages, log_id)


def bring_to(database: Database, settings: Settings, wanted: str) -> Stage:
    """Make a round and bring it to a stage."""
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        round_.residents, round_.region = RESIDENTS, COUNTY
        session.flush()
        stage = Stage(round_.id)
        reached = STAGES.index(wanted)
        roster = make_csv(list_people())
        import_roster(session, settings, round_, "名册.csv", roster, actor="t")
        schools = write_workbook(settings.home / "schools.xlsx", make_sheets()).read_bytes()
        import_schools(session, round_, "数据.xlsx", schools, "t")
        if reached >= STAGES.index(FROZEN):
            freeze_plan(session, round_, None, "t")
            make_places(session, round_, stage)
        if reached >= STAGES.index(DRAWN):
            draw_round(session, round_, SEED, "t")
        if reached >= STAGES.index(FIELD):
            take_answers(session, settings, round_, stage)
        if reached >= STAGES.index(CLOSED):
            close_round(session, round_, "t")
    if wanted == OPENED:
        open_round(database, stage.round_id, PRIVATE_KEY, "t", Silence())
        with database.transaction() as session:
            verdict = judge_round(session, session.get_one(Round, stage.round_id), "t")
        subjects = (finding["subject"] for finding in verdict["findings"])
        stage.schools += [subject["id"] for subject in subjects if subject["kind"] == "school"][:1]
    return stage


def make_places(session: Session, round_: Round, stage: Stage) -> None:
    """Make the places of a round."""
    for name in AT_PLACES:
        place = make_place(session, round_, name, "resident", "t")
        stage.tokens.append(place.token)
        stage.place_ids.append(place.id)


def take_answers(session: Session, settings: Settings, round_: Round, stage: Stage) -> None:
    """Hand the cards out and let people answer, by card and at the places; one has a draft."""
    connection = session.connection()
    waiting = {category: list(options) for category, options in ANSWERS.items()}
    for link in issue_links(session, settings, round_, "t"):
        stage.codes.append(link.code)
        invitation = find_invitation(connection, settings.link_key, link.code)
        assert invitation is not None
        options = waiting[invitation.category]
        if options:
            answers = {"overall": options.pop(), "suggestion": f"{ANSWER_MARK}{len(stage.codes)}"}
            assert submit_answers(connection, invitation, answers, {"speed": "normal"})
            stage.spent.append(link.code)
        else:
            save_draft(connection, invitation.link_id, new_key(), {"suggestion": DRAFT_MARK})
    assert not any(waiting.values())
    for token, options in zip(stage.tokens, AT_PLACES.values(), strict=True):
        visit = find_visit(connection, token)
        assert visit is not None
        for option in options:
            answers = {"overall": option, "suggestion": OPEN_MARK}
            submit_open_answers(connection, visit, new_form_key(), answers)


def list_leaves(database: Database) -> list[str]:
    """Return the receipts of all envelopes that are still sealed."""
    with database.sessions() as session:
        return list(session.scalars(select(Envelope.leaf)))
