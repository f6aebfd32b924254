"""Contacts under a fresh key, or erased: nothing of the former bytes is left, on either engine."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.assessments.models import CLOSED, DRAFT, FIELD, Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.frames import contacts
from survey.frames.contacts import (
    count_contacts,
    erase_contacts,
    find_erasure_date,
    list_due,
    rotate_contacts,
)
from survey.frames.identity import Identity, Vault
from survey.frames.models import Person, RosterFile, RosterTrace
from survey.settings import SECRETS_FILE, Settings, read_roster_keys, read_secrets
from tests.survey.factories import make_round, make_selection

PEOPLE = 7


@pytest.fixture
def kept(settings: Settings) -> Settings:
    """The settings of an installation with a file of secrets."""
    made = read_secrets(settings.home / SECRETS_FILE)
    return replace(settings, roster_key=made["roster_key"])


@pytest.fixture
def round_id(database: Database, kept: Settings) -> str:
    """The id of a closed round with people whose contacts are there."""
    with database.transaction() as session:
        round_ = make_round(session, status=CLOSED)
        vault = Vault.of(kept, round_.id)
        for number in range(PEOPLE):
            person = make_selection(session, round_).person
            identity = Identity(str(number), f"姓名{number}", "13800000000", "三(2)班")
            person.identity = vault.encrypt(person.unit_id, identity)
        return round_.id


def list_sealed(session: Session) -> list[bytes]:
    return list(session.scalars(select(Person.identity).order_by(Person.id)))


def read_names(database: Database, settings: Settings, round_id: str) -> list[str]:
    with database.sessions() as session:
        people = session.scalars(select(Person).order_by(Person.id))
        return [Vault.of(settings, round_id).read(person).name for person in people]


def read_bytes(database: Database, home: Path) -> bytes:
    """Return the database's files; on PostgreSQL those of the tables, dead rows and all."""
    if database.is_sqlite:
        return b"".join(path.read_bytes() for path in home.glob("renkedu*"))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        folder = Path(connection.scalar(text("SHOW data_directory")) or "")
        tables = [
            connection.scalar(text(f"SELECT pg_relation_filepath('{name}')"))
            for name in ("person", "roster_file", "roster_trace")
        ]
    return b"".join((folder / str(table)).read_bytes() for table in tables)


NAMES = [f"姓名{number}" for number in range(PEOPLE)]


def test_a_rotation_leaves_nothing_under_the_old_key(
    database: Database, kept: Settings, round_id: str
) -> None:
    with database.sessions() as session:
        before = list_sealed(session)
    assert before[0] in read_bytes(database, kept.home)  # it looks in the right place
    assert rotate_contacts(database, kept, "console") == PEOPLE
    assert read_names(database, kept, round_id) == NAMES
    everything = read_bytes(database, kept.home)
    assert not any(sealed[12:] in everything for sealed in before)
    stored = json.loads((kept.home / SECRETS_FILE).read_text())
    assert stored["roster_key"] != kept.roster_key
    assert kept.roster_key not in stored.values()
    assert read_roster_keys(kept) == (stored["roster_key"],)
    with database.sessions() as session:
        event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.detail) == ("contacts.rotate", {"people": PEOPLE})


class Cut(RuntimeError):
    """The power went."""


