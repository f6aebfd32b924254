"""The line of writes: many in one commit, each whole or not at all, none lost, nobody left waiting.

`Database.write` is the same on both engines; what is said of batches is SQLite's alone.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from survey import writer as writer_module
from survey.database import Database, file_lock
from survey.writer import BusyError, WriteFailedError

WRITERS = 30
FORKED = multiprocessing.get_context("fork")


@pytest.fixture
def store(database_url: str) -> Iterator[Database]:
    """A database with one table of numbers."""
    database = Database(database_url)
    database.write(lambda c: run(c, "CREATE TABLE note (number INTEGER PRIMARY KEY, words TEXT)"))
    yield database
    database.engine.dispose()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Database]:
    """The same on SQLite."""
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    database.write(lambda c: run(c, "CREATE TABLE note (number INTEGER PRIMARY KEY, words TEXT)"))
    yield database
    database.engine.dispose()


def run(connection: Connection, statement: str) -> None:
    connection.execute(text(statement))


def note(database: Database, number: int, words: str = "") -> int:
    """Store a number; return it."""

    def work(connection: Connection) -> int:
        insert = text("INSERT INTO note VALUES (:number, :words)")
        connection.execute(insert, {"number": number, "words": words})
        return number

    return database.write(work)


def read_notes(database: Database) -> list[int]:
    query = text("SELECT number FROM note ORDER BY number")
    return database.read(lambda connection: list(connection.scalars(query)))


def test_thirty_writers_at_once_all_get_through(store: Database) -> None:
    barrier = threading.Barrier(WRITERS)

    def write(number: int) -> int:
        barrier.wait()
        return note(store, number)

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sorted(pool.map(write, range(WRITERS))) == list(range(WRITERS))
    assert read_notes(store) == list(range(WRITERS))


def test_a_work_that_fails_leaves_nothing_and_harms_nobody(store: Database) -> None:
    note(store, 1)
    barrier = threading.Barrier(10)

    def write(number: int) -> int | None:
        barrier.wait()

        def fail(connection: Connection) -> int:
            run(connection, "INSERT INTO note VALUES (100, '')")
            raise ZeroDivisionError

        try:
            return note(store, number) if number % 2 else store.write(fail)
        except (ZeroDivisionError, IntegrityError):
            return None

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(write, range(10)))
    assert results == [None, None, None, 3, None, 5, None, 7, None, 9]
    assert read_notes(store) == [1, 3, 5, 7, 9]


def test_what_waits_is_written_together(
    file_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    write_batch = writer_module.write_batch

    def count(connection: Connection, batch: list[writer_module.Job[object]]) -> None:
        sizes.append(len(batch))
        write_batch(connection, batch)

    monkeypatch.setattr(writer_module, "write_batch", count)
    with ThreadPoolExecutor(20) as pool:
        with hold(file_store):
            waiting = [pool.submit(note, file_store, number) for number in range(20)]
            wait_for(lambda: len(file_store.writer._waiting) == 20)
        assert [one.result() for one in waiting] == list(range(20))
    assert sizes == [20]


def hold(database: Database) -> AbstractContextManager[None]:
    """Hold the lock that keeps other processes away, as a long transaction of the desk does."""
    return file_lock(Path(f"{database.engine.url.database}.lock"))


def wait_for(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(500):
        if condition():
            return
        pause.wait(0.01)
    pytest.fail("it did not come about")


def test_a_reply_comes_after_the_commit(file_store: Database) -> None:
    other = Database(str(file_store.engine.url))
    for number in range(5):
        note(file_store, number)
        assert read_notes(other)[-1] == number
    other.engine.dispose()


def test_who_waits_too_long_is_sent_away_and_nothing_is_stored(
    file_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "PATIENCE", 0.1)
    with ThreadPoolExecutor(1) as pool:
        with hold(file_store):
            first = pool.submit(note, file_store, 1)
            wait_for(lambda: file_store.writer._is_writing)
            with pytest.raises(BusyError):
                note(file_store, 2)
        assert first.result() == 1
    assert note(file_store, 3) == 3
    assert read_notes(file_store) == [1, 3]


def test_a_line_has_an_end(file_store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "LINE_LIMIT", 1)
    with ThreadPoolExecutor(1) as pool:
        with hold(file_store):
            first = pool.submit(note, file_store, 1)
            wait_for(lambda: file_store.writer._waiting)
            with pytest.raises(BusyError):
                note(file_store, 2)
        assert first.result() == 1
    assert note(file_store, 3) == 3


def test_a_full_disk_is_told_and_loses_nothing(file_store: Database) -> None:
    note(file_store, 1)
    with file_store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    limit_pages(file_store, int(pages or 0))
    with ThreadPoolExecutor(5) as pool:
        outcomes = list(pool.map(lambda n: store_large(file_store, n), range(10, 15)))
    assert outcomes == [False] * 5
    assert read_notes(file_store) == [1]
    limit_pages(file_store, 1_000_000)
    assert all(store_large(file_store, number) for number in range(10, 15))
    assert read_notes(file_store) == [1, *range(10, 15)]


def limit_pages(database: Database, pages: int) -> None:
    """Let a database grow no further, as on a full disk, on the connection that writes next."""
    database.engine.dispose()
    database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())


def store_large(database: Database, number: int) -> bool:
    try:
        note(database, number, "x" * 20_000)
    except (DBAPIError, WriteFailedError):
        return False
    return True


def test_without_its_lock_nobody_is_left_waiting(
    file_store: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OSError("no space left")

    with monkeypatch.context() as broken:
        broken.setattr(file_store.writer, "lock", fail)
        with ThreadPoolExecutor(5) as pool:
            waiting = [pool.submit(note, file_store, number) for number in range(5)]
            assert all(isinstance(one.exception(timeout=10), OSError) for one in waiting)
    assert note(file_store, 9) == 9
    assert read_notes(file_store) == [9]


def test_processes_write_side_by_side(store: Database) -> None:
    processes = [FORKED.Process(target=write_many, args=(store, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert read_notes(store) == list(range(200))


def write_many(database: Database, part: int) -> None:
    """Write fifty numbers on five threads."""
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda number: note(database, number), range(50 * part, 50 * part + 50)))


def test_a_fork_in_the_middle_of_writing_can_write(file_store: Database) -> None:
    with ThreadPoolExecutor(1) as pool, hold(file_store):
        waiting = pool.submit(note, file_store, 1)
        wait_for(lambda: file_store.writer._is_writing)
        child = os.fork()
        if child == 0:
            fresh = not file_store.writer._is_writing and not file_store.writer._waiting
            os._exit(0 if fresh else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not waiting.done()
    assert read_notes(file_store) == [1]
