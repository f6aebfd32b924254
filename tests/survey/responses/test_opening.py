"""Before the opening nothing can be read, after it nothing can be tied to anybody."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import Engine, select, text

from sampling.problems import Problem
from sampling.verification import Difference
from scoring.record import verify_answers
from survey.assessments.models import ANSWERS, CLOSED, FIELD, OPENED, RATE, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent
from survey.database import Base, Database
from survey.questionnaires.edition import load_edition
from survey.responses.counted import list_papers
from survey.responses.envelope import SUITE, leaf_hash, new_round_key, seal
from survey.responses.models import AnswerPaper, Envelope
from survey.responses.opening import Silence, open_round
from survey.responses.submission import find_invitation, submit_answers
from survey.samples.models import Link, Selection
from survey.settings import Settings
from tests.survey.factories import (
    PRIVATE_KEY,
    PUBLIC_KEY,
    make_link,
    make_plan_record,
    make_round,
    make_selection,
)
from tests.survey.responses.conftest import fill

MARK = "zebra-mark-{}"
PEOPLE = 24
FLAGS = {"speed": "normal", "straight_line": "yes", "burst": "none"}


@pytest.fixture
def answered(database: Database, settings: Settings) -> str:
    """The id of a closed round in which everybody answered, each with a mark of their own."""
    with database.transaction() as session:
        round_ = make_round(session, status=FIELD)
        for number in range(PEOPLE):
            category = ("parent", "student")[number % 2]
            selection = make_selection(session, round_, category=category)
            code = make_link(session, selection, settings.link_key)
            invitation = find_invitation(session.connection(), settings.link_key, code)
            assert invitation is not None
            paper = load_edition("national-2026").paper_for(category)
            answers = fill(paper, "mostly", MARK.format(number))
            submit_answers(session.connection(), invitation, answers, FLAGS)
        make_plan_record(session, round_)
        round_.status = CLOSED
    return round_.id


def open_it(database: Database, round_id: str, key: str = PRIVATE_KEY) -> int:
    open_round(database, round_id, key, "official", Silence())
    with database.sessions() as session:
        return len(session.scalars(select(AnswerPaper)).all())


def read_everything(engine: Engine, home: Path) -> bytes:
    """Return all that the database holds: its files (SQLite) or its tables (PostgreSQL)."""
    if engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in home.glob("renkedu*"))
    with engine.connect() as connection:
        tables = Base.metadata.sorted_tables
        rows = [connection.execute(select(table)).all() for table in tables]
    return repr(rows).encode()


def test_before_the_opening_no_answer_can_be_read(
    answered: str, database: Database, settings: Settings
) -> None:
    everything = read_everything(database.engine, settings.home)
    assert answered.encode() in everything
    assert b"zebra" not in everything
    assert b"mostly" not in everything


def test_all_envelopes_are_opened_and_destroyed(
    answered: str, database: Database, settings: Settings
) -> None:
    with database.sessions() as session:
        sealed = session.execute(select(Envelope.leaf, Envelope.ciphertext)).all()
    assert open_it(database, answered) == PEOPLE
    with database.sessions() as session:
        papers = session.scalars(select(AnswerPaper)).all()
        assert not session.scalars(select(Envelope)).all()
        assert session.get_one(Round, answered).status == OPENED
        certificate = find_record(session, session.get_one(Round, answered), ANSWERS)
        assert find_record(session, session.get_one(Round, answered), RATE)
    assert certificate is not None
    body = read_body(certificate)
    assert body["leaves"] == sorted(leaf for leaf, _ in sealed)
    verify_answers(body)
    assert sorted(paper.answers["suggestion"] for paper in papers) == sorted(
        MARK.format(number) for number in range(PEOPLE)
    )
    everything = read_everything(database.engine, settings.home)
    assert not any(ciphertext[40:72] in everything for _, ciphertext in sealed)


def test_no_certificate_holds_an_open_answer(answered: str, database: Database) -> None:
    open_it(database, answered)
    with database.sessions() as session:
        for kind in (ANSWERS, RATE):
            record = find_record(session, session.get_one(Round, answered), kind)
            assert record is not None
            assert "zebra" not in record.body


def test_a_paper_carries_nothing_but_its_answers(answered: str, database: Database) -> None:
    open_it(database, answered)
    with database.sessions() as session:
        papers = session.scalars(select(AnswerPaper)).all()
        people = {row.id for row in session.scalars(select(Selection))}
        links = {row.code_digest for row in session.scalars(select(Link))}
    assert {column.name for column in AnswerPaper.__table__.columns} == {
        "id", "round_id", "category", "answer_stratum", "answers", "flags",
    }  # fmt: skip
    assert all(len(paper.id) == 32 and paper.flags == FLAGS for paper in papers)
    assert not {paper.id for paper in papers} & (links | set(map(str, people)))


def test_the_order_of_the_papers_is_no_longer_that_of_the_answers(
    answered: str, database: Database
) -> None:
    """Rows come out in the order they were written; 1 in 24! that a shuffle leaves it."""
    open_it(database, answered)
    column = "rowid" if database.engine.dialect.name == "sqlite" else "ctid"
    with database.sessions() as session:
        papers = session.scalars(select(AnswerPaper).order_by(text(column))).all()
    written = [paper.answers["suggestion"] for paper in papers]
    assert written != [MARK.format(number) for number in range(PEOPLE)]


def test_the_opening_leaves_events_with_counts_only(answered: str, database: Database) -> None:
    open_it(database, answered)
    with database.sessions() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject == answered)).all()
    told = {event.action: event.detail for event in events}
    hour = told["round.submissions"].pop("hour")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\dZ", hour)
    assert told == {
        "round.submissions": {"submissions": PEOPLE},
        "round.open": {"papers": PEOPLE, "answered": PEOPLE},
        "round.destroy": {"envelopes": PEOPLE},
    }


def test_the_papers_are_what_the_estimates_read(answered: str, database: Database) -> None:
    open_it(database, answered)
    with database.sessions() as session:
        papers = list_papers(session, session.get_one(Round, answered))
    assert sorted((paper.category, paper.answer_stratum) for paper in papers) == [
        (category, category) for category in ("parent", "student") for _ in range(PEOPLE // 2)
    ]


def assert_still_closed(database: Database, round_id: str) -> None:
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == CLOSED
        assert len(session.scalars(select(Envelope)).all()) == PEOPLE
        assert not session.scalars(select(AnswerPaper)).all()


def test_another_key_changes_nothing(answered: str, database: Database) -> None:
    with pytest.raises(Problem, match="not the private key of this round"):
        open_it(database, answered, new_round_key()[0])
    assert_still_closed(database, answered)


def damage(database: Database, number: int) -> list[str]:
    """Change a bit in so many envelopes; return their receipts."""
    with database.transaction() as session:
        envelopes = session.scalars(select(Envelope).order_by(Envelope.leaf).limit(number)).all()
        for envelope in envelopes:
            changed = bytearray(envelope.ciphertext)
            changed[100] ^= 1
            envelope.ciphertext = bytes(changed)
        return [envelope.leaf for envelope in envelopes]


def read_certificate(database: Database, round_id: str) -> dict[str, Any]:
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, round_id), ANSWERS)
        assert record is not None
        return read_body(record)


def test_one_changed_envelope_is_set_aside_and_the_others_count(
    answered: str, database: Database
) -> None:
    """Its person stays among those asked and those who answered; the sums still agree."""
    [receipt] = damage(database, 1)
    assert open_it(database, answered) == PEOPLE - 1
    body = read_certificate(database, answered)
    verify_answers(body)
    assert receipt in body["leaves"]
    assert len(body["leaves"]) == PEOPLE
    assert (body["papers"], body["official"]["denominator"]) == (PEOPLE - 1, PEOPLE - 1)
    assert body["set_aside"] == [{"leaf": receipt, "reason": "unreadable"}]
    with database.sessions() as session:
        round_ = session.get_one(Round, answered)
        event = session.scalars(select(AuditEvent).where(AuditEvent.action == "round.open")).one()
        assert event.detail == {"papers": PEOPLE - 1, "answered": PEOPLE, "set_aside": 1}
        rate = find_record(session, round_, RATE)
        assert rate is not None
        [response] = [read_body(rate)["judgement"]["non_response"]]
        assert response["issued"] - response["papers"] == 1
        assert not session.scalars(select(Envelope)).all()
    forgeries: list[dict[str, Any]] = [
        {"set_aside": []},
        {"set_aside": [{"leaf": "0" * 64, "reason": "unreadable"}]},
        {"set_aside": [{"leaf": receipt, "reason": "x"}]},
        {"set_aside": body["set_aside"] * 2},
    ]
    for forged in forgeries:
        with pytest.raises(Difference):
            verify_answers(body | forged)


def test_many_changed_envelopes_stop_it_until_somebody_says_how_many_may_be(
    answered: str, database: Database
) -> None:
    receipts = damage(database, 2)
    with pytest.raises(Problem, match="more than 1 of 24 envelopes cannot be opened") as stopped:
        open_it(database, answered)
    assert stopped.value.where == receipts[0]
    assert_still_closed(database, answered)
    open_round(database, answered, PRIVATE_KEY, "official", Silence(), most_damaged=2)
    body = read_certificate(database, answered)
    assert [row["leaf"] for row in body["set_aside"]] == receipts


FORGED: list[dict[str, object]] = [
    {"answers": {"overall": "excellent"}},
    {"answers": {"overall": "mostly", "more": "x"}},
    {"answers": {}},
    {"category": "visitor"},
    {"category": "teacher"},
    {"edition": "national-1999"},
    {"answer_stratum": "nowhere"},
    {"time": "2026-01-01"},
    {"flags": {"speed": "12 seconds"}},
    {"flags": {"address": "203.0.113.7"}},
    {"flags": {"speed": ["normal"]}},
    {"flags": 7},
    {"answers": ["overall"]},
    {"answers": {"overall": 7}},
    {"category": ["parent"]},
    {"answer_stratum": "student"},
]


def test_forged_envelopes_are_not_counted(answered: str, database: Database) -> None:
    right = {
        "edition": "national-2026",
        "category": "parent",
        "answer_stratum": "parent",
        "answers": {"overall": "mostly"},
        "flags": {},
    }
    public = X25519PublicKey.from_public_bytes(bytes.fromhex(PUBLIC_KEY))
    info = b"renkedu envelope 1\n" + answered.encode()
    sealed = [seal(PUBLIC_KEY, answered, right | payload) for payload in FORGED]
    for text_of in (b"no JSON", b"[1]", b"[" * 4000, b"\xff"):
        sealed.append(b"\x01" + SUITE.encrypt(text_of, public, info=info))
    with database.transaction() as session:
        for forged in sealed:
            session.add(Envelope(leaf=leaf_hash(forged), round_id=answered, ciphertext=forged))
    open_round(database, answered, PRIVATE_KEY, "official", Silence(), most_damaged=len(sealed))
    body = read_certificate(database, answered)
    verify_answers(body)
    assert body["papers"] == PEOPLE
    reasons = {row["leaf"]: row["reason"] for row in body["set_aside"]}
    assert set(reasons) == set(map(leaf_hash, sealed))
    assert all(reasons[leaf_hash(forged)] == "unfit" for forged in sealed[: len(FORGED)])


@pytest.mark.parametrize("status", [FIELD, OPENED])
def test_only_a_closed_round_is_opened(answered: str, database: Database, status: str) -> None:
    with database.transaction() as session:
        session.get_one(Round, answered).status = status
    with pytest.raises(Problem, match=r"not open|not counted"):  # at the first step, at the last
        open_it(database, answered)
    with database.sessions() as session:
        assert len(session.scalars(select(Envelope)).all()) == PEOPLE


def test_a_round_nobody_answered_can_be_opened(database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=CLOSED)
        make_selection(session, round_)
        make_plan_record(session, round_)
    assert open_it(database, round_.id) == 0
