"""Open answers are opened with the round, counted apart, and are in nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.problems import Problem
from scoring.merkle import merkle_root
from survey.assessments.models import ANSWERS, CLOSED, OPEN_ANSWERS, OPENED, RATE, Round
from survey.assessments.operations import find_record, read_body
from survey.database import Database
from survey.migrate import upgrade
from survey.open_answers.models import OpenEnvelope, OpenPaper, OpenPlace
from survey.open_answers.operations import (
    find_visit,
    make_payload,
    make_place,
    new_form_key,
    submit_open_answers,
)
from survey.open_answers.tally import label_envelope
from survey.responses.counted import count_set_aside
from survey.responses.envelope import leaf_hash, seal
from survey.responses.models import AnswerPaper, Envelope
from survey.responses.opening import Silence, open_round
from survey.responses.submission import find_invitation, submit_answers
from tests.survey.factories import (
    PRIVATE_KEY,
    PUBLIC_KEY,
    make_link,
    make_plan_record,
    make_round,
    make_selection,
)

ROUND_ID = "0123456789abcdef"
LINK_KEY = "33" * 32
AT_PLACES = {
    "集市": ["satisfied"] * 9 + ["dissatisfied"] * 2,
    "车站": ["mostly"] * 3,
    "大厅": ["mostly"] * 30 + ["dissatisfied"] * 12 + ["unknown"] * 6,
    "空地": [],
}


def make_round_with_places(database: Database, places: Mapping[str, Sequence[str]]) -> None:
    """Make a closed round: 24 parents answered by card, residents at places."""
    with database.transaction() as session:
        round_ = make_round(session)
        round_.id = ROUND_ID
        session.flush()
        connection = session.connection()
        for number in range(24):
            code = make_link(session, make_selection(session, round_), LINK_KEY)
            invitation = find_invitation(connection, LINK_KEY, code)
            assert invitation is not None
            option = "satisfied" if number % 3 else "dissatisfied"
            submit_answers(connection, invitation, {"overall": option}, {})
        make_plan_record(session, round_)
        for name, options in places.items():
            token = make_place(session, round_, name, "resident", "test").token
            visit = find_visit(connection, token)
            assert visit is not None
            for option in options:
                answers = {"overall": option, "suggestion": f"zebra {name}"}
                submit_open_answers(connection, visit, new_form_key(), answers)
        round_.status = CLOSED


def open_it(database: Database, most_damaged: int | None = None) -> dict[str, str]:
    """Open the round; return the exact bytes of its records by kind."""
    open_round(database, ROUND_ID, PRIVATE_KEY, "official", Silence(), most_damaged=most_damaged)
    with database.sessions() as session:
        round_ = session.get_one(Round, ROUND_ID)
        assert round_.status == OPENED
        found = {kind: find_record(session, round_, kind) for kind in (RATE, OPEN_ANSWERS, ANSWERS)}
        return {kind: record.body for kind, record in found.items() if record}


def make_database(path: Path) -> Database:
    url = f"sqlite:///{path}"
    upgrade(url)
    return Database(url)


def test_the_rate_has_the_same_bytes_with_open_answers_and_without(tmp_path: Path) -> None:
    records = []
    for name, places in (("with", AT_PLACES), ("without", {})):
        database = make_database(tmp_path / f"{name}.sqlite")
        make_round_with_places(database, places)
        records.append(open_it(database))
        database.engine.dispose()
    assert records[0][RATE] == records[1][RATE]
    assert OPEN_ANSWERS in records[0]
    assert OPEN_ANSWERS not in records[1]
    # The envelopes differ, being sealed afresh; what the certificate adds up does not.
    certificates = [json.loads(record[ANSWERS]) for record in records]
    for part in ("tally", "papers", "official", "rate_digest"):
        assert certificates[0][part] == certificates[1][part]


def test_they_are_opened_with_the_round_and_kept_apart(app: Flask, database: Database) -> None:
    make_round_with_places(database, AT_PLACES)
    open_it(database)
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(OpenEnvelope)) == 0
        assert session.scalar(select(func.count()).select_from(Envelope)) == 0
        assert session.scalar(select(func.count()).select_from(AnswerPaper)) == 24
        papers = session.scalars(select(OpenPaper)).all()
    assert len(papers) == sum(map(len, AT_PLACES.values()))
    assert {column.name for column in OpenPaper.__table__.columns} == {
        "id", "round_id", "place_id", "answers",
    }  # fmt: skip


def read_counts(database: Database) -> dict[str, Any]:
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, ROUND_ID), OPEN_ANSWERS)
        assert record is not None
        return read_body(record)


def test_small_counts_are_hidden_and_what_would_tell_them(app: Flask, database: Database) -> None:
    make_round_with_places(database, AT_PLACES)
    open_it(database)
    body = read_counts(database)
    lines = {line["place"]: line for line in body["places"]}
    assert set(lines) == {"", *AT_PLACES}
    figures = [line[name] for line in lines.values() for name in FIGURES]
    assert not {1, 2, 3, 4} & set(figures)
    assert lines["车站"]["papers"] is None  # three papers
    assert lines["集市"]["not_satisfied"] is None  # two of them
    assert body["papers"] == 62  # told, and therefore another place is hidden beside 车站
    assert sum(line["papers"] is None for name, line in lines.items() if name) >= 2
    assert "no margin of error" in body["limits"]


FIGURES = ("papers", "satisfied", "not_satisfied", "not_counted")


def test_a_handful_in_all_is_not_told_at_all(app: Flask, database: Database) -> None:
    make_round_with_places(database, {"集市": ["mostly"] * 4})
    open_it(database)
    body = read_counts(database)
    assert [body[key] for key in ("papers", "leaves", "merkle_root")] == [None] * 3
    assert all(line[name] in (None, 0) for line in body["places"] for name in FIGURES)


def test_what_no_page_sends_is_set_aside_and_not_counted(app: Flask, database: Database) -> None:
    """Envelopes of another kind, of another round, and what no paper of the place has."""
    make_round_with_places(database, {"集市": ["mostly"] * 6})
    with database.transaction() as session:
        visit = find_visit(session.connection(), read_token(session))
        assert visit is not None
        right = make_payload(visit, {"overall": "mostly"})
        forged = [seal(PUBLIC_KEY, label, right) for label in (ROUND_ID, label_envelope("f" * 16))]
        forged += [
            seal(PUBLIC_KEY, label_envelope(ROUND_ID), right | changed) for changed in FORGED
        ]
        for sealed in forged:
            session.add(OpenEnvelope(id=new_form_key(), round_id=ROUND_ID, ciphertext=sealed))
    with pytest.raises(Problem, match="more than 1 of 14 envelopes"):
        open_it(database)
    with database.sessions() as session:
        assert session.get_one(Round, ROUND_ID).status == CLOSED
        assert session.scalar(select(func.count()).select_from(OpenEnvelope)) == 14
        assert session.scalar(select(func.count()).select_from(OpenPaper)) == 0
    open_it(database, most_damaged=8)
    body = read_counts(database)
    assert {row["leaf"] for row in body["set_aside"]} == set(map(leaf_hash, forged))
    assert (body["papers"], len(body["leaves"])) == (6, 14)
    assert body["merkle_root"] == merkle_root(body["leaves"])
    with database.sessions() as session:
        assert count_set_aside(session, session.get_one(Round, ROUND_ID)) == 8
        assert session.scalar(select(func.count()).select_from(OpenPaper)) == 6
        assert session.scalar(select(func.count()).select_from(OpenEnvelope)) == 0


FORGED: list[dict[str, object]] = [
    {"place": "0" * 16},
    {"edition": "another"},
    {"answers": {"overall": "excellent"}},
    {"answers": {"overall": "mostly", "more": "x"}},
    {"answers": [7]},
    {"flags": {}},
]


def read_token(session: Session) -> str:
    return str(session.scalar(select(OpenPlace.token)))


def test_officials_see_the_counts_with_their_limits_and_supervisors_do_not(
    official: FlaskClient, supervisor: FlaskClient, database: Database
) -> None:
    make_round_with_places(database, AT_PLACES)
    official.set_cookie("lang", "en")
    way = f"/rounds/{ROUND_ID}/open-answers"
    assert "There are no counts" in official.get(way).text
    open_it(database)
    page = official.get(way).text
    assert "Not part of the rate." in page
    assert "no margin of error" in page
    assert "zebra" not in page
    assert supervisor.get(way).status_code == 403
    record = f"/rounds/{ROUND_ID}/records/open_answers.json"
    assert official.get(record).status_code == 200
    assert supervisor.get(record).status_code == 404
