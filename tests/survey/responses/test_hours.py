"""The audit log counts submissions by the hour, and nothing keeps a finer time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from sqlalchemy import select

from survey.assessments.models import FIELD, OPENED, Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.responses.hours import ACTION, count_by_hour, log_hour
from survey.responses.models import Envelope
from tests.survey.factories import make_round

HOUR = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
NEXT = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)


def add_envelopes(database: Database, round_id: str, *leaves: str) -> None:
    with database.transaction() as session:
        session.add_all(Envelope(leaf=leaf, round_id=round_id, ciphertext=b"x") for leaf in leaves)


def make_field(database: Database, status: str = FIELD) -> str:
    with database.transaction() as session:
        return make_round(session, status=status).id


def test_each_hour_has_its_number_and_no_more(database: Database) -> None:
    round_id = make_field(database)
    add_envelopes(database, round_id, "a", "b", "c")
    log_hour(database, HOUR)
    log_hour(database, HOUR)  # another process does so too
    log_hour(database, NEXT)  # nobody came
    add_envelopes(database, round_id, "d")
    log_hour(database, NEXT)
    with database.sessions() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all()
        assert count_by_hour(session, session.get_one(Round, round_id)) == [3, 1]
    assert [(event.action, event.actor, event.subject, event.detail) for event in events] == [
        (ACTION, "site", round_id, {"hour": "2026-11-22T18Z", "submissions": 3}),
        (ACTION, "site", round_id, {"hour": "2026-11-22T19Z", "submissions": 1}),
    ]


def test_processes_at_once_count_once(database: Database) -> None:
    round_id = make_field(database)
    add_envelopes(database, round_id, *(f"leaf {number}" for number in range(20)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: log_hour(database, HOUR), range(8)))
    with database.sessions() as session:
        assert count_by_hour(session, session.get_one(Round, round_id)) == [20]


def test_rounds_are_counted_apart_and_opened_ones_no_more(database: Database) -> None:
    first, second, opened = (make_field(database, s) for s in (FIELD, FIELD, OPENED))
    add_envelopes(database, first, "a", "b")
    add_envelopes(database, second, "c")
    add_envelopes(database, opened, "d")
    log_hour(database, HOUR)
    with database.sessions() as session:
        found = [count_by_hour(session, session.get_one(Round, r)) for r in (first, second, opened)]
    assert found == [[2], [1], []]
