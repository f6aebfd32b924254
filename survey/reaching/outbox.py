"""The outbox of texts (短信): each message goes out once, and no code is ever kept for it.

A code is made at the moment its text goes out, and lives in memory for that moment. So a restart
loses nothing: what waits has no code yet. What was under way when the process died is unsure, and
stays so until somebody orders it anew; a text is never repeated by itself. An earlier link dies
only when the text with the new one has gone out: whatever fails, a link somebody holds works.

Some texts are under way at the same time, each in a request of its own. The services take many
numbers in one request too, but say one thing for all of them; here each person's outcome is known.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat

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
AT_ONCE = 8  # texts under way; after a crash no more than these are unsure
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
    """Return how often the service gave which reason for a text that did not go out for sure."""
    query = select(Message.fault, func.count()).where(
        Message.round_id == round_.id, Message.fault != "", Message.state.in_((FAILED, UNSURE))
    )
    rows = session.execute(query.group_by(Message.fault).order_by(Message.fault))
    return {row[0]: row[1] for row in rows}


def send_waiting(
    database: Database,
    settings: Settings,
    round_id: str,
    drivers: Sequence[Driver],
    *,
    actor: str,
    progress: Progress | None = None,
    pauses: Sequence[float] = PAUSES,
) -> Counter[str]:
    """Send what waits, as many at once as there are drivers; return how many ended how.

    Only one may do so at a time. Raises `Problem` when the service stays busy: the rest waits on.
    """
    service = settings.text_service
    if service is None:
        raise Problem(NO_SERVICE)
    ended: Counter[str] = Counter()
    try:
        with ThreadPoolExecutor(len(drivers), "texts") as pool:
            total, tries = give_up_unfinished(database, round_id), 0
            while turns := take_turns(database, settings, round_id, len(drivers), ended):
                if progress:
                    progress.step(STAGE, sum(ended.values()), total)
                outcomes = list(pool.map(send, drivers, repeat(service), turns))
                finish(database, round_id, turns, outcomes)
                ended.update(state for state, _ in outcomes if state != WAITING)
                busy = [fault for state, fault in outcomes if state == WAITING]
                tries = tries + 1 if len(busy) == len(turns) else min(len(busy), 1)
                if tries > len(pauses):
                    raise Problem(BUSY, code=busy[0])
                if busy:
                    time.sleep(pauses[tries - 1])
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


def take_turns(
    database: Database, settings: Settings, round_id: str, most: int, ended: Counter[str]
) -> list[Turn]:
    """Return the next messages as under way, with fresh codes where they carry one.

    Who has answered, opted out or lost the number meanwhile is skipped. Nothing is left at the end.
    """
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        lock_round(session, round_)
        opted, vault = OptOuts.of(session, settings, round_), Vault.of(settings, round_id)
        is_open = round_.status in (DRAWN, FIELD)
        query = select(Message).where(Message.round_id == round_id, Message.state == WAITING)
        turns: list[Turn] = []
        while len(turns) < most and (
            message := session.scalar(query.order_by(Message.id).limit(1))
        ):
            selection = session.get_one(Selection, message.selection_id, with_for_update=True)
            identity = vault.read(selection.person)
            is_wanted = is_open and selection.disposition in (PENDING, UNREACHABLE)
            if not is_wanted or not can_text(opted, identity):
                message.state = SKIPPED
                ended[SKIPPED] += 1
                continue
            message.state = SENDING
            link_id, code = 0, ""
            if message.kind != REMINDER:
                link_id, code = make_link(session, settings, round_, selection)
            turns.append(Turn(message.id, selection.id, keep_digits(identity.phone), link_id, code))
        return turns


def make_link(
    session: Session, settings: Settings, round_: Round, selection: Selection
) -> tuple[int, str]:
    """Make a link beside whatever somebody holds; return its id and its code."""
    issued = make_links(session, settings, round_, [selection])[0]
    newest = select(func.max(Link.id)).where(Link.selection_id == selection.id)
    return session.scalar(newest) or 0, issued.code


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


def finish(
    database: Database,
    round_id: str,
    turns: Sequence[Turn],
    outcomes: Sequence[tuple[str, str]],
) -> None:
    """Note how messages ended; of each person's links, keep the one that they now hold."""
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id)
        for turn, (state, fault) in zip(turns, outcomes, strict=True):
            message = session.get_one(Message, turn.id)
            message.state, message.fault = state, fault[:64]
            if turn.link_id and state != UNSURE:
                keep_one_link(session, round_, turn, is_newest=state == SENT)


def keep_one_link(session: Session, round_: Round, turn: Turn, *, is_newest: bool) -> None:
    """Void the earlier links of whoever got the new one, or the new one that did not go out."""
    links = select_open_links(round_, turn.selection_id).with_for_update(of=Link)
    for link in session.scalars(links):
        if (link.id == turn.link_id) != is_newest:
            link.state = LINK_VOID
            discard_draft(session.connection(), link.id)
