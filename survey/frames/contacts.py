"""Names and numbers of a roster (联系方式): under another key, or gone.

Both can be interrupted and begun again, and both clear what the database keeps of former rows.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import FIELD, Round
from survey.audit_log import record_event
from survey.database import Database
from survey.frames.changes import came_before
from survey.frames.identity import Vault
from survey.frames.models import FaultyRow, Person, RosterFile, RosterTrace, StagedRows
from survey.settings import Settings, begin_roster_key_rotation, end_roster_key_rotation
from survey.traces import erase_traces

BATCH = 2000  # people in a transaction; nobody else waits for longer
KEY_LOCK = 7_301_456  # any number, the same in every process: who encrypts, and who rotates
ABANDONED_AFTER = timedelta(days=365)  # a round that was never closed
ERASED = b""
ENCRYPTED = (Person, RosterFile, StagedRows, FaultyRow)  # where names and numbers lie

STILL_IN_LOG = N_(
    "It is done, but another program is reading the database, and the former data are still in its "
    "log. End that program, then run the same command again."
)


def hold_roster_key(session: Session) -> None:
    """Keep the roster's key as it is till the end of the transaction; call before encrypting.

    On SQLite nothing is to be done: there is one writer at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:key)"), {"key": KEY_LOCK})


def rotate_contacts(database: Database, settings: Settings, actor: str) -> int:
    """Encrypt all contacts under a fresh key and drop the old one; return how many people.

    While it runs both keys are kept, and either reads; begun again after an interruption it goes
    on with the same fresh key. Raises `Problem` if a row opens with neither.
    """
    begin_roster_key_rotation(settings)
    with database.transaction() as session:  # whoever is encrypting with the old key comes first
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": KEY_LOCK})
        session.execute(delete(RosterFile))  # not taken in yet; it has to be uploaded again
    vaults: dict[str, Vault] = {}
    people, last = 0, 0
    while True:
        with database.transaction() as session:
            query = select(Person).where(Person.id > last, Person.identity != ERASED)
            batch = list(session.scalars(query.order_by(Person.id).limit(BATCH).with_for_update()))
            for person in batch:
                if person.round_id not in vaults:
                    vaults[person.round_id] = Vault.of(settings, person.round_id)
                vault = vaults[person.round_id]
                person.identity = vault.encrypt(person.unit_id, vault.read(person))
        if not batch:
            break
        people, last = people + len(batch), batch[-1].id
    with database.transaction() as session:
        record_event(session, actor, "contacts.rotate", "roster key", people=people)
    is_clear = erase_traces(database, *ENCRYPTED)
    end_roster_key_rotation(settings)
    if not is_clear:
        raise Problem(STILL_IN_LOG)
    return people


def erase_contacts(database: Database, round_id: str, actor: str) -> int:
    """Erase names, numbers and classes of a round's roster; return of how many people.

    Uploaded files that were not taken in go with them, and the keyed digests of the rounds before,
    which nothing is compared with any more; this round's stay for the comparison with the next.
    Pseudonyms and places stay: certificates speak of them. Raises `Problem` while the round is in
    the field, for cards could not be issued again.
    """
    with database.transaction() as session:
        round_ = session.get(Round, round_id, with_for_update=True)
        if round_ is None:
            raise Problem(N_("there is no round {round_id!r}"), round_id=round_id)
        if round_.status == FIELD:
            raise Problem(N_("the round is in the field; its contacts are erased after the close"))
        people = count_contacts(session, round_)
        session.execute(delete(RosterFile).where(RosterFile.round_id == round_.id))
        former = select(Round.id).where(*came_before(round_))
        session.execute(delete(RosterTrace).where(RosterTrace.round_id.in_(former)))
        if people:
            session.execute(
                update(Person)
                .where(Person.round_id == round_.id, Person.identity != ERASED)
                .values(identity=ERASED)
                .execution_options(synchronize_session=False)
            )
            record_event(session, actor, "contacts.erase", round_.id, people=people)
    if not erase_traces(database, *ENCRYPTED, RosterTrace):
        raise Problem(STILL_IN_LOG)
    return people


def count_contacts(session: Session, round_: Round) -> int:
    """Return of how many people of a round the contacts are still there."""
    query = select(func.count()).where(Person.round_id == round_.id, Person.identity != ERASED)
    return session.scalar(query) or 0


def find_erasure_date(settings: Settings, round_: Round) -> date:
    """Return the day from which the contacts of a round are due to be erased."""
    if round_.closed_at:
        kept = timedelta(days=settings.keep_contacts_days)
        return (datetime.fromisoformat(round_.closed_at) + kept).date()
    return (datetime.fromisoformat(round_.created_at) + ABANDONED_AFTER).date()


def list_due(database: Database, settings: Settings, today: date | None = None) -> list[str]:
    """Return the ids of the rounds whose contacts are due to be erased and still there."""
    today = today or datetime.now(UTC).date()
    with database.sessions() as session:
        rounds = session.scalars(select(Round).where(Round.status != FIELD).order_by(Round.id))
        return [
            round_.id
            for round_ in rounds
            if find_erasure_date(settings, round_) <= today and count_contacts(session, round_)
        ]
