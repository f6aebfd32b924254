"""The way of an answer in: found by its link, sealed, stored once.

Finding, submitting and refusing are plain SQL statements (SQLAlchemy Core), built once: they are
what a whole county does at the same hour. They write no audit event and no time, for either would
tie a person to an envelope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, update

from sampling.problems import N_, Problem
from survey.assessments.models import FIELD, Round
from survey.frames.models import Person
from survey.responses.codes import code_digest
from survey.responses.drafts import discard_draft, leave_receipt
from survey.responses.envelope import leaf_hash, seal
from survey.responses.models import Envelope
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_REFUSED,
    LINK_SPENT,
    REFUSED,
    Link,
    Selection,
)

NO_LONGER_OPEN = N_("this link is no longer open")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the code on a card and that on a poster both lead to: who is asked, in which round."""

    category: str
    round_id: str
    status: str
    county: str
    year: int
    is_rehearsal: bool
    edition: str
    public_key: str
    opens_on: str | None
    closes_on: str | None


@dataclass(frozen=True, slots=True)
class Invitation(Asked):
    """What a card's code leads to: the link and its state, and what the answer will carry."""

    link_id: int
    state: str
    selection_id: int
    answer_stratum: str

    @property
    def may_answer(self) -> bool:
        """Whether this link can still be answered with."""
        return self.state == LINK_OPEN and self.status == FIELD


def _table(model: type) -> Table:
    table = model.__table__  # type: ignore[attr-defined] # declared by the ORM's base class
    assert isinstance(table, Table)  # noqa: S101 - narrows the type for mypy
    return table


LINK, SELECTION, PERSON, ROUND = map(_table, (Link, Selection, Person, Round))
ASKED_IN = (  # in the order of the fields of Asked, the category being elsewhere
    ROUND.c.id,
    ROUND.c.status,
    ROUND.c.county,
    ROUND.c.year,
    ROUND.c.is_rehearsal,
    ROUND.c.edition,
    ROUND.c.public_key,
    ROUND.c.opens_on,
    ROUND.c.closes_on,
)
INVITATION = (  # in the order of the fields of Invitation
    select(
        PERSON.c.category,
        *ASKED_IN,
        LINK.c.id,
        LINK.c.state,
        SELECTION.c.id,
        SELECTION.c.answer_stratum,
    )
    .join_from(LINK, SELECTION, LINK.c.selection_id == SELECTION.c.id)
    .join(PERSON, SELECTION.c.person_id == PERSON.c.id)
    .join(ROUND, LINK.c.round_id == ROUND.c.id)
)
FIND_INVITATION = INVITATION.where(LINK.c.code_digest == bindparam("digest"))
# The share lock (PostgreSQL) makes the close wait for answers under way: an envelope is either in
# before the close or not at all.
READ_STATUS = (
    select(ROUND.c.status).where(ROUND.c.id == bindparam("round")).with_for_update(read=True)
)
IN_FIELD = READ_STATUS.where(ROUND.c.status == FIELD).exists()
TURN_LINK = (
    update(LINK)
    .where(LINK.c.id == bindparam("link_id"), LINK.c.state == LINK_OPEN, IN_FIELD)
    .values(state=bindparam("new_state"))
)
READ_STATE = select(LINK.c.state).where(LINK.c.id == bindparam("link_id"))
SETTLE = (
    update(SELECTION)
    .where(SELECTION.c.id == bindparam("selection_id"), SELECTION.c.disposition != ANSWERED)
    .values(disposition=bindparam("outcome"))
)
STORE_ENVELOPE = insert(_table(Envelope))


def find_invitation(connection: Connection, link_key: str, code: str) -> Invitation | None:
    """Return what a well-formed code leads to, or None; finding spends nothing."""
    row: Sequence[Any] | None = connection.execute(
        FIND_INVITATION, {"digest": code_digest(link_key, code)}
    ).first()
    return Invitation(*row) if row else None


def seal_answers(
    invitation: Invitation, answers: Mapping[str, str], flags: Mapping[str, str]
) -> bytes:
    """Return the envelope: the answers, their answer stratum and coarse flags, no more."""
    payload = {
        "edition": invitation.edition,
        "category": invitation.category,
        "answer_stratum": invitation.answer_stratum,
        "answers": dict(answers),
        "flags": dict(flags),
    }
    return seal(invitation.public_key, invitation.round_id, payload)


def submit_answers(
    connection: Connection,
    invitation: Invitation,
    answers: Mapping[str, str],
    flags: Mapping[str, str],
) -> str | None:
    """Store an answer once and return its receipt (leaf); None if this person had answered.

    Raises `Problem` where the round takes no answers or the link was refused or voided meanwhile.
    """
    return store_envelope(connection, invitation, seal_answers(invitation, answers, flags))


def store_envelope(
    connection: Connection, invitation: Invitation, envelope: bytes, key: str = ""
) -> str | None:
    """Store a sealed answer, as `submit_answers`.

    The receipt is left for the device whose draft was saved under `key`.
    """
    if not _turn_link(connection, invitation, LINK_SPENT):
        return None
    if not _settle(connection, invitation, ANSWERED):
        discard_draft(connection, invitation.link_id)
        return None  # through another link, which a re-issue had not voided in time
    leaf = leaf_hash(envelope)
    connection.execute(
        STORE_ENVELOPE, {"leaf": leaf, "round_id": invitation.round_id, "ciphertext": envelope}
    )
    if key:
        leave_receipt(connection, invitation.link_id, key, leaf)
    else:
        discard_draft(connection, invitation.link_id)
    return leaf


def refuse(connection: Connection, invitation: Invitation) -> bool:
    """Take note that this person does not take part (拒答); False if they had answered.

    A refusal stands: the link cannot be answered with afterwards. Raises as `submit_answers`.
    """
    if not _turn_link(connection, invitation, LINK_REFUSED):
        return False
    discard_draft(connection, invitation.link_id)
    return _settle(connection, invitation, REFUSED)


def require_field(connection: Connection, round_id: str) -> None:
    """Raise `Problem` unless the round is in the field, and keep it there till the commit."""
    if connection.scalar(READ_STATUS, {"round": round_id}) != FIELD:
        raise Problem(N_("this survey takes no answers now"))


def _turn_link(connection: Connection, invitation: Invitation, state: str) -> bool:
    """Turn an open link of a round in the field to `state`; False if spent.

    The row count decides; what stood in the way is looked up after it.
    """
    named = {"link_id": invitation.link_id, "round": invitation.round_id, "new_state": state}
    if connection.execute(TURN_LINK, named).rowcount:
        return True
    require_field(connection, invitation.round_id)
    if connection.scalar(READ_STATE, {"link_id": invitation.link_id}) in (LINK_SPENT, state):
        return False
    raise Problem(NO_LONGER_OPEN)


def _settle(connection: Connection, invitation: Invitation, disposition: str) -> bool:
    """Note what became of the person; False if they had answered, which nothing undoes."""
    named = {"selection_id": invitation.selection_id, "outcome": disposition}
    return connection.execute(SETTLE, named).rowcount == 1
