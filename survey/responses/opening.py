"""The opening (开封): all envelopes of a closed round read, shuffled, counted, then destroyed.

It can be interrupted anywhere and begun again. Until all is counted, everything opened is in this
process's memory alone, and so is the key. Then the papers are written, shuffled, in short
transactions that let others write in between; the last of these makes them count, with the
certificates and the round's new status. What an interrupted one wrote before that is deleted, and
nobody's envelope is touched. After it the key is not needed any more.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.answers import Paper as CountedPaper
from survey.assessments.models import ANSWERS, CLOSED, OPEN_ANSWERS, OPENED, RATE, Round
from survey.assessments.operations import (
    advance,
    find_record,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.database import Database
from survey.jobs import find_job
from survey.open_answers.models import OpenEnvelope, OpenPaper
from survey.open_answers.opening import (
    list_open_leaves,
    make_row,
    read_open_envelopes,
    read_places,
)
from survey.open_answers.tally import OpenAnswers, Place, count_open_papers, make_open_tray
from survey.questionnaires.frozen import read_round_edition
from survey.questionnaires.paper import Edition
from survey.responses.counted import count_answered, read_counted_round
from survey.responses.hours import log_submissions
from survey.responses.models import AnswerPaper, Envelope, random_key
from survey.responses.tally import (
    CountedRound,
    check_set_aside,
    count_papers,
    make_opener,
    make_tray,
)
from survey.traces import erase_traces

OPENING = "opening"  # the kind of its job
BATCH = 2000  # envelopes in memory at a time
WRITTEN = 1000  # rows written or deleted in one transaction, a fraction of a second
PAUSE = 0.02  # seconds between two of them, for whoever waits to write

READING = N_("opening the envelopes")
COUNTING = N_("counting")
KEEPING = N_("writing papers and certificates")
DESTROYING = N_("destroying the envelopes")
ERASING = N_("erasing traces")

STILL_IN_LOG = N_(
    "The answers are counted, but another program is reading the database, and the destroyed "
    "envelopes are still in its log. End that program; the log is cleared when the site starts."
)
WAS_CHANGED = N_("the round was changed while it was being opened; please try again")


def check_key(session: Session, round_: Round, private_key: str) -> None:
    """Raise `Problem` unless the round can be opened now, with this key."""
    require_status(round_, CLOSED)
    make_opener(read_counted_round(session, round_), private_key)


class Teller(Protocol):
    """Whom the opening tells how far it is: `survey.jobs.Progress`."""

    def step(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Note that `stage` is at `done` of `total`."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A closed round as it is opened: what counting needs, and which envelopes there are.

    `open_leaves` has leaf and key of each envelope of its places.
    """

    counted: CountedRound
    edition: Edition
    leaves: list[str]
    places: list[Place]
    open_leaves: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Counted:
    """A round that was opened and counted in memory: papers, shuffled, and records by kind."""

    papers: list[CountedPaper]
    open_papers: list[OpenAnswers]
    records: dict[str, dict[str, Any]]
    set_aside: int


def open_round(
    database: Database,
    round_id: str,
    private_key: str,
    actor: str,
    teller: Teller,
    *,
    most_damaged: int | None = None,
) -> None:
    """Open, count and destroy the envelopes of a closed round; finish what was interrupted.

    An envelope that does not open is set aside by its receipt; `check_set_aside` says how many
    may be, or `most_damaged` does. Raises `Problem` for more, and for a wrong key; then nothing is
    changed. A round whose answers are counted needs no key: only what is left is done. Two at
    once must be kept apart by the caller (`survey.jobs`).
    """
    with database.sessions() as session:
        is_counted = session.get_one(Round, round_id).status == OPENED
    if not is_counted:
        discard_papers(database, round_id)  # of an attempt that was killed while it wrote
        sealed = read_sealed(database, round_id)
        counted = count_sealed(database, sealed, private_key, teller, most_damaged)
        keep_counted(database, sealed, counted, actor, teller)
    destroy_envelopes(database, round_id, actor, teller)
    teller.step(ERASING)
    for model in (Envelope, OpenEnvelope):
        if not erase_traces(database, model):
            raise Problem(STILL_IN_LOG)


def read_sealed(database: Database, round_id: str) -> Sealed:
    """Return a closed round with the list of its envelopes; raise `Problem` for another status."""
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        require_status(round_, CLOSED)
        counted, leaves = read_counted_round(session, round_), list_leaves(session, round_)
        edition = read_round_edition(session, round_id, counted.edition)
        places = read_places(session, round_)
    return Sealed(counted, edition, leaves, places, list_open_leaves(database, round_id))


