"""Answers by day, and how many there may be at the close.

Days come from the audit log, where each hour's answers of a round are entered as one number; no
finer time of an answer exists anywhere, and none by category or place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.audit_log import AuditEvent
from survey.localization import BEIJING
from survey.responses.hours import ACTION
from survey.samples.progress import Tally

RECENT_DAYS = 3  # full days whose mean is taken for the pace
MOST_DAYS = 400  # a window with a wrong year does not fill the page


@dataclass(frozen=True, slots=True)
class Day:
    """Answers of one day, all up to its end, and how many an even pace asks for by then."""

    day: str
    answers: int
    together: int
    planned: int | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """Answers to expect at the close if the recent pace holds; `most` if everybody open answers."""

    answers: int
    pace: float
    until: str
    most: int


def today_in_china() -> date:
    """Return the day it is in China."""
    return datetime.now(BEIJING).date()


def count_by_day(session: Session, round_: Round) -> dict[date, int]:
    """Return the answers entered for a round by day, Beijing time; days without are left out."""
    query = select(AuditEvent.detail).where(
        AuditEvent.subject == round_.id, AuditEvent.action == ACTION
    )
    counts = Counter[date]()
    for detail in session.scalars(query):
        counts[day_of(detail["hour"])] += detail["submissions"]
    return dict(counts)


def day_of(hour: str) -> date:
    """Return the day in China of an hour of the log.

    >>> day_of("2026-11-22T18Z").isoformat()
    '2026-11-23'
    """
    return datetime.strptime(hour, "%Y-%m-%dT%HZ").replace(tzinfo=UTC).astimezone(BEIJING).date()


def list_days(
    counts: Mapping[date, int], round_: Round, target: int, today: date | None = None
) -> list[Day]:
    """Return every day from the first of the window (or answer) to today or the last of them."""
    today = today or today_in_china()
    first, last = read_day(round_.opens_on), read_day(round_.closes_on)
    begin = min([*counts, *([first] if first else [])], default=today)
    end = max([*counts, min(today, last) if last else today])
    days, together = list[Day](), 0
    for number in range(min((end - begin).days + 1, MOST_DAYS)):
        day = begin + timedelta(days=number)
        together += counts.get(day, 0)
        days.append(Day(day.isoformat(), counts.get(day, 0), together, plan_day(
            day, first, last, target)))  # fmt: skip
    return days


def plan_day(day: date, first: date | None, last: date | None, target: int) -> int | None:
    """Return how many answers an even pace asks for by the end of a day; None without a window.

    >>> plan_day(date(2026, 5, 2), date(2026, 5, 1), date(2026, 5, 4), 120)
    60
    """
    if not (first and last):
        return None
    share = ((day - first).days + 1) / ((last - first).days + 1)
    return round(target * min(max(share, 0), 1))


def expect(
    counts: Mapping[date, int], round_: Round, total: Tally, today: date | None = None
) -> Expectation | None:
    """Return what to expect at the close; None before a full day, or without a last day to come.

    Assumed is that each day left, today included, brings as many answers as the mean of the last
    three full days, and that nobody answers who has refused. It is a pace, not a promise.
    """
    today = today or today_in_china()
    last, first = read_day(round_.closes_on), min(counts, default=today)
    full = min((today - first).days, RECENT_DAYS)
    if last is None or last < today or full < 1:
        return None
    recent = [counts.get(today - timedelta(days=back + 1), 0) for back in range(full)]
    pace = sum(recent) / full
    before = sum(number for day, number in counts.items() if day < today)
    most = total.answered + total.outstanding + total.unreachable
    reached = round(before + pace * ((last - today).days + 1))
    return Expectation(min(max(reached, total.answered), most), pace, last.isoformat(), most)


def read_day(text: str | None) -> date | None:
    """Return a day of the window."""
    return date.fromisoformat(text) if text else None
