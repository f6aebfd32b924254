"""A budget for guesses: one for all processes, by the visitor's address behind proxies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import func, select

from survey.app import create_app
from survey.database import Database
from survey.responses import views
from survey.responses.codes import new_code
from survey.settings import Settings
from survey.tries import DatabaseStorage, Tries
from tests.survey.responses.conftest import Invite, invite  # noqa: F401 - a fixture

THREE = parse("3 per hour")


@pytest.fixture
def processes(
    database: Database, settings: Settings
) -> Iterator[tuple[FixedWindowRateLimiter, FixedWindowRateLimiter]]:
    """The limiters of two processes of one site."""
    other = Database(settings.database_url)
    storages = [
        DatabaseStorage("", database=each, key=settings.link_key) for each in (database, other)
    ]
    yield FixedWindowRateLimiter(storages[0]), FixedWindowRateLimiter(storages[1])
    other.engine.dispose()


def test_processes_share_a_budget(
    processes: tuple[FixedWindowRateLimiter, FixedWindowRateLimiter],
) -> None:
    one, other = processes
    assert [one.hit(THREE, "a"), other.hit(THREE, "a"), one.hit(THREE, "a")] == [True] * 3
    assert not other.hit(THREE, "a")
    assert not one.test(THREE, "a")
    assert other.hit(THREE, "b")
    one.clear(THREE, "a")
    assert other.hit(THREE, "a")


def test_a_budget_begins_afresh_in_time_and_when_the_clock_is_set_back(
    processes: tuple[FixedWindowRateLimiter, FixedWindowRateLimiter],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _ = processes
    clock = time.time()
    for later in (0.0, 3601.0, -100_000.0):
        monkeypatch.setattr(time, "time", lambda at=clock + later: at)
        assert [one.hit(THREE, "a") for _ in range(4)] == [True, True, True, False]


def test_no_address_is_kept_and_nothing_for_longer_than_it_counts(
    processes: tuple[FixedWindowRateLimiter, FixedWindowRateLimiter],
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, _ = processes
    one.hit(THREE, "wrong-code", "203.0.113.77")
    names = database.read(lambda connection: list(connection.scalars(select(Tries.name))))
    assert [len(name) for name in names] == [64]
    assert "203.0.113" not in names[0]
    clock = time.time()
    monkeypatch.setattr(time, "time", lambda: clock + 3601)
    one.hit(THREE, "wrong-code", "198.51.100.1")
    count = select(func.count()).select_from(Tries)
    assert database.read(lambda connection: connection.scalar(count)) == 1


def guess(client: FlaskClient, forwarded: str) -> int:
    return client.get(f"/a/{new_code()}", headers={"X-Forwarded-For": forwarded}).status_code


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, ["198.51.100.1", "198.51.100.2"], 429),  # anybody could write the header
        (1, ["198.51.100.1", "198.51.100.2"], 404),
        (1, ["6.6.6.6, 198.51.100.1", "7.7.7.7, 198.51.100.1"], 429),  # a visitor lies to nginx
        (2, ["198.51.100.1, 10.0.0.1", "198.51.100.2, 10.0.0.1"], 404),
    ],
)
def test_whose_guesses_are_counted(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    proxies: int,
    forwarded: list[str],
    expected: int,
) -> None:
    monkeypatch.setattr(views, "WRONG_CODES", parse("1 per hour"))
    site = create_app(replace(settings, proxies=proxies))
    client = site.test_client()
    assert [guess(client, address) for address in forwarded] == [404, expected]
    site.extensions["renkedu_database"].engine.dispose()


def test_who_has_a_card_gets_in_whatever_others_at_the_school_guessed(
    app: Flask,
    invite: Invite,  # noqa: F811 - the fixture
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "WRONG_CODES", parse("1 per hour"))
    who = invite()
    assert [guess(who.client, "") for _ in range(3)] == [404, 429, 429]
    assert who.get(f"/a/{who.code}").status_code == 303
