"""The audit log (审计日志): who did what, each entry bound to the one before it by its hash.

An entry is written in the transaction of the fact it tells. A respondent's submission writes none,
for a timed entry would tie a person to an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import JSON, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from sampling.canonical import digest
from sampling.problems import N_, Problem
from survey.database import Base

FIRST = "0" * 64
HEAD = re.compile(r"(\d{1,15}):([0-9a-f]{64})")
APPEND_LOCK = 7_301_455  # any number, the same in every process: serialises appends on PostgreSQL


class AuditEvent(Base):
    """One entry; `hash` covers the entry and `previous`, the hash of the entry before."""

    __tablename__ = "audit_event"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    def content(self) -> dict[str, Any]:
        """Return what the hash is taken of."""
        return {
            "number": self.number,
            "at": self.at,
            "actor": self.actor,
            "action": self.action,
            "subject": self.subject,
            "detail": self.detail,
            "previous": self.previous,
        }


def record_event(
    session: Session, actor: str, action: str, subject: str, **detail: object
) -> AuditEvent:
    """Append an entry; it stands or falls with the caller's transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": APPEND_LOCK})
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).first()
    event = AuditEvent(
        number=last.number + 1 if last else 1,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=last.hash if last else FIRST,
    )
    event.hash = digest(event.content())
    session.add(event)
    session.flush()
    return event


def find_breaks(session: Session) -> Iterator[int]:
    """Yield the number of each entry that was changed, or whose forerunner is missing."""
    previous, expected = FIRST, 1
    query = select(AuditEvent).order_by(AuditEvent.number)
    for event in session.scalars(query.execution_options(yield_per=1000)):
        intact = event.hash == digest(event.content())
        if not (intact and event.previous == previous and event.number == expected):
            yield event.number
        previous, expected = event.hash, event.number + 1


class Head(NamedTuple):
    """Number and hash of an entry, at some time the last one (链头); (0, zeros) of an empty log.

    Written ``12:9f86d0…`` it stands beside certificates: a chain alone does not show that its end
    was cut off, a head that somebody noted does.
    """

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def read_head(session: Session) -> Head:
    """Return the head of the log as it stands."""
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).first()
    return Head(last.number, last.hash) if last else Head(0, FIRST)


def parse_head(text: str) -> Head:
    """Return a head as somebody noted it; raise `Problem` when it is none.

    >>> parse_head("0:" + "0" * 64).number
    0
    """
    found = HEAD.fullmatch("".join(text.split()).lower())
    if not found:
        raise Problem(N_("expected NUMBER:HASH with 64 hex digits, got {got!r}"), got=text)
    return Head(int(found[1]), found[2])


def holds_head(session: Session, head: Head) -> bool:
    """Say whether the log still holds the entry that was its head once, unchanged."""
    if head.number == 0:
        return head.hash == FIRST
    event = session.get(AuditEvent, head.number)
    return event is not None and event.hash == head.hash == digest(event.content())
