"""The audit log (审计日志): who did what, each entry bound to the one before it by its hash.

An entry is written in the transaction of the fact it tells. A respondent's submission writes none,
for a timed entry would tie a person to an answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from sampling.canonical import digest
from survey.database import Base

FIRST = "0" * 64
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
    for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)):
        intact = event.hash == digest(event.content())
        if not (intact and event.previous == previous and event.number == expected):
            yield event.number
        previous, expected = event.hash, event.number + 1


def read_head(session: Session) -> tuple[int, str]:
    """Return number and hash of the last entry, as printed on certificates; (0, zeros) if none."""
    last = session.scalars(select(AuditEvent).order_by(AuditEvent.number.desc()).limit(1)).first()
    return (last.number, last.hash) if last else (0, FIRST)
