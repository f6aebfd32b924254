"""The pages while a round is in the field: not reached, links pressed twice."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from survey.database import Database
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_VOID,
    Link,
    Selection,
)
from tests.survey.conftest import read_token
from tests.survey.frames.rosters import make_county
from tests.survey.samples.desk import NOT_REACHED, Desk, count, list_codes, read_hidden

pytestmark = pytest.mark.one_engine

# Not reached: asked before it is noted


def test_noting_as_not_reached_is_asked_first(field: Desk, database: Database) -> None:
    assert (
        'action="' not in field.get("progress").split("progress/unreachable")[0].split("<h2>")[-1]
    )
    page = field.get("progress/unreachable")
    assert ">120<" in page
    assert count(database, NOT_REACHED) == 0
    # a form that never showed the number does nothing, and shows it
    answer = field.post("progress/unreachable")
    assert answer.status_code == 422
    assert ">120<" in answer.text
    assert count(database, NOT_REACHED) == 0
    field.release()
    assert count(database, Selection.is_reserve, Selection.issued) == 0
    assert field.mark_unreachable().status_code == 303
    assert count(database, NOT_REACHED) == 120


def test_no_more_are_noted_than_were_confirmed(field: Desk, database: Database) -> None:
    assert field.post("progress/unreachable", people="119").status_code == 422
    assert field.post("progress/unreachable", people="x").status_code == 422
    assert count(database, NOT_REACHED) == 0
    with database.transaction() as session:  # somebody comes between the question and the answer
        one = select(Selection.id).where(Selection.issued).limit(1)
        session.execute(update(Selection).where(Selection.id.in_(one)).values(disposition=ANSWERED))
    assert field.post("progress/unreachable", people="120").status_code == 303
    assert count(database, NOT_REACHED) == 119


def test_with_nobody_outstanding_there_is_nothing_to_confirm(field: Desk) -> None:
    field.mark_unreachable()
    page = field.get("progress/unreachable")
    assert 'name="people"' not in page


# The button of the links pressed twice


def test_a_form_of_links_sent_twice_brings_the_same_file(
    desk: Desk, database: Database, round_id: str
) -> None:
    desk.upload(make_county())
    desk.freeze()
    desk.post("draw", seed="s")
    for scope in ("new", "all"):
        nonce = desk.read_nonce()
        first, second = (desk.make_links(scope, nonce=nonce) for _ in range(2))
        assert (first.status_code, second.status_code) == (200, 200)
        assert len(list_codes(first)) == 120
        assert second.data == first.data
        assert second.headers["Content-Disposition"] == first.headers["Content-Disposition"]
    with database.sessions() as session:
        states = Counter(session.scalars(select(Link.state)))
    assert states == {LINK_OPEN: 120, LINK_VOID: 120}


def test_a_double_click_waits_for_the_file(desk: Desk, app: Flask) -> None:
    desk.upload(make_county())
    desk.freeze()
    desk.post("draw", seed="s")
    page = desk.get("links")
    data = {
        "csrf_token": read_token(page),
        "scope": "new",
        "medium": "cards",
        "nonce": read_hidden(page, "nonce"),
    }
    cookie = desk.client.get_cookie("session")
    assert cookie is not None

    def click(_: int) -> TestResponse:
        client = app.test_client()
        client.set_cookie("session", cookie.value)
        barrier.wait()
        return client.post(f"{desk.way}/links", data=data)

    barrier = Barrier(3)
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(click, range(3)))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.data for answer in answers}) == 1


def test_another_choice_on_the_same_form_is_another_request(field: Desk) -> None:
    nonce = field.read_nonce()
    first = field.make_links("all", nonce=nonce)
    assert field.make_links("new", nonce=nonce).status_code == 422
    assert not set(list_codes(first)) & set(list_codes(field.make_links("all")))
    assert field.post("links", scope="new", medium="file").status_code == 422


def test_a_form_used_again_after_a_release_makes_links_for_the_reserves(
    desk: Desk, database: Database
) -> None:
    desk.upload(make_county())
    desk.freeze()
    desk.post("draw", seed="s")
    nonce = desk.read_nonce()  # the page stays as it is when a file is downloaded
    first = desk.make_links(nonce=nonce)
    desk.mark_unreachable()
    desk.release()
    again = desk.make_links(nonce=nonce)
    released = count(database, Selection.is_reserve, Selection.issued)
    assert len(list_codes(again)) == released > 0
    assert not set(list_codes(first)) & set(list_codes(again))
