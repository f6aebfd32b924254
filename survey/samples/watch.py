"""What the page of the progress shows, counted at most every few seconds for all who look.

Whoever watches asks again and again; no connection is held, and no count is kept in the database.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from sampling.canonical import sha256_text
from scoring.dispositions import Case
from scoring.response_rates import ResponseRow, response_rates
from survey.assessments.models import DRAW, Round
from survey.assessments.operations import find_record
from survey.samples.models import ANSWERED, NOT_ELIGIBLE, PENDING, REFUSED, UNREACHABLE
from survey.samples.pace import Day, Expectation, count_by_day, expect, list_days
from survey.samples.progress import Progress, Shortage, Tally, find_shortages, progress

KEPT_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Watch:
    """A round in the field at a glance."""

    status: str
    progress: Progress
    shortages: Sequence[Shortage]
    rates: Sequence[ResponseRow]
    days: Sequence[Day]
    expectation: Expectation | None

    @property
    def digest(self) -> str:
        """Say in a few letters what is shown: who has seen it needs nothing new."""
        return sha256_text(repr(self))[:16]

    @property
    def lacking(self) -> list[Shortage]:
        """The strata where somebody was lost and not yet made good."""
        return [shortage for shortage in self.shortages if shortage.missing]

    @property
    def releasable(self) -> int:
        """How many reserves can be released now in all strata."""
        return sum(shortage.releasable for shortage in self.shortages)


def watch(session: Session, round_: Round) -> Watch:
    """Count afresh how a round stands."""
    state = progress(session, round_)
    counts = count_by_day(session, round_)
    has_draw = find_record(session, round_, DRAW) is not None
    return Watch(
        status=round_.status,
        progress=state,
        shortages=find_shortages(session, round_) if has_draw else [],
        rates=rate_responses(state.categories),
        days=list_days(counts, round_, state.total.target),
        expectation=expect(counts, round_, state.total),
    )


def rate_responses(categories: Mapping[str, Tally]) -> list[ResponseRow]:
    """Return the response rates of everybody asked so far, then of each category (AAPOR)."""
    cases = [
        Case(name, name, disposition, number)
        for name, tally in categories.items()
        for disposition, number in (
            (ANSWERED, tally.answered),
            (REFUSED, tally.refused),
            (UNREACHABLE, tally.unreachable),
            (NOT_ELIGIBLE, tally.not_eligible),
            (PENDING, tally.outstanding),
        )
        if number
    ]
    rows = response_rates(cases) if cases else []
    return [row for row in rows if row.level != "stratum"]


_KEPT: dict[str, tuple[float, Watch]] = {}
_LOCK = threading.Lock()


def watch_again(session: Session, round_: Round) -> Watch:
    """Return how a round stands, counted within the last few seconds by whoever asked first."""
    with _LOCK:
        now = time.monotonic()
        for round_id in [key for key, (at, _) in _KEPT.items() if now - at > KEPT_SECONDS]:
            del _KEPT[round_id]
        if round_.id not in _KEPT:
            _KEPT[round_.id] = now, watch(session, round_)
        return _KEPT[round_.id][1]