def count_sealed(
    database: Database, sealed: Sealed, private_key: str, teller: Teller, most: int | None
) -> Counted:
    """Open all envelopes into memory, shuffle and count them; nothing is written."""
    tray = make_tray(sealed.counted, sealed.edition, private_key)
    open_tray = make_open_tray(sealed.counted.id, sealed.edition, sealed.places, private_key)
    total, done = len(sealed.leaves) + len(sealed.open_leaves), 0
    both = (
        (tray, read_envelopes(database, sealed.leaves), len(sealed.leaves)),
        (open_tray, read_open_envelopes(database, sealed.open_leaves), len(sealed.open_leaves)),
    )
    for each, batches, number in both:
        for batch in batches:
            for leaf, ciphertext in batch:
                each.take(leaf, ciphertext)
            check_set_aside(each.set_aside, number, most)
            done += len(batch)
            teller.step(READING, done, total)
    for papers in (tray.papers, open_tray.papers):
        secrets.SystemRandom().shuffle(papers)
    teller.step(COUNTING)
    rate, certificate = count_papers(
        sealed.counted, sealed.edition, tray.papers, sealed.leaves, tray.set_aside
    )
    records = {RATE: rate, ANSWERS: certificate}
    if sealed.places:
        leaves = [leaf for leaf, _ in sealed.open_leaves]
        records[OPEN_ANSWERS] = count_open_papers(sealed.counted, sealed.places, open_tray, leaves)
    set_aside = len(tray.set_aside) + len(open_tray.set_aside)
    return Counted(tray.papers, open_tray.papers, records, set_aside)


def keep_counted(
    database: Database, sealed: Sealed, counted: Counted, actor: str, teller: Teller
) -> None:
    """Write papers and certificates; what fails before the last transaction is deleted again."""
    round_id = sealed.counted.id
    try:
        keep_papers(database, round_id, counted.papers, teller)
        keep_open_papers(database, round_id, counted.open_papers, teller)
        make_it_count(database, sealed, counted, actor)
    except BaseException:
        with suppress(Exception):  # it is done again at the start, and when it is begun again
            discard_papers(database, round_id)
        raise


def make_it_count(database: Database, sealed: Sealed, counted: Counted, actor: str) -> None:
    """Turn the round to opened, with its certificates, if all is there and nothing else came."""
    with database.transaction() as session:
        round_ = session.get_one(Round, sealed.counted.id, with_for_update=True)
        require_status(round_, CLOSED)
        found = [
            session.scalar(select(func.count()).where(of_round(model, round_.id)))
            for model in (Envelope, OpenEnvelope, AnswerPaper, OpenPaper)
        ]
        expected = (sealed.leaves, sealed.open_leaves, counted.papers, counted.open_papers)
        if found != [len(each) for each in expected]:
            raise Problem(WAS_CHANGED)
        if read_counted_round(session, round_) != sealed.counted:
            raise Problem(WAS_CHANGED)
        for kind, record in counted.records.items():
            save_record(session, round_, kind, record)
        log_submissions(session, round_)
        advance(round_, OPENED)
        told = {"papers": len(counted.papers), "answered": count_answered(session, round_)}
        if counted.set_aside:
            told["set_aside"] = counted.set_aside
        record_event(session, actor, "round.open", round_.id, **told)


def read_envelopes(database: Database, leaves: Sequence[str]) -> Iterator[list[tuple[str, bytes]]]:
    """Yield leaf and ciphertext of envelopes in batches, in the order of the leaves, sorted.

    That order is the hashes': it says nothing of who came when. Each batch is read by itself, so
    that no reader is held open. An envelope that is gone meanwhile is left out.
    """
    for start in range(0, len(leaves), BATCH):
        batch = leaves[start : start + BATCH]
        query = select(Envelope.leaf, Envelope.ciphertext).where(Envelope.leaf.in_(batch))
        with database.sessions() as session:
            rows = session.execute(query.order_by(Envelope.leaf))
            found = [(leaf, ciphertext) for leaf, ciphertext in rows]
        yield found


def list_leaves(session: Session, round_: Round) -> list[str]:
    """Return the leaves of a round's envelopes, sorted."""
    query = select(Envelope.leaf).where(Envelope.round_id == round_.id).order_by(Envelope.leaf)
    return list(session.scalars(query))


def count_envelopes(database: Database, round_id: str) -> int:
    """Return how many envelopes of a round there are, those of its places included."""
    with database.sessions() as session:
        return sum(
            session.scalar(select(func.count()).where(of_round(model, round_id))) or 0
            for model in (Envelope, OpenEnvelope)
        )


def keep_papers(
    database: Database, round_id: str, papers: Sequence[CountedPaper], teller: Teller
) -> None:
    """Write papers in the order given, which must be a shuffled one, under random keys."""

    def make_paper(paper: CountedPaper) -> dict[str, Any]:
        return {
            "id": random_key(),
            "round_id": round_id,
            "category": paper.category,
            "answer_stratum": paper.answer_stratum,
            "answers": dict(paper.answers),
            "flags": dict(paper.flags),
        }

    for start in range(0, len(papers), WRITTEN):
        rows = [make_paper(paper) for paper in papers[start : start + WRITTEN]]
        write_rows(database, AnswerPaper, rows)
        teller.step(KEEPING, start + len(rows), len(papers))


