"""An opening that is interrupted anywhere, by an error or by kill -9, loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sampling.problems import Problem
from scoring.record import verify_answers
from survey.assessments.models import ANSWERS, CLOSED, OPENED, Round
from survey.assessments.operations import find_record, read_body
from survey.audit_log import AuditEvent, find_breaks
from survey.database import Database
from survey.jobs import DONE, FAILED, INTERRUPTED, Progress, find_job, run_job, start_job
from survey.responses import opening
from survey.responses.models import AnswerPaper, Envelope
from survey.responses.opening import OPENING, Silence, finish_openings, open_round
from survey.settings import Settings
from tests.survey.factories import PRIVATE_KEY
from tests.survey.responses.test_opening import MARK, PEOPLE, answered, read_everything

__all__ = ["answered"]  # the fixture

BATCH = 5
STAGES = [
    (stage, call)
    for stage, calls in {
        "read_envelopes": 1,
        "count_papers": 1,
        "keep_papers": 1,
        "write_rows": 3,
        "make_it_count": 1,
        "save_record": 2,
        "record_event": 2,
        "destroy_envelopes": 1,
        "count_envelopes": 1,
        "destroy_batch": 2,
        "discard_papers": 1,
        "erase_traces": 4,
    }.items()
    for call in range(1, calls + 1)
]


class Cut(RuntimeError):
    """The power went."""


class CuttingTeller:
    """Cuts at the n-th step that it is told of."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self, stage: str, *_: int) -> None:
        if not self.left:
            raise Cut(stage)
        self.left -= 1


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BATCH", BATCH)
    monkeypatch.setattr(opening, "WRITTEN", BATCH)
    monkeypatch.setattr(opening, "PAUSE", 0)


def assert_nothing_is_lost_or_doubled(database: Database, round_id: str) -> None:
    """Whatever happened: the envelopes are all there and sealed, or all answers are, once."""
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        papers = session.scalars(select(AnswerPaper)).all()
        envelopes = session.scalars(select(Envelope)).all()
        certificate = find_record(session, round_, ANSWERS)
        if round_.status == CLOSED:
            assert (len(papers), len(envelopes), certificate) == (0, PEOPLE, None)
            return
        marks = [paper.answers["suggestion"] for paper in papers]
        assert sorted(marks) == sorted(MARK.format(number) for number in range(PEOPLE))
        assert certificate is not None
        body = read_body(certificate)
        verify_answers(body)
        assert {envelope.leaf for envelope in envelopes} <= set(body["leaves"])


def assert_finished(database: Database, round_id: str) -> None:
    assert_nothing_is_lost_or_doubled(database, round_id)
    with database.sessions() as session:
        assert session.get_one(Round, round_id).status == OPENED
        assert not session.scalars(select(Envelope)).all()
        assert not list(find_breaks(session))
        actions = list(session.scalars(select(AuditEvent.action)))
    for action in ("round.submissions", "round.open", "round.destroy"):
        assert actions.count(action) == 1


def test_cut_at_every_step_it_goes_on(answered: str, database: Database) -> None:
    cuts = 0
    while True:
        try:
            open_round(database, answered, PRIVATE_KEY, "official", CuttingTeller(cuts))
        except Cut:
            assert_nothing_is_lost_or_doubled(database, answered)
            cuts += 1
        else:
            break
    assert cuts > PEOPLE // BATCH + 3
    assert_finished(database, answered)


