"""What counting needs to know of a round, read from the database; and what is kept after it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.answers import Paper as CountedPaper
from survey.assessments.models import PLAN, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent
from survey.responses.models import AnswerPaper
from survey.responses.tally import CountedRound
from survey.samples.models import ANSWERED, NOT_ELIGIBLE, Selection


def read_counted_round(session: Session, round_: Round) -> CountedRound:
    """Return what counting needs to know of a round; raise `Problem` if it has no plan."""
    answer_strata = read_answer_strata(session, round_)
    return CountedRound(
        id=round_.id,
        county=round_.county,
        is_rehearsal=round_.is_rehearsal,
        edition=round_.edition,
        rule_set=round_.rule_set,
        public_key=round_.public_key,
        answer_strata=tuple(answer_strata),
        issued=count_issued(session, round_, answer_strata),
    )


def read_answer_strata(session: Session, round_: Round) -> list[AnswerStratum]:
    """Return the answer strata that the round's plan publishes, with the people in each."""
    plan = find_record(session, round_, PLAN)
    if plan is None:
        raise Problem(N_("this round has no plan"))
    return [
        AnswerStratum(entry["answer_stratum"], entry["category"], entry["N"])
        for entry in read_body(plan)["answer_strata"]
    ]


def count_issued(
    session: Session, round_: Round, answer_strata: Sequence[AnswerStratum]
) -> dict[str, int]:
    """Return how many eligible people were asked in each answer stratum, reserves included.

    Whoever a reserve stands in for stays in the count: they did not answer.
    """
    query = (
        select(Selection.answer_stratum, func.count())
        .where(
            Selection.round_id == round_.id,
            Selection.issued,
            Selection.disposition != NOT_ELIGIBLE,
        )
        .group_by(Selection.answer_stratum)
    )
    issued = {stratum.name: 0 for stratum in answer_strata}
    return issued | dict(session.execute(query).all())


def count_answered(session: Session, round_: Round) -> int:
    """Return how many people of a round have answered, from their dispositions."""
    query = select(func.count()).where(
        Selection.round_id == round_.id, Selection.disposition == ANSWERED
    )
    return session.scalar(query) or 0


def count_papers_of(session: Session, round_: Round) -> int:
    """Return how many opened papers a round has."""
    query = select(func.count()).where(AnswerPaper.round_id == round_.id)
    return session.scalar(query) or 0


def list_papers(session: Session, round_: Round) -> list[CountedPaper]:
    """Return the opened answers of a round, as the estimates read them; in no meaningful order."""
    rows = session.scalars(select(AnswerPaper).where(AnswerPaper.round_id == round_.id))
    return [
        CountedPaper(row.answer_stratum, row.category, row.answers, row.flags) for row in rows.all()
    ]


def count_set_aside(session: Session, round_: Round) -> int:
    """Return how many envelopes of an opened round could not be opened, at places included.

    The event of the opening tells: the certificate with all receipts is large.
    """
    event = session.scalar(
        select(AuditEvent).where(AuditEvent.subject == round_.id, AuditEvent.action == "round.open")
    )
    return int(event.detail.get("set_aside", 0)) if event else 0
