"""The commands of the site, run as a person runs them: by name, in a home of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from survey.database import Database

RENKEDU = Path(sys.executable).with_name("renkedu")


def run(home: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RENKEDU_HOME": str(home)}
    environment.pop("RENKEDU_DATABASE_URL", None)
    return subprocess.run(
        [RENKEDU, *arguments],
        env=environment,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_told(result: subprocess.CompletedProcess[str], part: str) -> None:
    """What is wrong is told in one line on standard error, with exit code 2."""
    assert result.returncode == 2, result
    assert result.stdout == ""
    assert result.stderr.startswith("renkedu: ")
    assert part in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_administrator_is_made_once_the_database_is_there(tmp_path: Path) -> None:
    assert_told(run(tmp_path, "admin", "create", "zhang.wei"), "renkedu db upgrade")
    assert run(tmp_path, "db", "upgrade").returncode == 0
    made = run(tmp_path, "admin", "create", "zhang.wei")
    assert made.returncode == 0, made.stderr
    assert "password (shown once): " in made.stdout
    password = made.stdout.rsplit(": ", 1)[1].strip()
    assert_told(run(tmp_path, "admin", "create", "zhang.wei"), "already a user")
    database = Database(f"sqlite:///{tmp_path / 'renkedu.db'}")
    with database.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM user_account").all())
    assert "zhang.wei" in kept
    assert password not in kept


def test_a_password_can_be_given_but_not_a_short_one(tmp_path: Path) -> None:
    run(tmp_path, "db", "upgrade")
    short = run(tmp_path, "admin", "create", "li.na", "--password-stdin", text="short\n")
    assert_told(short, "at least 12")
    given = run(tmp_path, "admin", "create", "li.na", "--password-stdin", text="long enough 123\n")
    assert given.returncode == 0
    assert "long enough" not in given.stdout


def test_serving_needs_a_current_database_and_a_free_port(tmp_path: Path) -> None:
    assert_told(run(tmp_path, "serve"), "renkedu db upgrade")
    run(tmp_path, "db", "upgrade")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert_told(run(tmp_path, "serve", "--port", port), "in use")


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
    tmp_path: Path, arguments: tuple[str, ...], part: str
) -> None:
    assert_told(run(tmp_path, *arguments), part)
