"""How many answers came in each hour of a round: the finest that is ever kept of their times.

A submission writes nothing timed. Once an hour, on the hour, the site counts the envelopes of each
round and enters in the audit log how many are new. Hours without answers have no entry.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.assessments.models import CLOSED, FIELD, Round
from survey.audit_log import AuditEvent, record_event
from survey.database import Database
from survey.paper_entry.operations import log_typed_sheets
from survey.responses.models import Envelope

ACTION = "round.submissions"
ACTOR = "site"

log = structlog.get_logger()


def log_submissions(session: Session, round_: Round, hour: str = "") -> int:
    """Enter the answers that came since the last entry, if any, under an hour (default: this one).

    Sheets that clerks typed in are entered beside them. Returns the number of answers. The round
    must be locked by the caller: two at once would count twice.
    """
    query = select(func.count()).where(Envelope.round_id == round_.id)
    new: int = (session.scalar(query) or 0) - sum(count_by_hour(session, round_))
    if new > 0:
        hour = hour or name_hour(datetime.now(UTC))
        record_event(session, ACTOR, ACTION, round_.id, hour=hour, submissions=new)
    log_typed_sheets(session, round_)
    return max(new, 0)


def log_hour(database: Database, ended: datetime) -> None:
    """Enter, for each round in the field or closed, the answers of the hour that ended."""
    query = select(Round.id).where(Round.status.in_((FIELD, CLOSED)))
    with database.sessions() as session:
        rounds = list(session.scalars(query))
    for round_id in rounds:
        with database.transaction() as session:
            # The lock lets answers under way be stored first, and another process wait.
            round_ = session.get_one(Round, round_id, with_for_update=True)
            if round_.status in (FIELD, CLOSED):
                log_submissions(session, round_, name_hour(ended))


def count_by_hour(session: Session, round_: Round) -> list[int]:
    """Return the entries of a round in their order, as `scoring.link_checks` reads them."""
    query = (
        select(AuditEvent.detail)
        .where(AuditEvent.subject == round_.id, AuditEvent.action == ACTION)
        .order_by(AuditEvent.number)
    )
    return [detail["submissions"] for detail in session.scalars(query)]


def name_hour(time: datetime) -> str:
    """Return the hour of a time.

    >>> name_hour(datetime(2026, 11, 22, 18, 59, tzinfo=UTC))
    '2026-11-22T18Z'
    """
    return time.astimezone(UTC).strftime("%Y-%m-%dT%HZ")


def seconds_to_next_hour(now: datetime) -> float:
    """Return how long it is to the next full hour.

    >>> seconds_to_next_hour(datetime(2026, 11, 22, 18, 59, tzinfo=UTC))
    60.0
    """
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return (next_hour - now).total_seconds()


def keep_hours(database: Database) -> None:
    """Log each hour as it ends, in a thread of this process; asked for again, it is there already.

    Called at each request: a server's processes are forked after the site is made, and a fork
    takes no threads along.
    """
    if os.getpid() in _KEPT_BY:
        return
    _KEPT_BY.add(os.getpid())
    threading.Thread(target=_log_for_ever, args=(database,), name="hours", daemon=True).start()


_KEPT_BY: set[int] = set()


def _log_for_ever(database: Database) -> None:
    pause = threading.Event()
    while True:
        pause.wait(seconds_to_next_hour(datetime.now(UTC)))
        try:
            log_hour(database, datetime.now(UTC) - timedelta(minutes=30))
        except Exception as error:  # the next hour counts what this one could not
            log.error("hours.failed", error=type(error).__name__)
