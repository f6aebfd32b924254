"""The way of a round as a list of steps: what is done, what is next, what waits for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from sqlalchemy import exists, select
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
from survey.localization import ROLE_NAMES, STATUS_NAMES


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its page, whose it is, and from which status to which it is open.

    `done_at` is the status that the step brings about; `undo` says until when what was done can
    still be changed.
    """

    endpoint: str
    title: LazyString
    hint: LazyString
    role: str
    opens_at: str
    done_at: str
    undo: LazyString


@dataclass(frozen=True, slots=True)
class StepState:
    """A step as it stands in one round for one visitor; `waits_for` says what blocks it, if so."""

    step: Step
    is_done: bool
    is_next: bool
    may_open: bool
    waits_for: str


UNTIL_FROZEN = lazy_gettext("Can be changed until the quotas are frozen.")
FINAL = lazy_gettext("Final once done: others rely on it.")

STEPS = (
    Step(
        "assessments.edit",
        lazy_gettext("County, residents, dates, rules"),
        lazy_gettext("What the round is about; the sample size follows from the residents."),
        SUPERVISOR,
        DRAFT,
        DRAFT,
        UNTIL_FROZEN,
    ),
    Step(
        "frames.roster",
        lazy_gettext("Upload the roster"),
        lazy_gettext("The people of the seven categories, checked row by row."),
        SUPERVISOR,
        DRAFT,
        FROZEN,
        UNTIL_FROZEN,
    ),
    Step(
        "samples.plan",
        lazy_gettext("Set and freeze the quotas"),
        lazy_gettext("How many of each category; what cannot be kept exactly is said in words."),
        SUPERVISOR,
        DRAFT,
        FROZEN,
        lazy_gettext(
            "Numbers can be changed and taken back until you freeze them; then they stay."
        ),
    ),
    Step(
        "samples.draw",
        lazy_gettext("Draw the sample"),
        lazy_gettext("With a seed stated in public, after the digests are known."),
        SUPERVISOR,
        FROZEN,
        DRAWN,
        lazy_gettext("A ceremony can be given up until its seed is known; the draw is final."),
    ),
    Step(
        "assessments.key",
        lazy_gettext("Take the round's key from the level above"),
        lazy_gettext("Answers are sealed to it; only the level above can open them."),
        SUPERVISOR,
        DRAFT,
        FIELD,
        lazy_gettext("Can be replaced until links are made."),
    ),
    Step(
        "samples.links",
        lazy_gettext("Print cards or take the link file"),
        lazy_gettext("One link for each person drawn; each can be used once."),
        SUPERVISOR,
        DRAWN,
        FIELD,
        lazy_gettext("A lost card is issued again; the old one becomes void."),
    ),
    Step(
        "samples.progress",
        lazy_gettext("Follow progress, release reserves"),
        lazy_gettext("Who has answered, by category and township; never what."),
        SUPERVISOR,
        FIELD,
        CLOSED,
        lazy_gettext("A release is final; the drawn order decides who comes next."),
    ),
    Step(
        "schools.table",
        lazy_gettext("Upload the school table"),
        lazy_gettext("The figures behind the seven indicators of each school."),
        SUPERVISOR,
        DRAFT,
        OPENED,
        lazy_gettext("Can be replaced until there is a verdict."),
    ),
    Step(
        "assessments.confirm_close",
        lazy_gettext("Close the survey"),
        lazy_gettext("No answer is taken after it; the envelopes stay sealed."),
        SUPERVISOR,
        FIELD,
        CLOSED,
        lazy_gettext("The last day can be moved until you close; the close is final."),
    ),
    Step(
        "results.open_envelopes",
        lazy_gettext("Open the envelopes"),
        lazy_gettext("With the private key of the round, held by the level above."),
        OFFICIAL,
        CLOSED,
        OPENED,
        FINAL,
    ),
    Step(
        "results.show",
        lazy_gettext("Rate, indicators, verdict"),
        lazy_gettext("Every rule with its article, the measured value and the outcome."),
        OFFICIAL,
        OPENED,
        OPENED,
        FINAL,
    ),
)


def list_steps(session: Session, round_: Round, user: User) -> list[StepState]:
    """Return the steps of a round as they stand for `user`; the first open one is the next."""
    done = [is_done(session, round_, step) for step in STEPS]
    blocks = [find_block(session, round_, step, user) for step in STEPS]
    open_ones = [not is_done and not block for is_done, block in zip(done, blocks, strict=True)]
    following = open_ones.index(True) if True in open_ones else None
    return [
        StepState(
            step,
            is_done=done[number],
            is_next=number == following,
            may_open=user.has_role(step.role) and has_come_to(round_, step.opens_at),
            waits_for="" if done[number] else blocks[number],
        )
        for number, step in enumerate(STEPS)
    ]


def next_step(states: Sequence[StepState]) -> StepState | None:
    """Return what is to be done next, or None when nothing is open to this visitor."""
    return next((state for state in states if state.is_next), None)


def find_block(session: Session, round_: Round, step: Step, user: User) -> str:
    """Return what a step waits for, in a sentence; nothing where it can be done now."""
    if not has_come_to(round_, step.opens_at):
        waited = str(STATUS_NAMES[step.opens_at])
        return str(gettext("opens when the round stands at “%(status)s”", status=waited))
    if step.endpoint == "samples.plan" and not has_roster(session, round_):
        return str(gettext("the roster is missing"))
    if step.endpoint == "samples.links" and not round_.public_key:
        return str(gettext("the key of the round is missing"))
    if not user.has_role(step.role):
        return str(gettext("done by: %(role)s", role=ROLE_NAMES[step.role]))
    return ""


def has_come_to(round_: Round, status: str) -> bool:
    """Say whether a round stands at `status` or beyond."""
    return STATUSES.index(round_.status) >= STATUSES.index(status)


def has_roster(session: Session, round_: Round) -> bool:
    """Say whether there are people in the round."""
    return bool(session.scalar(select(exists().where(Person.round_id == round_.id))))


def is_done(session: Session, round_: Round, step: Step) -> bool:
    """Say whether a step lies behind; the tables and the key are done when they are there."""
    if step.endpoint == "frames.roster":
        return has_roster(session, round_)
    if step.endpoint == "assessments.key":
        return bool(round_.public_key)
    if step.endpoint == "schools.table":
        return find_record(session, round_, SCHOOLS) is not None
    if step.endpoint == "results.show":
        return find_record(session, round_, VERDICT) is not None
    return has_come_to(round_, step.done_at)
