"""Logs of the site that a person can take home (程序记录, 台账): lines bound to each other.

A line is appended by the very code that the command line appends with, which wants a file: the
lines so far are written into one, and the new line is read back out of it. So the log that a page
keeps and the one that `renkedu procedure` or `renkedu ledger` checks cannot differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from sampling.canonical import canonical_json, sha256_text
from survey.assessments.models import new_id, now
from survey.database import Base
from survey.exports import JSON_LINES_TYPE, Export

PROCEDURE, LEDGER = "procedure", "ledger"
"""Kinds of logs: a province's year through the stages, a county's ledger of gaps."""


class EventLog(Base):
    """A log: what it is of. `region` is a province's two digits or a county's six."""

    __tablename__ = "event_log"
    __table_args__ = (UniqueConstraint("kind", "region", "year", "rule_set", "is_rehearsal"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    region: Mapped[str] = mapped_column(String(6), index=True)
    title: Mapped[str] = mapped_column(String(80))
    year: Mapped[int]  # 0 where a log is not of one year
    rule_set: Mapped[str] = mapped_column(String(64))
    is_rehearsal: Mapped[bool]
    created_at: Mapped[str] = mapped_column(String(32), default=now)


class LogLine(Base):
    """A line of a log as canonical JSON with its newline, which is what its digest is taken of."""

    __tablename__ = "log_line"

    log_id: Mapped[str] = mapped_column(ForeignKey("event_log.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[str] = mapped_column(Text)


def append_line(
    session: Session, log: EventLog, append: Callable[[Path], Mapping[str, object]]
) -> LogLine:
    """Append the line that `append` writes to the end of the file it is given.

    The log is locked for the length of the transaction. What `append` raises leaves it as it was.
    """
    session.refresh(log, with_for_update=True)
    bodies = read_bodies(session, log)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{log.kind}.jsonl"
        if bodies:
            path.write_text("".join(bodies), encoding="utf-8")
        written = append(path)
    line = LogLine(log_id=log.id, number=len(bodies) + 1, body=canonical_json(written))
    session.add(line)
    session.flush()
    return line


def read_bodies(session: Session, log: EventLog) -> list[str]:
    """Return the lines of a log in order, each in its exact bytes."""
    query = select(LogLine.body).where(LogLine.log_id == log.id).order_by(LogLine.number)
    return list(session.scalars(query))


def read_lines(session: Session, log: EventLog) -> list[dict[str, Any]]:
    """Return the lines of a log as values; what they mean is for the cores to say."""
    return [json.loads(body) for body in read_bodies(session, log)]


def export_log(session: Session, log: EventLog, name: str) -> Export:
    """Return a whole log in its exact bytes, a row a line."""
    bodies = read_bodies(session, log)
    return Export("".join(bodies).encode(), JSON_LINES_TYPE, name, len(bodies))


def head_digest(bodies: list[str]) -> str:
    """Return the SHA-256 of the last line, which tells whether the end was cut off."""
    return sha256_text(bodies[-1]) if bodies else ""


def find_log(
    session: Session, kind: str, region: str, year: int, rule_set: str, *, is_rehearsal: bool
) -> EventLog | None:
    """Return the log of a kind for a region, year and rule set; a rehearsal's is another one."""
    return session.scalar(
        select(EventLog).where(
            EventLog.kind == kind,
            EventLog.region == region,
            EventLog.year == year,
            EventLog.rule_set == rule_set,
            EventLog.is_rehearsal == is_rehearsal,
        )
    )
