"""Finding entries of the audit log: those of one's own region, narrowed by what is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased

from survey.accounts.models import ADMINISTRATOR, OFFICIAL, User
from survey.assessments.models import Round
from survey.audit_log import AuditEvent
from survey.localization import BEIJING

PAGE = 50
# What tells of answers is for officials: the others see that it was done, and by whom.
SEALED_ACTIONS = ("round.judge",)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for; empty is everything. Days are Beijing days, `before` is an entry."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None


def find_events(session: Session, user: User, asked: Filter) -> list[AuditEvent]:
    """Return the newest entries of somebody's region, one more than a page if there are more."""
    query = select(AuditEvent).where(*list_conditions(user, asked))
    return list(session.scalars(query.order_by(AuditEvent.number.desc()).limit(PAGE + 1)))


def list_conditions(user: User, asked: Filter) -> list[ColumnElement[bool]]:
    """Return the conditions that region and filter set."""
    found = [lies_within(user)]
    for column, text in (
        (AuditEvent.actor, asked.actor),
        (AuditEvent.action, asked.action),
        (AuditEvent.subject, asked.subject),
    ):
        if text:
            found.append(column.startswith(text, autoescape=True))
    if asked.since:
        found.append(AuditEvent.at >= begin_of(asked.since))
    if asked.until:
        found.append(AuditEvent.at < begin_of(asked.until + timedelta(days=1)))
    if asked.before is not None:
        found.append(AuditEvent.number < asked.before)
    return found


def lies_within(user: User) -> ColumnElement[bool]:
    """Return the condition that an entry is about somebody's region, or about themselves.

    What concerns other people is for administrators; the others read of rounds.
    """
    if not user.region and user.has_role(ADMINISTRATOR):
        return AuditEvent.number > 0  # also of what is no longer there
    rounds = select(Round.id).where(Round.region.startswith(user.region))
    inside = or_(AuditEvent.subject.in_(rounds), AuditEvent.subject.in_(list_deleted(user.region)))
    if not user.has_role(ADMINISTRATOR):
        return or_(inside, AuditEvent.subject == user.username)
    people = select(User.username).where(User.region.startswith(user.region))
    return or_(inside, AuditEvent.subject.in_(people))


def list_deleted(region: str) -> Select[str]:
    """Return the query for the rounds of a region that were deleted."""
    deletion = aliased(AuditEvent)
    return select(deletion.subject).where(
        deletion.action == "round.delete",
        deletion.detail["region"].as_string().startswith(region),
    )


def begin_of(day: date) -> str:
    """Return when a day begins in Beijing, as entries are dated."""
    return datetime.combine(day, time(), BEIJING).astimezone(UTC).isoformat(timespec="seconds")


def tell_detail(user: User, event: AuditEvent) -> list[tuple[str, Any]]:
    """Return what an entry holds beside who, what and when, as far as this person may read it."""
    if event.action in SEALED_ACTIONS and not user.has_role(OFFICIAL):
        return []
    return sorted(event.detail.items())
