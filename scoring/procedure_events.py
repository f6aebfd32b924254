"""What happens on a county's way through the stages: decided, handed in, returned, made public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sampling.problems import N_, Problem
from sampling.timestamps import read_time
from scoring.event_log import content_of, read_digests, read_event_time, read_words

DECIDED, SUBMITTED, RETURNED, PUBLISHED = "decided", "submitted", "returned", "published"
ACTIONS = (DECIDED, SUBMITTED, RETURNED, PUBLISHED)
PASSED, FAILED = "passed", "failed"


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line of a log: a province's year (or the year of a county without one)."""

    province: str
    year: int
    by: str
    time: str


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did about one stage of a county's year.

    Parameters
    ----------
    action
        One of `ACTIONS`: a step (or a stage without steps) was decided; the papers of a stage
        were handed on (报送); the level above sent them back (退回); something was made public
        (公告, 公示, 公布).
    step, outcome
        Of a decision: the step's id, empty where the stage has none; passed or failed.
    name, days
        Of a publication: one of what the stage publishes, and for how many days, 0 where it
        stays public.
    by, time
        Who did it, and when as they assert it (ISO 8601 with its offset).
    evidence
        Names of papers with the SHA-256 of each file.
    reason
        Why papers were sent back, or why something late was accepted.
    """

    action: str
    county: str
    stage: str
    by: str
    time: str
    step: str = ""
    outcome: str = ""
    name: str = ""
    days: int = 0
    evidence: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""

    @property
    def day(self) -> str:
        """The day of the event where it happened, ``YYYY-MM-DD``."""
        return read_time(self.time).date().isoformat()


def event_record(event: Event) -> dict[str, object]:
    """Return an event as the content of a line."""
    return {
        "action": event.action,
        "county": event.county,
        "stage": event.stage,
        "step": event.step,
        "outcome": event.outcome,
        "name": event.name,
        "days": event.days,
        "by": event.by,
        "time": event.time,
        "evidence": dict(event.evidence),
        "reason": event.reason,
    }


def opening_record(opening: Opening, rules: Mapping[str, str]) -> dict[str, object]:
    """Return the opening as the content of line 1."""
    return {
        "action": "opened",
        "province": opening.province,
        "year": opening.year,
        "by": opening.by,
        "time": opening.time,
        "rules": dict(rules),
    }


def read_event(line: Mapping[str, object], where: str) -> Event:
    """Return the event of a line; `Problem` for a line of another shape."""
    table = content_of(line, where)
    event = Event(
        action=table.choice("action", ACTIONS),
        county=read_words(table, "county"),
        stage=read_words(table, "stage"),
        by=read_words(table, "by"),
        time=read_event_time(table),
        step=read_words(table, "step", empty=True),
        outcome=table.choice("outcome", ("", PASSED, FAILED)),
        name=read_words(table, "name", empty=True),
        days=table.whole("days", least=0, most=366),
        evidence=read_digests(table),
        reason=read_words(table, "reason", empty=True),
    )
    table.whole("late_days", least=0)
    table.finish()
    _check_shape(event, where)
    return event


def read_opening(line: Mapping[str, object], where: str) -> tuple[Opening, dict[str, str]]:
    """Return the opening of line 1 and the rule set it names (`id`, `digest`)."""
    table = content_of(line, where)
    table.choice("action", ("opened",))
    rules = table.table("rules")
    named = {"id": rules.text("id"), "digest": rules.text("digest")}
    opening = Opening(
        province=read_words(table, "province"),
        year=table.whole("year", least=1986, most=2200),
        by=read_words(table, "by"),
        time=read_event_time(table),
    )
    rules.finish()
    table.finish()
    return opening, named


def _check_shape(event: Event, where: str) -> None:
    """Raise `Problem` for an event that says too little, or what is not its own to say."""
    is_decision = event.action == DECIDED
    if is_decision != bool(event.outcome):
        raise Problem(N_("a decision, and nothing else, has an outcome"), where=where)
    if event.step and not is_decision:
        raise Problem(N_("only a decision is about a step"), where=where)
    if (event.action == PUBLISHED) != bool(event.name):
        raise Problem(N_("what is published has to be named, and nothing else"), where=where)
    if event.days and event.action != PUBLISHED:
        raise Problem(N_("only a publication lasts for days"), where=where)
    if is_decision and not event.evidence:
        raise Problem(N_("a decision needs evidence: a file's name and digest"), where=where)
    if event.action == RETURNED and not event.reason:
        raise Problem(N_("papers are sent back with a reason"), where=where)
