"""Engine, sessions and the two ways to commit.

Operations take a session and flush; `transaction` alone commits them. What respondents do goes
through `write`: plain statements on a connection, and on SQLite many of them in one commit. On
SQLite both hold a lock on a file beside the database, because SQLite's own waiting is unfair under
load and a single writer keeps clear of trouble between checkpoint and write.
"""

from __future__ import annotations

import fcntl
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from sampling.problems import N_, Problem
from survey.writer import Writer

Result = TypeVar("Result")

BACKENDS = ("sqlite", "postgresql")
BUSY_TIMEOUT_MS = 10_000
POOL = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 20}  # a process has fewer threads

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_name)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def make_engine(url: str) -> Engine:
    """Return an engine for SQLite (WAL, synchronous FULL) or PostgreSQL (psycopg 3).

    Values are kept out of error messages: they may be a person's. Raises `Problem` for the address
    of anything else.
    """
    parsed = read_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True, **POOL)
    is_file = parsed.database not in (None, "", ":memory:")
    engine = create_engine(parsed, hide_parameters=True, **(POOL if is_file else {}))
    event.listen(engine, "do_connect", create_private)
    event.listen(engine, "connect", prepare_sqlite)
    return engine


def read_url(text: str) -> URL:
    """Return the address of a database, with the driver to use.

    Raises `Problem`, which leaves the password out, for the address of nothing we can open.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the second for a port that is no number
        url = URL.create("unknown")
    if url.get_backend_name() not in BACKENDS:
        raise Problem(
            N_("expected {expected} as the address of the database, got another kind of text"),
            expected="sqlite:///FILE or postgresql://HOST/NAME",
        )
    if url.get_backend_name() == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        url.get_dialect().import_dbapi()
    except (ArgumentError, ImportError) as error:
        raise Problem(
            N_("the driver of the database cannot be loaded: {reason}"), reason=error
        ) from error
    return url


def create_private(
    _dialect: Dialect, _record: ConnectionPoolEntry, arguments: list[str], _more: dict[str, object]
) -> None:
    """Make the file of a new SQLite database readable for its owner alone.

    SQLite would make it for everybody to read, and gives what it puts beside it the file's mode.
    """
    path = arguments[0]
    if path not in ("", ":memory:") and not path.startswith("file:"):
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """Set a new SQLite connection up; foreign keys are off in SQLite unless asked for."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",  # what the close destroys must not linger in free pages
        "temp_store=MEMORY",  # nor in files that nobody knows of
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


DATABASES: weakref.WeakSet[Database] = weakref.WeakSet()


class Database:
    """An engine, its sessions and its writer lock.

    >>> database = Database("sqlite://")
    >>> with database.transaction() as session:
    ...     _ = session.connection().exec_driver_sql("select 1")
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)
        self.reader = self.engine
        if not self.is_sqlite:  # a read is one statement; it need not be told where that ends
            self.reader = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.writer = Writer(self.engine, self._writer_lock)
        DATABASES.add(self)

    @contextmanager
    def transaction(self, session: Session | None = None) -> Iterator[Session]:
        """Yield a session (a new one, or the given one) and commit it, or roll it back on error."""
        owned = session is None
        session = session or self.sessions()
        try:
            with self._writer_lock():
                try:
                    yield session
                    session.commit()
                except BaseException:
                    session.rollback()
                    raise
        finally:
            if owned:
                session.close()

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work`, which only reads, and return its result."""
        with self.reader.connect() as connection:
            return work(connection)

    def write(self, work: Callable[[Connection], Result]) -> Result:
        """Run `work` in a transaction and return its result after the commit.

        What `work` raises undoes what it did, and nothing else. It must not commit by itself.
        """
        if self.is_sqlite:
            return self.writer.write(work)
        with self.engine.begin() as connection:
            return work(connection)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where this program has to keep the writers in line."""
        return self.engine.dialect.name == "sqlite"

    def _writer_lock(self) -> AbstractContextManager[object]:
        path = self.engine.url.database
        if not self.is_sqlite or not path:
            return nullcontext()
        return file_lock(Path(path + ".lock"))


def clear_log(database: Database) -> bool:
    """Empty SQLite's log (WAL), where destroyed rows live on; False if a reader holds it open."""
    if not database.is_sqlite:
        return True
    with database.transaction() as session:  # for its lock: nobody writes meanwhile
        busy: int = session.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return busy == 0


@contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` against other threads and other processes alike."""
    file = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def close_connections() -> None:
    """Before a fork: SQLite's files must not be open in two processes by one opening."""
    for database in DATABASES:
        database.engine.dispose()


def start_afresh() -> None:
    """After a fork: what the parent's threads have in hand and wait for is not the child's."""
    for database in DATABASES:
        database.engine.dispose(close=False)
        database.writer.start_line()


os.register_at_fork(before=close_connections, after_in_child=start_afresh)