def keep_open_papers(
    database: Database, round_id: str, papers: Sequence[OpenAnswers], teller: Teller
) -> None:
    """Write the papers of the places, as `keep_papers`."""
    for start in range(0, len(papers), WRITTEN):
        rows = [make_row(round_id, paper) for paper in papers[start : start + WRITTEN]]
        write_rows(database, OpenPaper, rows)
        teller.step(KEEPING, start + len(rows), len(papers))


def write_rows(
    database: Database, model: type[AnswerPaper | OpenPaper], rows: list[dict[str, Any]]
) -> None:
    """Write rows in a transaction of their own, and let others write after it."""
    with database.transaction() as session:
        session.execute(insert(model.__table__), rows)  # type: ignore[arg-type] # a Table, as every model has
    time.sleep(PAUSE)


def discard_papers(database: Database, round_id: str) -> None:
    """Delete what an opening wrote that did not come to its end, and its traces.

    Raises `Problem` for a round that is not closed: the papers of an opened one stay.
    """
    for model in (AnswerPaper, OpenPaper):
        batch = [""]
        while batch:
            with database.transaction() as session:
                require_status(session.get_one(Round, round_id, with_for_update=True), CLOSED)
                query = select(model.id).where(of_round(model, round_id)).limit(WRITTEN)
                batch = list(session.scalars(query))
                session.execute(delete(model).where(model.id.in_(batch)))
            time.sleep(PAUSE if batch else 0)
        erase_traces(database, model)


def destroy_envelopes(database: Database, round_id: str, actor: str, teller: Teller) -> None:
    """Delete the envelopes of a counted round, in batches that hold nobody else up for long.

    Raises `Problem` for an envelope that the answers certificate does not list: what was not
    counted is not destroyed.
    """
    counted = list_counted(database, round_id)
    total = count_envelopes(database, round_id)
    destroyed = 0
    while destroyed < total:
        teller.step(DESTROYING, destroyed, total)
        with database.transaction() as session:
            deleted = destroy_batch(session, round_id, counted)
            destroyed = destroyed + deleted if deleted else total
            if destroyed >= total:
                record_event(session, actor, "round.destroy", round_id, envelopes=total)
        time.sleep(PAUSE)


def destroy_batch(session: Session, round_id: str, counted: frozenset[str]) -> int:
    """Delete some envelopes of an opened round, those of its places last; return how many."""
    require_status(session.get_one(Round, round_id), OPENED)
    query = select(Envelope.leaf).where(of_round(Envelope, round_id))
    batch = list(session.scalars(query.limit(WRITTEN)))
    if not counted.issuperset(batch):
        raise Problem(N_("an envelope was not counted; it is not destroyed"))
    session.execute(delete(Envelope).where(Envelope.leaf.in_(batch)))
    if batch:
        return len(batch)
    query = select(OpenEnvelope.id).where(of_round(OpenEnvelope, round_id))
    batch = list(session.scalars(query.limit(WRITTEN)))
    session.execute(delete(OpenEnvelope).where(OpenEnvelope.id.in_(batch)))
    return len(batch)


def list_counted(database: Database, round_id: str) -> frozenset[str]:
    """Return the leaves that the answers certificate of a round lists; none without one."""
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, round_id), ANSWERS)
        return frozenset(read_body(record)["leaves"] if record else ())


def finish_openings(database: Database, actor: str = "site") -> None:
    """Put right what interrupted openings left; needs no key.

    What was counted has its envelopes destroyed; what was not loses the papers written so far.
    """
    for round_id in find_rounds(database, CLOSED, AnswerPaper, OpenPaper):
        job = find_job(database, OPENING, round_id)
        if job is None or not job.is_running:
            discard_papers(database, round_id)
    unfinished = find_rounds(database, OPENED, Envelope, OpenEnvelope)
    for round_id in unfinished:
        destroy_envelopes(database, round_id, actor, Silence())
    if unfinished:
        erase_traces(database, Envelope)
        erase_traces(database, OpenEnvelope)


def find_rounds(database: Database, status: str, *models: type[Any]) -> list[str]:
    """Return the rounds of a status that have rows in one of the tables."""
    with database.sessions() as session:
        rounds = session.scalars(select(Round.id).where(Round.status == status)).all()
        return [
            round_id
            for round_id in rounds
            if any(
                session.scalar(select(model.round_id).where(of_round(model, round_id)).limit(1))
                for model in models
            )
        ]


def of_round(model: type[Any], round_id: str) -> ColumnElement[bool]:
    """Return the condition that a row is of a round."""
    is_of: ColumnElement[bool] = model.round_id == round_id
    return is_of


class Silence:
    """Tells nobody."""

    def step(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Do nothing."""
