"""Before and after the close of a survey: what is still open, a later last day, what stays.

Nothing here holds the close up: the survey may have to end with people outstanding. But whoever
closes has seen it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.accounts.models import OFFICIAL, User
from survey.assessments.models import FIELD, Round
from survey.assessments.operations import lock_round, require_status, require_version
from survey.audit_log import record_event
from survey.responses.models import Envelope
from survey.samples.models import ANSWERED, PENDING, Selection
from survey.samples.pace import today_in_china
from survey.samples.progress import find_shortages
from survey.samples.release import check_reason


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at before the close; `endpoint` is the page where it can be mended."""

    title: str
    is_fine: bool
    finding: str
    endpoint: str = ""


def list_checks(session: Session, round_: Round, today: date | None = None) -> list[Check]:
    """Return what to look at before a round in the field is closed."""
    return [
        check_days(round_, today or today_in_china()),
        *check_people(session, round_),
        *check_strata(session, round_),
        check_key(round_),
        check_receipts(session, round_),
    ]


def check_days(round_: Round, today: date) -> Check:
    """Say whether the window has come to its end."""
    title = gettext("Last day of the survey")
    if not round_.closes_on:
        return Check(title, False, gettext("no last day was set"))
    is_over = today >= date.fromisoformat(round_.closes_on)
    return Check(
        title,
        is_over,
        gettext("the last day is %(day)s, today is %(today)s", day=round_.closes_on, today=today),
        "" if is_over else "assessments.extend",
    )


def check_people(session: Session, round_: Round) -> Iterator[Check]:
    """Say who has not been heard of; each needs an end before the response rates are final."""
    people = count_people(session, round_, PENDING)
    yield Check(
        gettext("People outstanding"),
        people == 0,
        gettext("%(people)s people asked have not been heard of", people=people),
        "samples.progress" if people else "",
    )


def check_strata(session: Session, round_: Round) -> Iterator[Check]:
    """Say in how many strata people were lost and not made good, though there are reserves."""
    shortages = find_shortages(session, round_)
    open_ones = [shortage for shortage in shortages if shortage.missing]
    left = sum(shortage.releasable for shortage in open_ones)
    yield Check(
        gettext("Strata that lack people"),
        not open_ones,
        gettext(
            "%(strata)s strata lack people; %(people)s reserves could still be released for them",
            strata=len(open_ones),
            people=left,
        ),
        "samples.progress" if left else "",
    )


def check_key(round_: Round) -> Check:
    """Say to which key the answers are sealed; the level above must hold the other half."""
    return Check(
        gettext("Key of the round"),
        bool(round_.public_key),
        name_key(round_.public_key)
        if round_.public_key
        else gettext("the key of the round is missing"),
        "assessments.key",
    )


def check_receipts(session: Session, round_: Round) -> Check:
    """Say whether each who answered has an envelope: each receipt must be found later."""
    envelopes = count_envelopes(session, round_)
    people = count_people(session, round_, ANSWERED)
    return Check(
        gettext("Receipts"),
        envelopes == people,
        gettext(
            "%(people)s people answered, %(envelopes)s sealed envelopes are here",
            people=people,
            envelopes=envelopes,
        ),
    )


def count_people(session: Session, round_: Round, disposition: str) -> int:
    """Return how many of those asked have a disposition."""
    query = select(func.count()).where(
        Selection.round_id == round_.id, Selection.issued, Selection.disposition == disposition
    )
    return session.scalar(query) or 0


def count_envelopes(session: Session, round_: Round) -> int:
    """Return how many sealed answers of a round are here."""
    return session.scalar(select(func.count()).where(Envelope.round_id == round_.id)) or 0


def name_key(public_key: str) -> str:
    """Return the ends of a public key, to be compared by telephone.

    >>> name_key("0123456789abcdef" * 4)
    '01234567 … 89abcdef'
    """
    return f"{public_key[:8]} … {public_key[-8:]}"


def extend_round(
    session: Session,
    round_: Round,
    closes_on: date,
    reason: str,
    seen_version: int,
    *,
    actor: str,
    today: date | None = None,
) -> None:
    """Move the last day of a survey in the field to a later one (延期), with the reason.

    Raises `Problem` for a day that is no later, that has passed, or that somebody else moved since
    `seen_version` was shown.
    """
    reason = check_reason(reason)
    lock_round(session, round_)
    require_status(round_, FIELD)
    require_version(round_, seen_version)
    earliest = today or today_in_china()
    if round_.closes_on and date.fromisoformat(round_.closes_on) >= earliest:
        earliest = date.fromisoformat(round_.closes_on)
        if closes_on <= earliest:
            raise Problem(
                N_("expected a day after {day}, the last day so far; got {got}"),
                day=earliest.isoformat(),
                got=closes_on.isoformat(),
            )
    if closes_on < earliest:
        raise Problem(
            N_("expected a day from {day} on, which is today; got {got}"),
            day=earliest.isoformat(),
            got=closes_on.isoformat(),
        )
    former, round_.closes_on = round_.closes_on, closes_on.isoformat()
    round_.version += 1
    record_event(
        session,
        actor,
        "round.extend",
        round_.id,
        former=former,
        closes_on=round_.closes_on,
        reason=reason,
    )


def list_openers(session: Session, round_: Round) -> list[User]:
    """Return the officials who may open the envelopes of a round, of the level above first."""
    officials = [
        user
        for user in session.scalars(select(User).order_by(User.username))
        if user.active and user.has_role(OFFICIAL) and user.may_see(round_.region)
    ]
    return sorted(officials, key=lambda user: len(user.region))
