"""The outbox: each text once, nothing kept of a code, nobody without a link that works."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from sampling.problems import Problem
from survey.assessments.models import Round
from survey.database import Database
from survey.frames.identity import Identity, Vault
from survey.models import Base
from survey.reaching.drivers import Driver, OutcomeUnknownError, ServiceBusyError, TextRefusedError
from survey.reaching.models import FAILED, SENDING, SENT, SKIPPED, UNSURE, WAITING, Message
from survey.reaching.opt_outs import opt_out_phone
from survey.reaching.outbox import (
    AGAIN,
    INVITATION,
    REMINDER,
    count_messages,
    drop_waiting,
    order_messages,
    send_waiting,
)
from survey.responses.codes import code_digest
from survey.samples.models import ANSWERED, LINK_OPEN, Link, Selection
from survey.settings import Settings, TextService
from tests.survey.samples.ways import prepare_draw

SERVICE = TextService("fake", "id", "secret", "sign", "INV", "REM")


@dataclass
class Recorder:
    """A driver that keeps what it was given and answers as it is told, by the text's number."""

    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    faults: dict[int, Exception] = field(default_factory=dict)
    calls: int = 0

    def send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
        self.calls += 1
        if fault := self.faults.get(self.calls):
            raise fault
        self.sent.append((phone, template, dict(values)))


@dataclass
class Post:
    """A round with telephones and the outbox of it."""

    database: Database
    settings: Settings
    round_id: str

    def order(self, kind: str, batch: str) -> int:
        with self.database.transaction() as session:
            round_ = session.get_one(Round, self.round_id)
            return order_messages(session, self.settings, round_, kind, batch, actor="t")

    def send(self, *drivers: Driver) -> dict[str, int]:
        ended = send_waiting(
            self.database, self.settings, self.round_id, drivers, actor="t", pauses=(0,)
        )
        return dict(ended)

    def counts(self) -> dict[str, int]:
        with self.database.sessions() as session:
            return dict(count_messages(session, session.get_one(Round, self.round_id)))

    def open_links(self) -> dict[int, list[str]]:
        """Return the digests of the open links, by selection."""
        with self.database.sessions() as session:
            found: dict[int, list[str]] = {}
            for link in session.scalars(select(Link).where(Link.state == LINK_OPEN)):
                found.setdefault(link.selection_id, []).append(link.code_digest)
            return found

    def works(self, code: str) -> bool:
        """Say whether a code is of an open link."""
        digest = code_digest(self.settings.link_key, code)
        return any(digest in digests for digests in self.open_links().values())


@pytest.fixture
def post(app: Flask, database: Database, settings: Settings) -> Post:
    """A round whose sample is drawn; five people of it have a mobile number."""
    settings = replace(settings, text_service=SERVICE)
    with database.transaction() as session:
        round_ = prepare_draw(session, settings)
        vault = Vault.of(settings, round_.id)
        query = (
            select(Selection)
            .where(Selection.issued)
            .order_by(Selection.stratum, Selection.position)
        )
        for number, one in enumerate(session.scalars(query.limit(5))):
            identity = Identity(f"n{number}", f"姓名{number}", f"1380000100{number}", "")
            one.person.identity = vault.encrypt(one.person.unit_id, identity)
        round_id = round_.id
    return Post(database, settings, round_id)


def test_each_invitation_goes_out_once_with_a_code_that_works(post: Post) -> None:
    driver = Recorder()
    assert post.order(INVITATION, "a") == 5
    assert post.order(INVITATION, "a") == 0  # the same form again
    with pytest.raises(Problem, match="still wait"):
        post.order(INVITATION, "b")
    assert post.send(driver) == {SENT: 5}
    assert post.send(driver) == {}
    assert sorted(phone for phone, _, _ in driver.sent) == [f"1380000100{n}" for n in range(5)]
    assert all(post.works(values["code"]) for _, _, values in driver.sent)


def test_no_code_and_no_number_is_kept(post: Post) -> None:
    driver = Recorder()
    post.order(INVITATION, "a")
    post.send(driver)
    with post.database.sessions() as session:
        kept = json.dumps(
            [
                [str(value) for value in row]
                for table in Base.metadata.sorted_tables
                for row in session.execute(text(f'SELECT * FROM "{table.name}"'))  # noqa: S608
            ]
        )
    for phone, _, values in driver.sent:
        assert values["code"] not in kept
        assert phone not in kept


def test_a_reminder_leaves_the_link_and_carries_no_code(post: Post) -> None:
    driver = Recorder()
    post.order(INVITATION, "a")
    post.send(driver)
    before = post.open_links()
    with post.database.transaction() as session:
        one = session.scalars(select(Message.selection_id)).first()
        session.execute(update(Selection).where(Selection.id == one).values(disposition=ANSWERED))
    assert post.order(REMINDER, "b") == 4
    driver.sent.clear()
    assert post.send(driver) == {SENT: 4}
    assert {(template, str(values)) for _, template, values in driver.sent} == {("REM", "{}")}
    assert post.open_links() == before


