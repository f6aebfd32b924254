"""Transactions: whole or not at all, one writer at a time on SQLite."""

import stat
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sampling.problems import Problem
from survey.accounts.models import Role
from survey.database import Database
from survey.migrate import upgrade
from survey.models import Base

WRITERS = 30


def test_thirty_writers_at_once_all_get_through(database: Database) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with database.transaction() as session:
                session.add(Role(name=f"role {number}"))
        except BaseException as error:
            failures.append(error)

    before = count_roles(database)
    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert count_roles(database) == before + WRITERS


def count_roles(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Role)) or 0


def test_what_fails_leaves_nothing(database: Database) -> None:
    before = count_roles(database)
    with pytest.raises(ZeroDivisionError), database.transaction() as session:  # noqa: PT012
        session.add(Role(name="half"))
        session.flush()
        raise ZeroDivisionError
    assert count_roles(database) == before


def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}


def test_a_new_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    with database.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE t (x)")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("x.db*")}
    assert {"x.db", "x.db-wal", "x.db-shm"} <= set(modes)
    assert {modes[name] for name in modes if not name.endswith(".lock")} == {0o600}


def test_the_mode_of_a_database_that_is_there_is_its_keepers_affair(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.touch()
    path.chmod(0o640)
    with Database(f"sqlite:///{path}").engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE t (x)")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "url",
    ["", "x", "nonsense://x", "mysql://li:secret@host/x", "postgresql://li:secret@host:port/x"],
)
def test_an_address_of_no_database_is_told_without_its_password(url: str) -> None:
    with pytest.raises(Problem, match="expected sqlite:///") as caught:
        Database(url)
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for url in ("postgresql://li:secret@host/x", "sqlite+none:///x.db"):
        with pytest.raises(Problem, match="driver of the database cannot be loaded") as caught:
            Database(url)
        assert "secret" not in str(caught.value)


def test_migrations_make_what_the_models_say(database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    upgrade(database_url)
    upgrade(database_url)  # a second time does nothing
    with Database(database_url).engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
