"""The way of an answer: found by its link, sealed, stored once; opened for all at the close.

Submitting and refusing are plain SQL statements (SQLAlchemy Core): they are what a whole county
does at the same hour. They write no audit event and no time, for either would tie a person to an
envelope.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.answers import Paper as CountedPaper
from scoring.rate import recognition_rate
from scoring.record import make_answers_certificate
from scoring.rule_set import load_rule_set
from survey.assessments.models import ANSWERS, CLOSED, FIELD, OPENED, PLAN, RATE, Round
from survey.assessments.operations import (
    advance,
    find_record,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.database import Database, clear_log
from survey.frames.models import Person
from survey.questionnaires.edition import load_edition
from survey.responses.answers import read_answers
from survey.responses.codes import code_digest
from survey.responses.envelope import find_public_key, leaf_hash, open_envelope, seal
from survey.responses.models import AnswerPaper, Envelope, random_key
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_REFUSED,
    LINK_SPENT,
    NOT_ELIGIBLE,
    REFUSED,
    Link,
    Selection,
)

NO_LONGER_OPEN = N_("this link is no longer open")
PAYLOAD_KEYS = {"edition", "category", "answer_stratum", "answers", "flags"}


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a code leads to: the link and its state, the round, what the answer will carry."""

    link_id: int
    state: str
    selection_id: int
    category: str
    answer_stratum: str
    round_id: str
    status: str
    county: str
    year: int
    is_rehearsal: bool
    edition: str
    public_key: str

    @property
    def may_answer(self) -> bool:
        """Whether this link can still be answered with."""
        return self.state == LINK_OPEN and self.status == FIELD


INVITATION = (
    select(
        Link.id.label("link_id"),
        Link.state,
        Selection.id.label("selection_id"),
        Person.category,
        Selection.answer_stratum,
        Round.id.label("round_id"),
        Round.status,
        Round.county,
        Round.year,
        Round.is_rehearsal,
        Round.edition,
        Round.public_key,
    )
    .join_from(Link, Selection, Link.selection_id == Selection.id)
    .join(Person, Selection.person_id == Person.id)
    .join(Round, Link.round_id == Round.id)
)


def find_invitation(session: Session, link_key: str, code: str) -> Invitation | None:
    """Return what a well-formed code leads to, or None; finding spends nothing."""
    query = INVITATION.where(Link.code_digest == code_digest(link_key, code))
    found = session.execute(query).mappings().first()
    return Invitation(**{str(name): value for name, value in found.items()}) if found else None


def seal_answers(invitation: Invitation, answers: Mapping[str, str]) -> bytes:
    """Return the envelope of an answer: what was answered and in which answer stratum, no more."""
    payload = {
        "edition": invitation.edition,
        "category": invitation.category,
        "answer_stratum": invitation.answer_stratum,
        "answers": dict(answers),
        "flags": {},
    }
    return seal(invitation.public_key, invitation.round_id, payload)


def submit_answers(
    session: Session, invitation: Invitation, answers: Mapping[str, str]
) -> str | None:
    """Store an answer once and return its receipt (leaf); None if this person had answered.

    Raises `Problem` where the round takes no answers or the link was refused or voided meanwhile.
    """
    require_field(session, invitation.round_id)
    if not _turn_link(session, invitation, LINK_SPENT):
        return None
    if not _settle(session, invitation, ANSWERED):
        return None  # through another link, which a re-issue had not voided in time
    envelope = seal_answers(invitation, answers)
    leaf = leaf_hash(envelope)
    session.execute(
        insert(Envelope).values(leaf=leaf, round_id=invitation.round_id, ciphertext=envelope)
    )
    return leaf


def refuse(session: Session, invitation: Invitation) -> bool:
    """Take note that this person does not take part (拒答); False if they had answered.

    A refusal stands: the link cannot be answered with afterwards. Raises as `submit_answers`.
    """
    require_field(session, invitation.round_id)
    if not _turn_link(session, invitation, LINK_REFUSED):
        return False
    return _settle(session, invitation, REFUSED)


def require_field(session: Session, round_id: str) -> None:
    """Raise `Problem` unless the round is in the field, and keep it there till the commit.

    The share lock (PostgreSQL) makes the close wait for answers under way: an envelope is either
    in before the close or not at all.
    """
    query = select(Round.status).where(Round.id == round_id).with_for_update(read=True)
    if session.scalar(query) != FIELD:
        raise Problem(N_("this survey takes no answers now"))


def _turn_link(session: Session, invitation: Invitation, state: str) -> bool:
    """Turn an open link to `state`; False if it was spent already. The row count decides."""
    turned = session.execute(
        update(Link)
        .where(Link.id == invitation.link_id, Link.state == LINK_OPEN)
        .values(state=state)
        .execution_options(synchronize_session=False)
    )
    if _count(turned):
        return True
    found = session.scalar(select(Link.state).where(Link.id == invitation.link_id))
    if found in (LINK_SPENT, state):
        return False
    raise Problem(NO_LONGER_OPEN)


def _settle(session: Session, invitation: Invitation, disposition: str) -> bool:
    """Note what became of the person; False if they had answered, which nothing undoes."""
    settled = session.execute(
        update(Selection)
        .where(Selection.id == invitation.selection_id, Selection.disposition != ANSWERED)
        .values(disposition=disposition)
        .execution_options(synchronize_session=False)
    )
    return _count(settled) == 1