@pytest.mark.parametrize("at", [0, 1, 3, PEOPLE - 1])
def test_a_rotation_that_is_cut_goes_on(
    database: Database, kept: Settings, round_id: str, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    """In between everybody can be read, and who is taken in meanwhile is under the fresh key."""
    monkeypatch.setattr(contacts, "BATCH", 2)
    encrypt, calls = Vault.encrypt, iter(range(10_000))

    def cut(vault: Vault, unit_id: str, identity: Identity) -> bytes:
        if next(calls) == at:
            raise Cut
        return encrypt(vault, unit_id, identity)

    with monkeypatch.context() as broken:
        broken.setattr(Vault, "encrypt", cut)
        with pytest.raises(Cut):
            rotate_contacts(database, kept, "console")
    assert read_names(database, kept, round_id) == NAMES
    fresh, old = read_roster_keys(kept)
    assert old == kept.roster_key
    assert rotate_contacts(database, kept, "console") == PEOPLE
    assert read_names(database, kept, round_id) == NAMES
    assert read_roster_keys(kept) == (fresh,)


def test_a_contact_that_no_key_opens_keeps_both_keys(
    database: Database, kept: Settings, round_id: str
) -> None:
    with database.transaction() as session:
        session.scalars(select(Person).limit(1)).one().identity = b"x" * 60
    with pytest.raises(Problem, match="cannot be decrypted"):
        rotate_contacts(database, kept, "console")
    assert kept.roster_key in read_roster_keys(kept)


def test_an_erasure_leaves_nothing(database: Database, kept: Settings, round_id: str) -> None:
    with database.sessions() as session:
        before = list_sealed(session)
    assert erase_contacts(database, round_id, "console") == PEOPLE
    everything = read_bytes(database, kept.home)
    assert not any(sealed[12:] in everything for sealed in before)
    with database.sessions() as session:
        assert list_sealed(session) == [b""] * PEOPLE
        assert len(set(session.scalars(select(Person.unit_id)))) == PEOPLE
        event = session.scalars(select(AuditEvent)).one()
    assert (event.action, event.detail) == ("contacts.erase", {"people": PEOPLE})
    with pytest.raises(Problem, match="have been erased"):
        read_names(database, kept, round_id)
    assert erase_contacts(database, round_id, "console") == 0


def test_an_erasure_reaches_uploads_and_digests_of_earlier_rounds(
    database: Database, kept: Settings, round_id: str
) -> None:
    marks = [bytes([mark]) * 25 for mark in (0xB1, 0xB2, 0xB3, 0xB4)]
    with database.transaction() as session:
        this = session.get_one(Round, round_id)
        former, later = (make_round(session, status=CLOSED, year=this.year + n) for n in (-1, 1))
        former.created_at, this.created_at = "2001", "2002"
        for round_, mark in zip((former, this, later), marks, strict=False):
            session.add(RosterTrace(round_id=round_.id, digests=mark))
        session.add(
            RosterFile(id="0" * 16, round_id=round_id, filename="x", encoding="", content=marks[3])
        )
        this_id, later_id = this.id, later.id
    erase_contacts(database, round_id, "console")
    with database.sessions() as session:
        assert set(session.scalars(select(RosterTrace.round_id))) == {this_id, later_id}
    everything = read_bytes(database, kept.home)
    assert [mark in everything for mark in marks] == [False, True, True, False]


def test_other_rounds_keep_theirs(database: Database, kept: Settings, round_id: str) -> None:
    with database.transaction() as session:
        other = make_round(session, status=CLOSED)
        person = make_selection(session, other).person
        sealed = Vault.of(kept, other.id).encrypt(person.unit_id, Identity("1", "王", "", ""))
        person.identity = sealed
    erase_contacts(database, round_id, "console")
    with database.sessions() as session:
        assert count_contacts(session, session.get_one(Round, other.id)) == 1
    assert rotate_contacts(database, kept, "console") == 1


def test_the_field_keeps_its_contacts(database: Database, kept: Settings, round_id: str) -> None:
    with database.transaction() as session:
        session.get_one(Round, round_id).status = FIELD
    with pytest.raises(Problem, match="in the field"):
        erase_contacts(database, round_id, "console")
    with pytest.raises(Problem, match="no round"):
        erase_contacts(database, "0" * 16, "console")
    assert read_names(database, kept, round_id) == NAMES


@pytest.fixture
def closed_at(database: Database, round_id: str) -> datetime:
    now = datetime.now(UTC)
    with database.transaction() as session:
        session.get_one(Round, round_id).closed_at = now.isoformat(timespec="seconds")
    return now


def test_the_date_comes_ninety_days_after_the_close(
    database: Database, kept: Settings, round_id: str, closed_at: datetime
) -> None:
    due = (closed_at + timedelta(days=90)).date()
    with database.sessions() as session:
        assert find_erasure_date(kept, session.get_one(Round, round_id)) == due
    assert list_due(database, kept) == []
    assert list_due(database, kept, due - timedelta(days=1)) == []
    assert list_due(database, kept, due) == [round_id]
    assert list_due(database, replace(kept, keep_contacts_days=0)) == [round_id]
    erase_contacts(database, round_id, "console")
    assert list_due(database, kept, due) == []


def test_a_round_that_was_never_closed_keeps_them_for_a_year(
    database: Database, kept: Settings, round_id: str
) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        round_.status = DRAFT
        due = (datetime.fromisoformat(round_.created_at) + timedelta(days=365)).date()
    assert list_due(database, kept, due - timedelta(days=1)) == []
    assert list_due(database, kept, due) == [round_id]
