"""The opening (开封): all envelopes of a closed round read, shuffled, counted, then destroyed.

It can be interrupted anywhere and begun again. Until one transaction has kept papers,
certificates and the round's new status, everything opened is in this process's memory alone, and
so is the key; after it the key is not needed any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.answers import Paper as CountedPaper
from survey.assessments.models import ANSWERS, CLOSED, OPENED, PLAN, RATE, Round
from survey.assessments.operations import (
    advance,
    find_record,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.database import Database
from survey.open_answers.models import OpenEnvelope
from survey.open_answers.opening import open_places
from survey.questionnaires.frozen import read_round_edition
from survey.responses.hours import log_submissions
from survey.responses.models import AnswerPaper, Envelope, random_key
from survey.responses.tally import CountedRound, count_papers, make_opener, open_paper
from survey.samples.models import ANSWERED, NOT_ELIGIBLE, Selection
from survey.traces import erase_traces

OPENING = "opening"  # the kind of its job
BATCH = 2000  # envelopes in memory at a time

READING = N_("opening the envelopes")
COUNTING = N_("counting")
KEEPING = N_("writing papers and certificates")
DESTROYING = N_("destroying the envelopes")
ERASING = N_("erasing traces")

STILL_IN_LOG = N_(
    "The answers are counted, but another program is reading the database, and the destroyed "
    "envelopes are still in its log. End that program; the log is cleared when the site starts."
)


def check_key(session: Session, round_: Round, private_key: str) -> None:
    """Raise `Problem` unless the round can be opened now, with this key."""
    require_status(round_, CLOSED)
    make_opener(read_counted_round(session, round_), private_key)


class Teller(Protocol):
    """Whom the opening tells how far it is: `survey.jobs.Progress`."""

    def step(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Note that `stage` is at `done` of `total`."""


def open_round(
    database: Database, round_id: str, private_key: str, actor: str, teller: Teller
) -> None:
    """Open, count and destroy the envelopes of a closed round; finish what was interrupted.

    Raises `Problem` for a wrong key or a single envelope that does not open; then nothing is
    changed. A round whose answers are counted needs no key: only what is left is done. Two at
    once must be kept apart by the caller (`survey.jobs`).
    """
    erase_traces(database, AnswerPaper)  # of an attempt that was killed while it wrote
    with database.sessions() as session:
        is_counted = session.get_one(Round, round_id).status == OPENED
    if not is_counted:
        _count_round(database, round_id, private_key, actor, teller)
    destroy_envelopes(database, round_id, actor, teller)
    teller.step(ERASING)
    for model in (Envelope, OpenEnvelope):
        if not erase_traces(database, model):
            raise Problem(STILL_IN_LOG)


def _count_round(
    database: Database, round_id: str, private_key: str, actor: str, teller: Teller
) -> None:
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        require_status(round_, CLOSED)
        counted, leaves = read_counted_round(session, round_), list_leaves(session, round_)
        edition = read_round_edition(session, round_id, counted.edition)
    opener = make_opener(counted, private_key)
    papers: list[CountedPaper] = []
    for batch in read_envelopes(database, leaves):
        papers += [open_paper(opener, edition, leaf, ciphertext) for leaf, ciphertext in batch]
        teller.step(READING, len(papers), len(leaves))
    secrets.SystemRandom().shuffle(papers)
    teller.step(COUNTING)
    rate, certificate = count_papers(counted, edition, papers, leaves)
    teller.step(KEEPING)
    with database.transaction() as session:
        round_ = session.get_one(Round, round_id, with_for_update=True)
        require_status(round_, CLOSED)
        now = read_counted_round(session, round_), list_leaves(session, round_)
        if now != (counted, leaves) or len(papers) != len(leaves):
            raise Problem(N_("the round was changed while it was being opened; please try again"))
        keep_papers(session, round_, papers)
        save_record(session, round_, RATE, rate)
        save_record(session, round_, ANSWERS, certificate)
        open_places(session, round_, private_key)
        log_submissions(session, round_)
        advance(round_, OPENED)
        answered = count_answered(session, round_)
        record_event(session, actor, "round.open", round_id, papers=len(papers), answered=answered)


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
    """Return how many envelopes of a round there are."""
    with database.sessions() as session:
        query = select(func.count()).where(Envelope.round_id == round_id)
        return session.scalar(query) or 0


def keep_papers(session: Session, round_: Round, papers: Sequence[CountedPaper]) -> None:
    """Write papers in the order given, which must be a shuffled one, under random keys."""
    table = AnswerPaper.__table__
    for start in range(0, len(papers), BATCH):
        rows: list[dict[str, Any]] = [
            {
                "id": random_key(),
                "round_id": round_.id,
                "category": paper.category,
                "answer_stratum": paper.answer_stratum,
                "answers": dict(paper.answers),
                "flags": dict(paper.flags),
            }
            for paper in papers[start : start + BATCH]
        ]
        session.execute(insert(table), rows)  # type: ignore[arg-type] # a Table, as every model has


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
            query = select(Envelope.leaf).where(Envelope.round_id == round_id)
            batch = list(session.scalars(query.limit(BATCH)))
            if not counted.issuperset(batch):
                raise Problem(N_("an envelope was not counted; it is not destroyed"))
            session.execute(delete(Envelope).where(Envelope.leaf.in_(batch)))
            destroyed += len(batch)
            if destroyed >= total:
                record_event(session, actor, "round.destroy", round_id, envelopes=total)


def list_counted(database: Database, round_id: str) -> frozenset[str]:
    """Return the leaves that the answers certificate of a round lists; none without one."""
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, round_id), ANSWERS)
        return frozenset(read_body(record)["leaves"] if record else ())


def finish_openings(database: Database, actor: str = "site") -> None:
    """Destroy what openings left that were interrupted after they had counted; needs no key."""
    query = select(Round.id).where(
        Round.status == OPENED, select(Envelope.leaf).where(Envelope.round_id == Round.id).exists()
    )
    with database.sessions() as session:
        unfinished = list(session.scalars(query))
    for round_id in unfinished:
        destroy_envelopes(database, round_id, actor, Silence())
    if unfinished:
        erase_traces(database, Envelope)
        erase_traces(database, OpenEnvelope)


class Silence:
    """Tells nobody."""

    def step(self, stage: str, done: int = 0, total: int = 0, /) -> None:
        """Do nothing."""


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
