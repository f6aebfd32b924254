"""The outbox of texts (短信): each message goes out once, and no code is ever kept for it.

A code is made at the moment its text goes out, and lives in memory for that moment. So a restart
loses nothing: what waits has no code yet. What was under way when the process died is unsure, and
stays so until somebody orders it anew; a text is never repeated by itself. An earlier link dies
only when the text with the new one has gone out: whatever fails, a link somebody holds works.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import DRAWN, FIELD, Round
from survey.assessments.operations import lock_round, require_status
from survey.audit_log import record_event
from survey.database import Database
from survey.frames.identity import Identity, Vault
from survey.jobs import Progress
from survey.reaching.drivers import (
    Driver,
    OutcomeUnknownError,
    ServiceBusyError,
    TextRefusedError,
)
from survey.reaching.models import FAILED, SENDING, SENT, SKIPPED, UNSURE, WAITING, Message
from survey.reaching.opt_outs import OptOuts, keep_digits, respect_opt_outs
from survey.responses.drafts import discard_draft
from survey.samples.links import (
    find_people_without_link,
    has_link,
    make_links,
    require_key,
    select_open_links,
)
from survey.samples.models import LINK_VOID, PENDING, UNREACHABLE, Link, Selection
from survey.settings import Settings, TextService

JOB = "texts"
INVITATION = "invitation"  # to who has no link yet
REMINDER = "reminder"  # to who has one and has not answered; without a code
AGAIN = "again"  # a new link to who has one and has not answered
KINDS = (INVITATION, REMINDER, AGAIN)
PAUSES = (1.0, 5.0, 20.0)  # seconds, when the service is busy; then the work stops
SHORTEST_PHONE = 11

NO_SERVICE = N_("no service for texts is set up; take the link file instead")
STAGE = N_("texts are being sent")
BUSY = N_("the service takes no more texts for now ({code}); what waits can be sent later")


@dataclass(frozen=True, slots=True)
class Turn:
    """A message whose turn it is; `link_id` and `code` are of a link made for it, if one was."""

    id: int
    selection_id: int
    phone: str
    link_id: int = 0
    code: str = ""


def order_messages(
    session: Session, settings: Settings, round_: Round, kind: str, batch: str, *, actor: str
) -> int:
    """Put a message for everybody it is for into the outbox; return how many.

    Left out is who has no mobile number and whose number is on the opt-out list. A batch that was
    ordered already is not ordered again. Raises `Problem` while an earlier one still waits.
    """
    lock_round(session, round_)
    require_status(round_, DRAWN, FIELD)
    require_key(round_)
    if not batch or kind not in KINDS:
        raise Problem(N_("choose who gets a text"))
    if session.scalar(select(func.count()).where(Message.batch == batch)):
        return 0
    if count_messages(session, round_)[WAITING]:
        raise Problem(N_("texts of an earlier order still wait; send them or drop them first"))
    respect_opt_outs(session, settings, round_)
    opted, vault = OptOuts.of(session, settings, round_), Vault.of(settings, round_.id)
    people = find_recipients(session, round_, kind)
    chosen = [one for one in people if can_text(opted, vault.read(one.person))]
    if not chosen:
        raise Problem(N_("nobody whom this text is for has a number that may get it"))
    session.add_all(
        Message(round_id=round_.id, selection_id=one.id, batch=batch, kind=kind) for one in chosen
    )
    told = {"kind": kind, "people": len(chosen), "left_out": len(people) - len(chosen)}
    record_event(session, actor, "texts.order", round_.id, **told)
    return len(chosen)


def find_recipients(session: Session, round_: Round, kind: str) -> Sequence[Selection]:
    """Return whom a kind of text is for."""
    if kind == INVITATION:
        return find_people_without_link(session, round_)
    query = select(Selection).where(
        Selection.round_id == round_.id,
        Selection.issued,
        Selection.disposition.in_((PENDING, UNREACHABLE)),
        has_link(),
    )
    return list(session.scalars(query.order_by(Selection.stratum, Selection.position)))


def can_text(opted: OptOuts, identity: Identity) -> bool:
    """Say whether somebody has a number that may get a text."""
    return len(keep_digits(identity.phone)) >= SHORTEST_PHONE and not opted.has_phone(identity)


def drop_waiting(session: Session, round_: Round, actor: str) -> int:
    """Take what still waits out of the outbox; return how many."""
    lock_round(session, round_)
    waiting = select(Message.id).where(Message.round_id == round_.id, Message.state == WAITING)
    number = len(list(session.scalars(waiting)))
    session.execute(
        update(Message)
        .where(Message.round_id == round_.id, Message.state == WAITING)
        .values(state=SKIPPED)
    )
    record_event(session, actor, "texts.drop", round_.id, people=number)
    return number


def count_messages(session: Session, round_: Round) -> Counter[str]:
    """Return how many messages stand at which state."""
    query = select(Message.state, func.count()).where(Message.round_id == round_.id)
    return Counter({row[0]: row[1] for row in session.execute(query.group_by(Message.state))})


def list_faults(session: Session, round_: Round) -> dict[str, int]:
    """Return how often the service gave which reason."""
    query = select(Message.fault, func.count()).where(
        Message.round_id == round_.id, Message.fault != ""
    )
    rows = session.execute(query.group_by(Message.fault).order_by(Message.fault))
    return {row[0]: row[1] for row in rows}


def send_waiting(
    database: Database,
    settings: Settings,
    round_id: str,
    driver: Driver,
    *,
    actor: str,
    progress: Progress | None = None,
    pauses: Sequence[float] = PAUSES,
) -> Counter[str]:
    """Send what waits, one by one; return how many ended how. Only one may do so at a time.

    Raises `Problem` when the service stays busy: the rest waits on.
    """
    service = settings.text_service
    if service is None:
        raise Problem(NO_SERVICE)
    ended: Counter[str] = Counter()
    try:
        total = give_up_unfinished(database, round_id)
        tries = 0
        while turn := take_turn(database, settings, round_id, ended):
            if progress:
                progress.step(STAGE, sum(ended.values()), total)
            state, fault = send(driver, service, turn)
            finish(database, turn, state, fault)
            if state != WAITING:
                ended[state] += 1
                tries = 0
                continue
            if tries == len(pauses):
                raise Problem(BUSY, code=fault)
            time.sleep(pauses[tries])
            tries += 1
    finally:
        with database.transaction() as session:
            record_event(session, actor, "texts.send", round_id, **ended)
    return ended


def give_up_unfinished(database: Database, round_id: str) -> int:
    """Note as unsure what was under way when a process died; return how many wait."""
    with database.transaction() as session:
        session.execute(
            update(Message)
            .where(Message.round_id == round_id, Message.state == SENDING)
            .values(state=UNSURE, fault=SENDING)
        )
        waiting = select(func.count()).where(Message.round_id == round_id, Message.state == WAITING)
        return session.scalar(waiting) or 0


def take_turn(
    database: Database, settings: Settings, round_id: str, ended: Counter[str]
) -> Turn | None:
    """Return the next message as under way, with a fresh code if it carries one; None at the end.

    Who has answered, opted out or lost the number meanwhile is skipped.
    """
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        lock_round(session, round_)
        opted, vault = OptOuts.of(session, settings, round_), Vault.of(settings, round_id)
        query = select(Message).where(Message.round_id == round_id, Message.state == WAITING)
        while message := session.scalar(query.order_by(Message.id).limit(1)):
            selection = session.get_one(Selection, message.selection_id, with_for_update=True)
            identity = vault.read(selection.person)
            is_wanted = selection.disposition in (PENDING, UNREACHABLE)
            if (
                round_.status not in (DRAWN, FIELD)
                or not is_wanted
                or not can_text(opted, identity)
            ):
                message.state = SKIPPED
                ended[SKIPPED] += 1
                continue
            message.state = SENDING
            phone = keep_digits(identity.phone)
            if message.kind == REMINDER:
                return Turn(message.id, selection.id, phone)
            issued = make_links(session, settings, round_, [selection])[0]
            newest = select(func.max(Link.id)).where(Link.selection_id == selection.id)
            link_id = session.scalar(newest) or 0
            return Turn(message.id, selection.id, phone, link_id, issued.code)
        return None


def send(driver: Driver, service: TextService, turn: Turn) -> tuple[str, str]:
    """Send a message; return its state and the service's reason."""
    template = service.invitation if turn.code else service.reminder
    try:
        driver.send(turn.phone, template, {"code": turn.code} if turn.code else {})
    except TextRefusedError as error:
        return FAILED, str(error)
    except ServiceBusyError as error:
        return WAITING, str(error)
    except OutcomeUnknownError as error:
        return UNSURE, str(error)
    return SENT, ""


def finish(database: Database, turn: Turn, state: str, fault: str) -> None:
    """Note how a message ended; of the links, keep the one that its person now holds."""
    with database.transaction() as session:
        message = session.get_one(Message, turn.id)
        message.state, message.fault = state, fault[:64]
        round_ = session.get_one(Round, message.round_id)
        if not turn.link_id or state == UNSURE:
            return
        for link in session.scalars(
            select_open_links(round_, turn.selection_id).with_for_update(of=Link)
        ):
            if (link.id == turn.link_id) != (state == SENT):
                link.state = LINK_VOID
                discard_draft(session.connection(), link.id)
