"""The way of a round as a list of steps: what is done, what is open, what waits for what."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from survey.accounts.models import OFFICIAL, SUPERVISOR, User
from survey.assessments.models import (
    CLOSED,
    DRAFT,
    DRAWN,
    FIELD,
    FROZEN,
    OPENED,
    SCHOOLS,
    STATUSES,
    VERDICT,
    Round,
)
from survey.assessments.operations import find_record
from survey.frames.models import Person


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its page, whose it is, from which status to which its page is of use."""

    endpoint: str
    title: LazyString
    hint: LazyString
    role: str
    opens_at: str
    done_at: str


@dataclass(frozen=True, slots=True)
class StepState:
    """A step as it stands in one round for one visitor."""

    step: Step
    is_done: bool
    may_open: bool


STEPS = (
    Step(
        "frames.roster",
        lazy_gettext("Upload the roster"),
        lazy_gettext("The people of the seven categories, checked row by row."),
        SUPERVISOR,
        DRAFT,
        FROZEN,
    ),
    Step(
        "samples.plan",
        lazy_gettext("Set and freeze the quotas"),
        lazy_gettext("How many of each category; what cannot be kept exactly is said in words."),
        SUPERVISOR,
        DRAFT,
        FROZEN,
    ),
    Step(
        "samples.draw",
        lazy_gettext("Draw the sample"),
        lazy_gettext("With a seed stated in public, after the digests are known."),
        SUPERVISOR,
        FROZEN,
        DRAWN,
    ),
    Step(
        "samples.links",
        lazy_gettext("Print cards or take the link file"),
        lazy_gettext("One link for each person drawn; each can be used once."),
        SUPERVISOR,
        DRAWN,
        FIELD,
    ),
    Step(
        "samples.progress",
        lazy_gettext("Follow progress, release reserves"),
        lazy_gettext("Who has answered, by category and township; never what."),
        SUPERVISOR,
        FIELD,
        CLOSED,
    ),
    Step(
        "schools.table",
        lazy_gettext("Upload the school table"),
        lazy_gettext("The figures behind the seven indicators of each school."),
        SUPERVISOR,
        DRAFT,
        OPENED,
    ),
    Step(
        "assessments.confirm_close",
        lazy_gettext("Close the survey"),
        lazy_gettext("No answer is taken after it; the envelopes stay sealed."),
        SUPERVISOR,
        FIELD,
        CLOSED,
    ),
    Step(
        "results.open_envelopes",
        lazy_gettext("Open the envelopes"),
        lazy_gettext("With the private key of the round, held by the level above."),
        OFFICIAL,
        CLOSED,
        OPENED,
    ),
    Step(
        "results.show",
        lazy_gettext("Rate, indicators, verdict"),
        lazy_gettext("Every rule with its article, the measured value and the outcome."),
        OFFICIAL,
        OPENED,
        OPENED,
    ),
)


def list_steps(session: Session, round_: Round, user: User) -> list[StepState]:
    """Return the steps of a round as they stand for `user`."""
    return [
        StepState(
            step,
            is_done=is_done(session, round_, step),
            may_open=user.has_role(step.role) and has_come_to(round_, step.opens_at),
        )
        for step in STEPS
    ]


def has_come_to(round_: Round, status: str) -> bool:
    """Say whether a round stands at `status` or beyond."""
    return STATUSES.index(round_.status) >= STATUSES.index(status)


def is_done(session: Session, round_: Round, step: Step) -> bool:
    """Say whether a step lies behind; the tables are done when they are there."""
    if step.endpoint == "frames.roster":
        return session.query(Person.id).filter_by(round_id=round_.id).first() is not None
    if step.endpoint == "schools.table":
        return find_record(session, round_, SCHOOLS) is not None
    if step.endpoint == "results.show":
        return find_record(session, round_, VERDICT) is not None
    return has_come_to(round_, step.done_at)