def test_an_earlier_link_ends_when_the_new_one_is_out_and_not_before(post: Post) -> None:
    first, second = (
        Recorder(),
        Recorder(faults={1: TextRefusedError("isv.X"), 2: OutcomeUnknownError("timeout")}),
    )
    post.order(INVITATION, "a")
    post.send(first)
    post.order(AGAIN, "b")
    assert post.send(second) == {FAILED: 1, UNSURE: 1, SENT: 3}
    old = {phone: values["code"] for phone, _, values in first.sent}
    assert sum(post.works(code) for code in old.values()) == 2  # refused, and unsure
    assert all(post.works(values["code"]) for _, _, values in second.sent)
    assert sorted(len(digests) for digests in post.open_links().values()) == [1, 1, 1, 1, 2]


def test_whoever_could_not_be_texted_waits_for_a_card(post: Post) -> None:
    post.order(INVITATION, "a")
    assert post.send(Recorder(faults={1: TextRefusedError("isv.X")})) == {FAILED: 1, SENT: 4}
    assert len(post.open_links()) == 4
    assert post.order(INVITATION, "b") == 1


def test_a_busy_service_is_waited_for_and_then_left(post: Post) -> None:
    post.order(INVITATION, "a")
    busy = ServiceBusyError("Throttling")
    assert post.send(Recorder(faults={2: busy})) == {SENT: 5}
    post.order(AGAIN, "b")
    driver = Recorder(faults={2: busy, 3: busy})
    with pytest.raises(Problem, match="no more texts"):
        post.send(driver)
    assert (post.counts()[WAITING], len(driver.sent)) == (4, 1)
    assert [len(digests) for digests in post.open_links().values()] == [1] * 5
    post.send(driver)
    assert sorted(phone for phone, _, _ in driver.sent) == [f"1380000100{n}" for n in range(5)]


def test_what_was_under_way_at_a_crash_is_unsure_and_not_repeated(post: Post) -> None:
    class PowerCutError(BaseException):
        """The process dies."""

    post.order(INVITATION, "a")
    driver = Recorder(faults={3: PowerCutError()})  # type: ignore[dict-item] # no Exception
    with pytest.raises(PowerCutError):
        post.send(driver)
    assert post.counts() == {SENT: 2, SENDING: 1, WAITING: 2}
    assert post.send(driver) == {SENT: 2}
    assert post.counts() == {SENT: 4, UNSURE: 1}
    assert len({phone for phone, _, _ in driver.sent}) == len(driver.sent) == 4


def test_texts_go_out_at_the_same_time_and_each_ends_by_itself(post: Post) -> None:
    together = Barrier(3, timeout=10)

    @dataclass
    class Meeting(Recorder):
        """A driver whose first text goes out only when the others' are under way as well."""

        def send(self, phone: str, template: str, values: Mapping[str, str]) -> None:
            if not self.calls:
                together.wait()
            super().send(phone, template, values)

    drivers = [
        Meeting(faults={1: fault} if fault else {})
        for fault in (
            None,
            TextRefusedError("isv.X"),
            ServiceBusyError("Throttling"),
        )
    ]
    post.order(INVITATION, "a")
    assert post.send(*drivers) == {SENT: 4, FAILED: 1}
    texts = [text for driver in drivers for text in driver.sent]
    assert len({phone for phone, _, _ in texts}) == len(texts) == 4
    assert all(post.works(values["code"]) for _, _, values in texts)
    assert [len(digests) for digests in post.open_links().values()] == [1] * 4


def test_who_answered_or_opted_out_meanwhile_is_skipped(post: Post) -> None:
    driver = Recorder()
    post.order(INVITATION, "a")
    with post.database.transaction() as session:
        round_ = session.get_one(Round, post.round_id)
        opt_out_phone(session, post.settings, round_, "13800001003", "t")
        one = session.scalars(select(Message.selection_id).order_by(Message.id)).first()
        session.execute(update(Selection).where(Selection.id == one).values(disposition=ANSWERED))
    assert post.send(driver) == {SENT: 3, SKIPPED: 2}
    assert "13800001003" not in {phone for phone, _, _ in driver.sent}


def test_what_waits_can_be_dropped(post: Post) -> None:
    driver = Recorder()
    post.order(INVITATION, "a")
    with post.database.transaction() as session:
        assert drop_waiting(session, session.get_one(Round, post.round_id), "t") == 5
    assert post.send(driver) == {}
    assert post.open_links() == {}
