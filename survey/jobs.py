"""Long work (任务) outside of a request: one at a time of its kind and subject, told by polling.

A job is a row that says how far the work is, and a lock that its process holds while it works.
The lock goes with the process, so that a job whose process was killed is seen to be interrupted
and can be started again; the work itself must bear that.
"""

from __future__ import annotations

import fcntl
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import JSON, String, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from sampling.problems import N_, Problem
from survey.assessments.models import new_id
from survey.database import Base, Database

RUNNING, DONE, FAILED = "running", "done", "failed"
INTERRUPTED = "interrupted"  # seen, not stored: running by its row, and nobody holds its lock
WRITE_EVERY = 1.0  # seconds
TRIES, PAUSE = 10, 0.05  # for a lock that somebody may only be looking at

IS_RUNNING = N_("this is being done already; it is not begun a second time")
STOPPED = N_("the work was stopped by an error; it can be started again")

log = structlog.get_logger()


class Job(Base):
    """How far a job is: `message` is what is being done or what was wrong, to be translated."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("kind", "subject"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), default=RUNNING)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


@dataclass(frozen=True, slots=True)
class JobState:
    """A job as a page shows it."""

    state: str
    done: int
    total: int
    message: Problem | None

    @property
    def is_running(self) -> bool:
        """Whether somebody works at it now."""
        return self.state == RUNNING


class Progress:
    """Tells how far a job is; writes a row when the stage changes, else once a second at most."""

    def __init__(self, database: Database, kind: str, subject: str) -> None:
        self._database, self._kind, self._subject = database, kind, subject
        self._stage, self._written = "", 0.0

    def step(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Note that `stage` (a message) is at `done` of `total`."""
        now = time.monotonic()
        if stage != self._stage or now - self._written >= WRITE_EVERY:
            self._stage, self._written = stage, now
            self.write(RUNNING, done, total, message=stage)

    def write(
        self,
        state: str,
        done: int = 0,
        total: int = 0,
        *,
        message: str = "",
        values: Mapping[str, object] | None = None,
        where: str = "",
    ) -> None:
        """Write the job's row."""
        with self._database.transaction() as session:
            job = _find(session, self._kind, self._subject)
            if job is None:
                job = Job(kind=self._kind, subject=self._subject)
                session.add(job)
            job.state, job.done, job.total = state, done, total
            told = {name: str(value) for name, value in (values or {}).items()}
            job.message = {"text": message, "values": told, "where": where}


Work = Callable[[Progress], object]


def run_job(database: Database, kind: str, subject: str, work: Work) -> None:
    """Do the work here and now; what it raises is noted and raised again.

    Raises `Problem` if somebody else is at it, in this process or in another.
    """
    with _exclusive(database, kind, subject) as is_ours:
        if not is_ours:
            raise Problem(IS_RUNNING)
        _work(database, kind, subject, work)


def start_job(database: Database, kind: str, subject: str, work: Work) -> threading.Thread:
    """Do the work in a thread of this process; raises as `run_job` if somebody is at it.

    What `work` holds (a key) is in memory only, and gone with the thread.
    """
    lock = _exclusive(database, kind, subject)
    if not lock.__enter__():
        lock.__exit__(None, None, None)
        raise Problem(IS_RUNNING)
    Progress(database, kind, subject).write(RUNNING)  # seen by the page that comes next

    def run() -> None:
        try:
            _work(database, kind, subject, work)
        except Exception as error:  # told on the page; a value of the error may be a person's
            log.error("job.failed", kind=kind, subject=subject, error=type(error).__name__)
        finally:
            lock.__exit__(None, None, None)

    thread = threading.Thread(target=run, name=f"{kind} {subject}", daemon=True)
    thread.start()
    return thread


def find_job(database: Database, kind: str, subject: str) -> JobState | None:
    """Return how a job stands, or None if it was never begun."""
    with database.sessions() as session:
        job = _find(session, kind, subject)
    if job is None:
        return None
    state = job.state
    if state == RUNNING:
        with _exclusive(database, kind, subject, tries=1) as is_free:
            state = INTERRUPTED if is_free else RUNNING
    told = job.message
    message = (
        Problem(told["text"], where=told["where"], **told["values"]) if told.get("text") else None
    )
    return JobState(state, job.done, job.total, message)


def _work(database: Database, kind: str, subject: str, work: Work) -> None:
    progress = Progress(database, kind, subject)
    progress.write(RUNNING)
    try:
        work(progress)
    except Problem as problem:
        progress.write(FAILED, message=problem.message, values=problem.values, where=problem.where)
        raise
    except Exception:
        progress.write(FAILED, message=STOPPED)
        raise
    progress.write(DONE)


def _find(session: Session, kind: str, subject: str) -> Job | None:
    return session.scalar(select(Job).where(Job.kind == kind, Job.subject == subject))


def _exclusive(
    database: Database, kind: str, subject: str, tries: int = TRIES
) -> AbstractContextManager[bool]:
    """Return a context in which nobody else holds the same; it yields False if somebody does."""
    if database.engine.dialect.name == "postgresql":
        return _advisory_lock(database, f"{kind} {subject}", tries)
    path = database.engine.url.database
    return _flock(Path(f"{path}.{kind}-{subject}.lock"), tries) if path else nullcontext(True)


@contextmanager
def _flock(path: Path, tries: int) -> Iterator[bool]:
    with path.open("w") as file:
        yield _try(lambda: _try_flock(file.fileno()), tries)


def _try_flock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _advisory_lock(database: Database, name: str, tries: int) -> Iterator[bool]:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    query, release = (
        text(f"SELECT pg_{action}(:number)").bindparams(number=number)
        for action in ("try_advisory_lock", "advisory_unlock")
    )
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_ours = _try(lambda: bool(connection.scalar(query)), tries)
        try:
            yield is_ours
        finally:
            if is_ours:
                connection.execute(release)


def _try(take: Callable[[], bool], tries: int) -> bool:
    for number in range(tries):
        if number:
            time.sleep(PAUSE)
        if take():
            return True
    return False
