"""The commands of the site, run as a person runs them: by name, in a home of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from survey.database import Database
from tests.migrated import Schema
from tests.survey.commands.outcomes import Outcome, Run

Within = Callable[..., Outcome]

RENKEDU = Path(sys.executable).with_name("renkedu")


@pytest.fixture
def home(tmp_path: Path, schema: Schema) -> Path:
    """A home whose database is up to date."""
    schema.put_into(f"sqlite:///{tmp_path / 'renkedu.db'}")
    return tmp_path


@pytest.fixture
def within(renkedu: Run, monkeypatch: pytest.MonkeyPatch) -> Within:
    """Run a command in a home, within the test's process: it takes seconds to start one."""

    def run_within(home: Path, *arguments: str, **settings: str) -> Outcome:
        for name, value in {"RENKEDU_HOME": str(home), **settings}.items():
            monkeypatch.setenv(name, value)
        return renkedu(*arguments)

    return run_within


def run(home: Path, *arguments: str, data: bytes = b"", **settings: str) -> Outcome:
    """Run a command in a home by its name, in a process of its own."""
    environment = {name: os.environ[name] for name in os.environ if "RENKEDU" not in name}
    done = subprocess.run(
        [RENKEDU, *arguments],
        env={**environment, "RENKEDU_HOME": str(home), **settings},
        input=data,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def assert_told(result: Outcome, part: str) -> None:
    """What is wrong is told in one line on standard error, with exit code 2."""
    assert result.code == 2, result
    assert result.out == ""
    assert result.err.startswith("renkedu: ")
    assert part in result.err
    assert len(result.err.splitlines()) == 1


def test_an_administrator_is_made_once_the_database_is_there(tmp_path: Path) -> None:
    assert_told(run(tmp_path, "admin", "create", "zhang.wei"), "renkedu db upgrade")
    assert run(tmp_path, "db", "upgrade").code == 0
    made = run(tmp_path, "admin", "create", "zhang.wei")
    assert made.code == 0, made.err
    assert "password (shown once): " in made.out
    password = made.out.rsplit(": ", 1)[1].strip()
    assert_told(run(tmp_path, "admin", "create", "zhang.wei"), "already a user")
    database = Database(f"sqlite:///{tmp_path / 'renkedu.db'}")
    with database.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM user_account").all())
    assert "zhang.wei" in kept
    assert password not in kept


def test_a_password_can_be_given_but_not_a_short_one(home: Path) -> None:
    short = run(home, "admin", "create", "li.na", "--password-stdin", data=b"short\n")
    assert_told(short, "at least 12")
    given = run(home, "admin", "create", "li.na", "--password-stdin", data=b"long enough 123\n")
    assert given.code == 0
    assert "long enough" not in given.out


def test_serving_needs_a_current_database(tmp_path: Path) -> None:
    assert_told(run(tmp_path, "serve"), "renkedu db upgrade")


def test_serving_needs_a_free_port(within: Within, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_told(within(home, "serve", "--port", port), "in use")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_a_password_that_is_no_text_is_told(home: Path, locale: str) -> None:
    command = ("admin", "create", "li.na", "--password-stdin")
    result = run(home, *command, data=b"\xff\xfe long enough 123\n", LC_ALL=locale)
    assert_told(result, "not UTF-8")
    assert run(home, *command, data="密码 long enough\n".encode(), LC_ALL=locale).out


def test_a_host_that_is_none_is_told(within: Within, home: Path) -> None:
    assert_told(within(home, "serve", "--host", "nosuch.invalid"), "nosuch.invalid")


NEEDING_A_DATABASE = [("db", "upgrade"), ("admin", "create", "li.na"), ("serve",)]
by_name = pytest.mark.parametrize("command", NEEDING_A_DATABASE, ids=" ".join)


@by_name
def test_a_file_that_is_no_database_is_told_and_kept(
    within: Within, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "renkedu.db"
    file.write_bytes(b"no database at all " * 100)
    assert_told(within(tmp_path, *command), "file is not a database")
    assert file.read_bytes() == b"no database at all " * 100


@by_name
def test_a_database_of_another_program_version_is_told(
    within: Within, home: Path, command: tuple[str, ...]
) -> None:
    database = Database(f"sqlite:///{home / 'renkedu.db'}")
    with database.transaction() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = 'future'")
    database.engine.dispose()
    assert_told(within(home, *command), "future")


@by_name
@pytest.mark.parametrize(
    "url",
    ["nonsense://x", "sqlite:////nowhere/at/all.db", "sqlite+none:///x", "postgresql://h:port/x"],
)
def test_an_address_of_no_database_is_told(
    within: Within, tmp_path: Path, command: tuple[str, ...], url: str
) -> None:
    assert_told(within(tmp_path, *command, RENKEDU_DATABASE_URL=url), "")


def test_broken_secrets_are_told(within: Within, tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    assert_told(within(tmp_path, "db", "upgrade"), "secrets.json")


def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    run(tmp_path, "db", "upgrade")
    assert (tmp_path / "renkedu.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("nothing",), "No such command 'nothing'"),
        (("plan",), "Missing option"),
        (("serve", "--port", "0"), "--port"),
        (("verify", "none.json", "--frame", "none.csv"), "none.json: cannot be read"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    within: Within, tmp_path: Path, arguments: tuple[str, ...], part: str
) -> None:
    assert_told(within(tmp_path, *arguments), part)
