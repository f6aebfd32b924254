"""The audit log: a chain that shows what was changed or taken out."""

import pytest
from sqlalchemy import delete, update

from survey.audit_log import AuditEvent, find_breaks, read_head, record_event
from survey.database import Database


@pytest.fixture
def chain(database: Database) -> Database:
    with database.transaction() as session:
        session.execute(delete(AuditEvent))
        for number in range(1, 6):
            record_event(session, "zhang", "round.create", "r1", step=number)
    return database


def test_an_untouched_log_has_no_breaks(chain: Database) -> None:
    with chain.sessions() as session:
        assert list(find_breaks(session)) == []
        assert read_head(session)[0] == 5


def test_a_changed_entry_shows(chain: Database) -> None:
    with chain.transaction() as session:
        session.execute(update(AuditEvent).where(AuditEvent.number == 3).values(actor="li"))
    with chain.sessions() as session:
        assert list(find_breaks(session)) == [3]


def test_a_missing_entry_shows_at_its_successor(chain: Database) -> None:
    with chain.transaction() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.number == 3))
    with chain.sessions() as session:
        assert list(find_breaks(session)) == [4]


def test_an_entry_falls_with_its_transaction(chain: Database) -> None:
    with pytest.raises(RuntimeError), chain.transaction() as session:  # noqa: PT012 - one fact
        record_event(session, "zhang", "round.create", "r2")
        raise RuntimeError
    with chain.sessions() as session:
        assert read_head(session)[0] == 5
