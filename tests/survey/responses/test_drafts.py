"""Drafts: sealed under a device's key, one for a link, gone when they are of no more use."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from survey.assessments.models import Round
from survey.assessments.operations import close_round
from survey.database import Database
from survey.responses.drafts import (
    STEP,
    Draft,
    is_key,
    lock_answers,
    new_key,
    read_draft,
    save_draft,
    unlock_answers,
)
from survey.responses.submission import find_invitation, refuse, submit_answers
from survey.samples.links import void_open_links
from survey.samples.models import LINK_REFUSED, LINK_SPENT, LINK_VOID, Link
from survey.settings import Settings
from tests.survey.responses.conftest import Invite, Respondent

ANSWERS = {"moral": "mostly", "overall": "satisfied", "suggestion": "多开几节体育课"}


def find_link(database: Database, who: Respondent) -> int:
    query = select(Link.id).where(Link.selection_id == who.selection_id)
    with database.sessions() as session:
        return session.scalars(query).one()


def save(database: Database, link: int, key: str, text: str = "") -> bool:
    answers = {"suggestion": text} if text else ANSWERS
    return database.write(lambda connection: save_draft(connection, link, key, answers))


def read(database: Database, link: int, key: str) -> dict[str, object]:
    return database.read(lambda connection: read_draft(connection, link, key))


def count(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(Draft)) or 0


def test_a_draft_is_read_with_its_key_and_overwritten_by_the_next_save(
    invite: Invite, database: Database
) -> None:
    link, key = find_link(database, invite()), new_key()
    assert read(database, link, key) == {}
    assert save(database, link, key)
    assert read(database, link, key) == ANSWERS
    assert save(database, link, key, "two")
    assert read(database, link, key) == {"suggestion": "two"}
    assert count(database) == 1


def test_another_device_reads_nothing_and_its_first_save_voids_the_old_draft(
    invite: Invite, database: Database
) -> None:
    link, first, second = find_link(database, invite()), new_key(), new_key()
    save(database, link, first)
    assert read(database, link, second) == {}
    assert read(database, link, first) == ANSWERS  # looking voids nothing
    save(database, link, second, "afresh")
    assert read(database, link, first) == {}
    assert read(database, link, second) == {"suggestion": "afresh"}


def test_the_draft_of_one_link_opens_with_no_other(invite: Invite, database: Database) -> None:
    one, other = (find_link(database, invite()) for _ in range(2))
    key = new_key()
    sealed = lock_answers(one, key, ANSWERS)
    assert unlock_answers(one, key, sealed) == ANSWERS
    assert unlock_answers(other, key, sealed) == {}
    assert unlock_answers(one, key, sealed[:-1]) == {}


@pytest.mark.parametrize("state", [LINK_SPENT, LINK_REFUSED, LINK_VOID])
def test_a_link_that_is_open_no_more_keeps_no_draft(
    invite: Invite, database: Database, state: str
) -> None:
    link = find_link(database, invite(state=state))
    assert not save(database, link, new_key())
    assert count(database) == 0


@pytest.mark.parametrize("end", ["submit", "refuse", "void", "close"])
def test_a_draft_dies_with_its_use(
    invite: Invite, database: Database, settings: Settings, end: str
) -> None:
    who, other = invite(), invite()
    for one in (who, other):
        save(database, find_link(database, one), new_key())
    invitation = database.read(lambda c: find_invitation(c, settings.link_key, who.code))
    assert invitation
    if end == "submit":
        database.write(lambda c: submit_answers(c, invitation, {"overall": "mostly"}, {}))
    elif end == "refuse":
        database.write(lambda c: refuse(c, invitation))
    else:
        with database.transaction() as session:
            round_ = session.get_one(Round, who.round_id)
            if end == "void":
                void_open_links(session, round_)
            else:
                close_round(session, round_, "test")
    assert count(database) == 1  # the other person's, in a round of its own
    assert not save(database, find_link(database, who), new_key()) or end == "close"


def test_the_length_of_a_draft_tells_nothing_of_the_answers() -> None:
    key = new_key()
    full = {f"question_{number}": "dissatisfied" for number in range(14)}
    lengths = {
        len(lock_answers(1, key, answers))
        for answers in ({}, ANSWERS, full, full | {"suggestion": "字" * 450})
    }
    assert len(lengths) == 1
    long = {"suggestion": "字" * 5000}
    assert len(lock_answers(1, key, long)) % STEP == lengths.pop() % STEP
    assert unlock_answers(1, key, lock_answers(1, key, long)) == long


def test_what_is_stored_shows_nothing(invite: Invite, database: Database) -> None:
    link, key = find_link(database, invite()), new_key()
    save(database, link, key)
    with database.sessions() as session:
        stored = session.scalars(select(Draft.ciphertext)).one()
    for words in ("mostly", "体育", json.dumps(ANSWERS), key):
        assert words.encode() not in stored


@pytest.mark.parametrize("text", ["", "x", "é" * 43, "A" * 40, "A" * 43 + "=A", "A" * 42])
def test_what_is_no_key_is_told_from_one(text: str) -> None:
    assert not is_key(text)