def _count(result: object) -> int:
    return int(getattr(result, "rowcount", 0))


def open_round(session: Session, round_: Round, private_key: str, actor: str) -> int:
    """Open all envelopes of a closed round (开封), certify the answers, destroy the envelopes.

    Returns the number of papers. Raises `Problem` for a wrong key or a single envelope that does
    not open; then nothing is changed. After the commit call `erase_traces`.
    """
    session.refresh(round_, with_for_update=True)  # two at once must not count every paper twice
    require_status(round_, CLOSED)
    if find_public_key(private_key) != round_.public_key:
        raise Problem(N_("this is not the private key of this round"))
    envelopes = session.execute(
        select(Envelope.leaf, Envelope.ciphertext).where(Envelope.round_id == round_.id)
    ).all()
    papers = [_open_paper(round_, private_key, *envelope) for envelope in envelopes]
    secrets.SystemRandom().shuffle(papers)
    _certify(session, round_, [leaf for leaf, _ in envelopes], papers)
    if papers:
        session.execute(insert(AnswerPaper), papers)
    session.execute(delete(Envelope).where(Envelope.round_id == round_.id))
    advance(round_, OPENED)
    answered = count_answered(session, round_)
    record_event(session, actor, "round.open", round_.id, papers=len(papers), answered=answered)
    return len(papers)


def _open_paper(round_: Round, private_key: str, leaf: str, ciphertext: bytes) -> dict[str, Any]:
    """Return the row of one opened answer, after checking all that can be checked of it."""
    payload = open_envelope(private_key, round_.id, ciphertext)
    if (
        leaf_hash(ciphertext) != leaf
        or set(payload) != PAYLOAD_KEYS
        or payload["edition"] != round_.edition
    ):
        raise Problem(N_("an envelope does not hold what an answer of this round holds"))
    paper = load_edition(round_.edition).paper_for(payload["category"])
    filled = read_answers(paper, payload["answers"])
    if filled.faults or filled.answers != payload["answers"]:
        raise Problem(N_("an envelope holds answers that its paper does not have"))
    return {
        "id": random_key(),
        "round_id": round_.id,
        "category": payload["category"],
        "answer_stratum": payload["answer_stratum"],
        "answers": payload["answers"],
        "flags": payload["flags"],
    }


def _certify(
    session: Session, round_: Round, leaves: list[str], rows: list[dict[str, Any]]
) -> None:
    """Save the rate and the answers certificate: all receipts, and tallies with no small cell."""
    answer_strata = read_answer_strata(session, round_)
    papers = [
        CountedPaper(row["answer_stratum"], row["category"], row["answers"], row["flags"])
        for row in rows
    ]
    rule_set = load_rule_set(round_.rule_set)
    rate = recognition_rate(
        papers,
        answer_strata,
        rule_set,
        county=round_.county,
        round_name=round_.id,
        rehearsal=round_.is_rehearsal,
        items=load_edition(round_.edition).single_choice_items,
        issued=count_issued(session, round_),
    )
    certificate = make_answers_certificate(
        round_name=round_.id,
        rehearsal=round_.is_rehearsal,
        leaves=leaves,
        papers=papers,
        answer_strata=answer_strata,
        rate=rate,
        rule_set=rule_set,
    )
    save_record(session, round_, RATE, rate)
    save_record(session, round_, ANSWERS, certificate)


def read_answer_strata(session: Session, round_: Round) -> list[AnswerStratum]:
    """Return the answer strata that the round's plan publishes, with the people in each."""
    plan = find_record(session, round_, PLAN)
    if plan is None:
        raise Problem(N_("this round has no plan"))
    return [
        AnswerStratum(entry["answer_stratum"], entry["category"], entry["N"])
        for entry in read_body(plan)["answer_strata"]
    ]


def count_issued(session: Session, round_: Round) -> dict[str, int]:
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
    issued = {stratum.name: 0 for stratum in read_answer_strata(session, round_)}
    return issued | dict(session.execute(query).all())


def count_answered(session: Session, round_: Round) -> int:
    """Return how many people of a round have answered, from their dispositions."""
    query = select(func.count()).where(
        Selection.round_id == round_.id, Selection.disposition == ANSWERED
    )
    return session.scalar(query) or 0


def list_papers(session: Session, round_: Round) -> list[CountedPaper]:
    """Return the opened answers of a round, as the estimates read them; in no meaningful order."""
    rows = session.scalars(select(AnswerPaper).where(AnswerPaper.round_id == round_.id))
    return [
        CountedPaper(row.answer_stratum, row.category, row.answers, row.flags) for row in rows.all()
    ]


def erase_traces(database: Database) -> bool:
    """Clear what a database keeps of rows that were deleted; call after the commit of an opening.

    Returns False if a reader held the SQLite log open; then call again later.
    """
    if database.engine.dialect.name == "postgresql":
        autocommit = {"isolation_level": "AUTOCOMMIT"}  # no VACUUM inside a transaction
        with database.engine.connect().execution_options(**autocommit) as connection:
            connection.execute(text(f"VACUUM (FULL) {Envelope.__tablename__}"))
        return True
    return clear_log(database)