@pytest.mark.parametrize(("stage", "call"), STAGES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_inside_every_stage_it_goes_on(
    answered: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    call: int,
    when: str,
) -> None:
    do: Callable[..., Any] = getattr(opening, stage)
    calls = 0

    def cut(*values: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and when == "before":
            raise Cut(stage)
        result = do(*values, **named)
        if calls == call:
            raise Cut(stage)
        return result

    with monkeypatch.context() as broken:
        broken.setattr(opening, stage, cut)
        with pytest.raises(Cut):
            open_round(database, answered, PRIVATE_KEY, "official", Silence())
    assert_nothing_is_lost_or_doubled(database, answered)
    with database.sessions() as session:
        is_counted = session.get_one(Round, answered).status == OPENED
    open_round(database, answered, "" if is_counted else PRIVATE_KEY, "official", Silence())
    assert_finished(database, answered)


PROGRAM = """
import os, signal, sys
from functools import partial
from survey.database import Database
from survey.jobs import run_job
from survey.responses import opening

url, round_id, stage, when = sys.argv[1:]
opening.BATCH = opening.WRITTEN = 5
do = getattr(opening, stage)

def die(*values, **named):
    if when != "before":
        do(*values, **named)
    print("now", flush=True)
    signal.pause()

setattr(opening, stage, die)
key = sys.stdin.readline()
work = partial(opening.open_round, database := Database(url), round_id, key, "official")
run_job(database, opening.OPENING, round_id, work)
"""


@pytest.mark.parametrize(
    ("stage", "when"),
    [("count_papers", "before"), ("write_rows", "after"), ("record_event", "after"),
     ("destroy_envelopes", "before"), ("erase_traces", "before")],
)  # fmt: skip
def test_killed_it_is_begun_again_by_another_process(
    answered: str, database: Database, settings: Settings, stage: str, when: str
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, settings.database_url, answered, stage, when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdin
    assert child.stdout
    child.stdin.write(PRIVATE_KEY + "\n")
    child.stdin.flush()
    assert child.stdout.readline() == "now\n"
    with pytest.raises(Problem, match="being done already"):
        run_job(database, OPENING, answered, lambda _: None)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    job = wait_until_free(database, answered)
    if stage == "write_rows":  # what was written counts for nothing, and goes at the next start
        with database.sessions() as session:
            assert session.get_one(Round, answered).status == CLOSED
            assert len(session.scalars(select(AnswerPaper)).all()) == BATCH
    if (stage, when) not in {("destroy_envelopes", "before"), ("erase_traces", "before")}:
        finish_openings(database)
    assert_nothing_is_lost_or_doubled(database, answered)
    assert PRIVATE_KEY.encode() not in read_everything(database.engine, settings.home)
    assert job == INTERRUPTED

    def go_on(progress: Progress) -> None:
        open_round(database, answered, PRIVATE_KEY, "official", progress)

    run_job(database, OPENING, answered, go_on)
    assert_finished(database, answered)
    found = find_job(database, OPENING, answered)
    assert found is not None
    assert found.state == DONE
    with database.sessions() as session:
        ciphertexts = session.scalars(select(Envelope.ciphertext)).all()
    assert ciphertexts == []


def wait_until_free(database: Database, round_id: str) -> str:
    """Return the state that the job is seen in; a server takes a moment to miss a client."""
    for _ in range(100):
        job = find_job(database, OPENING, round_id)
        assert job is not None
        if not job.is_running:
            return job.state
        threading.Event().wait(0.05)
    return "running"


def test_of_two_at_once_one_is_turned_away(answered: str, database: Database) -> None:
    go = threading.Event()

    def work(progress: Progress) -> None:
        go.wait(10)
        open_round(database, answered, PRIVATE_KEY, "official", progress)

    first = start_job(database, OPENING, answered, work)
    with pytest.raises(Problem, match="being done already"):
        start_job(database, OPENING, answered, work)
    go.set()
    first.join(20)
    assert_finished(database, answered)


def test_what_was_wrong_is_kept_for_the_page(answered: str, database: Database) -> None:
    def work(progress: Progress) -> None:
        open_round(database, answered, "00" * 32, "official", progress)

    start_job(database, OPENING, answered, work).join(10)
    job = find_job(database, OPENING, answered)
    assert job is not None
    assert job.state == FAILED
    assert "not the private key" in str(job.message)
    assert_nothing_is_lost_or_doubled(database, answered)


def test_the_site_finishes_what_needs_no_key(
    answered: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as broken:
        broken.setattr(opening, "destroy_envelopes", cut)
        with pytest.raises(Cut):
            open_round(database, answered, PRIVATE_KEY, "official", Silence())
    finish_openings(database)
    assert_finished(database, answered)
    finish_openings(database)
    assert_finished(database, answered)
