"""A server that is killed in the middle of load: what it acknowledged is there, nothing twice.

The program itself, in processes of its own, on either engine; and a PostgreSQL that goes away.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks.load import Load, Visit, arrivals
from benchmarks.processes import find_family, find_free_port, serving
from benchmarks.visits import Fields, answer, fill_round
from survey.database import Database
from survey.migrate import upgrade
from survey.responses.codes import code_digest
from survey.responses.models import Envelope
from survey.samples.models import ANSWERED, LINK_SPENT, Link, Selection
from survey.settings import load_settings
from tests.postgresql_server import find_binaries, private_server, run_as_server

SERVE = ["-c", "from survey.commands import main; main()", "serve", "--processes", "2", "--port"]
PEOPLE = 300
RATE = 120.0  # visits a second
MIDDLE = 40  # answers acknowledged before something happens
DURABLE = {"fsync": "on", "synchronous_commit": "on"}


class Survey:
    """People with cards, a site to start, and what it has acknowledged so far."""

    def __init__(self, url: str, home: Path) -> None:
        upgrade(url)
        self.url, self.home = url, home
        self.link_key = load_settings(home).link_key
        self.database = Database(url)
        self.codes = fill_round(self.database, self.link_key, PEOPLE)
        self.database.engine.dispose()
        self.port = find_free_port()
        self.acknowledged: set[str] = set()
        self.in_the_middle: Callable[[], object] | None = None  # done once, after MIDDLE answers

    @contextmanager
    def serve(self) -> Iterator[subprocess.Popen[bytes]]:
        """Serve the site in two processes and a parent."""
        environment = {"RENKEDU_HOME": str(self.home), "RENKEDU_DATABASE_URL": self.url}
        with serving([*SERVE, str(self.port)], self.port, environment) as process:
            yield process

    def visit(self, code: str, choices: Fields) -> Visit:
        """Answer, and note what was acknowledged."""
        is_received = yield from answer(code, choices)
        if is_received:
            self.acknowledged.add(code)
        act = self.in_the_middle
        if act and len(self.acknowledged) >= MIDDLE:
            self.in_the_middle = None
            act()
        return is_received

    def let_come(self, codes: list[str]) -> int:
        """Let people come one after another; return how many visits failed."""
        choices: Fields = {}
        visits = (self.visit(code, choices) for code in codes)
        load = Load(self.port, 16)
        result = load.run(arrivals(RATE, len(codes) / RATE * 0.9), visits, float("inf"))
        return sum(result.failures.values())

    def read_spent(self) -> set[str]:
        """Return the codes whose links are spent; each has its person's answer, and no other."""
        with self.database.sessions() as session:
            spent = set(session.scalars(select(Link.code_digest).where(Link.state == LINK_SPENT)))
            envelopes = session.scalar(select(func.count()).select_from(Envelope))
            answered = session.scalar(select(func.count()).where(Selection.disposition == ANSWERED))
        assert len(spent) == envelopes == answered
        return {code for code in self.codes if code_digest(self.link_key, code) in spent}


@pytest.fixture
def survey(database_url: str, tmp_path: Path) -> Survey:
    """A round in the field with 300 people, on either engine."""
    return Survey(database_url, tmp_path)


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a server and its processes at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_in_the_middle_nothing_acknowledged_is_lost(survey: Survey) -> None:
    half = PEOPLE // 2
    with survey.serve() as process:
        survey.in_the_middle = partial(kill, process)
        failures = survey.let_come(survey.codes[:half])
    assert failures
    acknowledged = set(survey.acknowledged)
    assert acknowledged <= survey.read_spent()
    with survey.serve():
        survey.let_come(survey.codes[:half])
    spent = survey.read_spent()
    assert acknowledged <= spent
    assert survey.acknowledged <= spent
    assert len(spent) > len(acknowledged)


def test_a_process_that_falls_over_is_replaced(tmp_path: Path) -> None:
    survey = Survey(f"sqlite:///{tmp_path / 'renkedu.db'}", tmp_path)
    with survey.serve() as process:
        first, second = wait_for_two(process, but=set())
        os.kill(first, signal.SIGKILL)
        assert second in wait_for_two(process, but={first})
        assert survey.let_come(survey.codes[:20]) == 0
    assert process.returncode == 0
    assert survey.read_spent() == survey.acknowledged


def wait_for_two(process: subprocess.Popen[bytes], but: set[int]) -> list[int]:
    """Return the two processes that serve for a parent, once there are two, without `but`."""
    pause = threading.Event()
    for _ in range(600):
        alive = sorted(set(find_family(process.pid)[1:]) - but)
        if len(alive) == 2:
            return alive
        pause.wait(0.05)
    pytest.fail("there are not two processes")


def test_a_postgresql_that_goes_away_costs_a_try(tmp_path: Path) -> None:
    """Stopped in the middle of submissions: 503 for some, no answer lost or doubled after it."""
    with private_server(DURABLE) as url:
        survey = Survey(url, tmp_path)
        data = Path(survey.database.engine.url.query["host"]) / "data"  # type: ignore[arg-type] # one host, no list
        with survey.serve():
            back = threading.Thread(target=control, args=[data, "start"])

            def fall_over() -> None:
                """Nobody comes until it is down; then everybody who was due comes at once."""
                control(data, "stop", "-m", "immediate")
                back.start()

            survey.in_the_middle = fall_over
            failures = survey.let_come(survey.codes[:150])
            back.join()
            assert failures
            assert survey.acknowledged <= survey.read_spent()
            failed = [code for code in survey.codes[:150] if code not in survey.acknowledged]
            survey.let_come(failed)
            assert survey.acknowledged <= survey.read_spent()


def control(data: Path, *what: str) -> None:
    """Stop or start a server, with the options it had."""
    options = shlex.split((data / "postmaster.opts").read_text())[
        3:
    ]  # after the program and its -D
    again = ["-o", shlex.join(options)] if what[0] == "start" else []
    run_as_server(
        find_binaries() / "pg_ctl", *what, "-w", "-D", str(data), *again, directory=data.parent
    )
