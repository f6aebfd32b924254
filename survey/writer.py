"""The one writer of an SQLite database: many small writes, one commit (group commit).

SQLite waits for its lock unfairly, and pays one fsync a commit. So there is one writer at a time:
the first thread that comes writes its own work and that of everybody who came meanwhile, commits
once, and only then tells them; the next in the line writes for those who came since. There is no
extra thread to start, to stop or to lose at a fork, and a write that is alone waits for nobody.

A work that raises is rolled back alone, to its savepoint. What breaks the transaction as a whole
(a full disk) is told to everybody in it: nothing of theirs is stored, and all may try again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from sqlite3 import Connection as SQLiteConnection
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import Connection, Engine

Result = TypeVar("Result")
Work = Callable[[Connection], Result]

LINE_LIMIT = 1000  # works waiting; as many as threads serve, in practice
PATIENCE = 20.0  # seconds in the line, say behind a long transaction of the desk


class BusyError(RuntimeError):
    """The database was not to be had in good time; nothing was stored, try again."""


class WriteFailedError(RuntimeError):
    """The transaction that held this work and others broke; nothing was stored, try again."""


def new_bell() -> Lock:
    """Return a lock that is held, so that acquiring it waits until somebody releases it."""
    bell = Lock()
    bell.acquire()
    return bell


@dataclass(slots=True, eq=False)
class Job(Generic[Result]):
    """A work in the line; `bell` rings when it is done, or when its thread is to write."""

    work: Work[Result]
    bell: Lock = field(default_factory=new_bell)
    leads: bool = False
    is_done: bool = False
    result: Result | None = None
    error: BaseException | None = None

    def run(self, connection: Connection, driver: SQLiteConnection) -> None:
        """Do the work in a savepoint of its own; keep its result or its error."""
        driver.execute("SAVEPOINT job")
        try:
            self.result = self.work(connection)
        except Exception as error:
            self.error = error
            if not driver.in_transaction:  # SQLite has rolled everything back
                raise
            driver.execute("ROLLBACK TO job")
        driver.execute("RELEASE job")

    def read_result(self) -> Result:
        """Return the result, after the commit, or raise the error."""
        if self.error is not None:
            raise self.error
        if not self.is_done:
            raise WriteFailedError
        return cast(Result, self.result)


class Writer:
    """The line of works before one SQLite database, for the threads of this process.

    `lock` is held round each transaction: it keeps other processes away.
    """

    def __init__(self, engine: Engine, lock: Callable[[], AbstractContextManager[object]]) -> None:
        self.engine = engine
        self.lock = lock
        self.start_line()

    def start_line(self) -> None:
        """Begin with an empty line; a process that was forked off has nobody waiting."""
        self._mutex = Lock()
        self._waiting: list[Job[Any]] = []
        self._is_writing = False

    def write(self, work: Work[Result]) -> Result:
        """Run `work` in a transaction and return its result after the commit."""
        job = Job(work)
        with self._mutex:
            if len(self._waiting) >= LINE_LIMIT:
                raise BusyError
            self._waiting.append(job)
            job.leads = not self._is_writing
            self._is_writing = True
        if job.leads or self._waits_to_lead(job):
            self._write_line(job)
        return job.read_result()

    def _waits_to_lead(self, job: Job[Any]) -> bool:
        """Wait until `job` is done, or until it is to lead; only the latter is true."""
        if not job.bell.acquire(timeout=PATIENCE):
            with self._mutex:
                if job in self._waiting and not job.leads:
                    self._waiting.remove(job)
                    raise BusyError
            job.bell.acquire()  # it is being written just now
        return job.leads

    def _write_line(self, own: Job[Any]) -> None:
        """Write for everybody in the line, then ring for them and for the next to lead."""
        batch: list[Job[Any]] = []
        try:
            with self.lock(), self.engine.connect() as connection:
                with self._mutex:
                    batch, self._waiting = self._waiting, []
                write_batch(connection, batch)
        finally:
            with self._mutex:
                if not batch:  # no lock, no connection: the next tries for itself
                    self._waiting.remove(own)
                self._is_writing = bool(self._waiting)
                followers = self._waiting[:1]
                for job in followers:
                    job.leads = True
            for job in followers + batch:
                job.bell.release()


def write_batch(connection: Connection, batch: list[Job[Any]]) -> None:
    """Run all works in one transaction and commit it; what fails as a whole is told to each."""
    driver = cast(SQLiteConnection, connection.connection.driver_connection)
    try:
        driver.execute("BEGIN IMMEDIATE")
        for job in batch:
            job.run(connection, driver)
        driver.execute("COMMIT")
    except BaseException as error:
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        for job in batch:
            if job.error is None:
                job.error = WriteFailedError("the transaction was rolled back")
                job.error.__cause__ = error
        if not isinstance(error, Exception):
            raise
    else:
        for job in batch:
            job.is_done = True
