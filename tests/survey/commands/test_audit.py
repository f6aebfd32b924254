"""`renkedu audit`: whole, changed in the middle, cut off at the end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, update

from survey.audit_log import AuditEvent, read_head, record_event
from survey.commands.audit import audit
from survey.database import Database
from survey.migrate import upgrade

Run = Callable[..., Result]


@pytest.fixture
def log(database_url: str) -> Database:
    """A log of five entries."""
    upgrade(database_url)
    made = Database(database_url)
    with made.transaction() as session:
        for number in range(1, 6):
            record_event(session, "zhang", "round.create", f"r{number}")
    return made


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Run:
    """A function that runs the command for the installation under test."""
    monkeypatch.setenv("RENKEDU_HOME", str(tmp_path))
    monkeypatch.setenv("RENKEDU_DATABASE_URL", database_url)
    return lambda *words: CliRunner().invoke(audit, words)


def test_a_whole_log(log: Database, run: Run) -> None:
    head = run("head").output.strip()
    assert head.startswith("5:")
    for words in (("verify",), ("verify", "--head", head)):
        result = run(*words)
        assert result.exit_code == 0, result.output
        assert head in result.output
    assert "no --head" in run("verify").output
    log.engine.dispose()


def test_an_earlier_head_is_found_again(log: Database, run: Run) -> None:
    head = run("head").output.strip()
    with log.transaction() as session:
        record_event(session, "li", "round.close", "r1")
    assert run("verify", "--head", head).exit_code == 0
    log.engine.dispose()


def test_a_changed_entry_is_named(log: Database, run: Run) -> None:
    with log.transaction() as session:
        session.execute(update(AuditEvent).where(AuditEvent.number == 3).values(actor="li"))
    result = run("verify")
    assert result.exit_code == 1
    assert "entry 3" in result.output
    log.engine.dispose()


def test_only_a_noted_head_shows_a_tail_that_was_cut_off(log: Database, run: Run) -> None:
    head = run("head").output.strip()
    with log.transaction() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.number > 3))
    assert run("verify").exit_code == 0
    result = run("verify", "--head", head)
    assert result.exit_code == 1
    assert "entries 4 to 5 are cut off" in result.output
    log.engine.dispose()


def test_a_tail_that_was_written_anew_shows_too(log: Database, run: Run) -> None:
    head = run("head").output.strip()
    with log.transaction() as session:
        session.execute(delete(AuditEvent).where(AuditEvent.number > 4))
        record_event(session, "li", "round.create", "r5")
        assert read_head(session).number == 5
    assert run("verify").exit_code == 0
    result = run("verify", "--head", head)
    assert result.exit_code == 1
    assert "not the one that was noted" in result.output
    log.engine.dispose()


@pytest.mark.parametrize("head", ["", "5", "5:abc", "x:" + "0" * 64, "5:" + "g" * 64])
def test_a_head_that_is_none_is_bad_input(log: Database, run: Run, head: str) -> None:
    result = run("verify", "--head", head)
    assert "expected NUMBER:HASH" in str(result.exception)
    log.engine.dispose()
