"""What everybody can check of a round: digests, plan, draw, receipts; no rate, and no draft."""

import hashlib

import pytest
from flask.testing import FlaskClient

from survey.assessments.models import (
    ANSWERS,
    CLOSED,
    DRAFT,
    DRAW,
    FRAME,
    OPEN_ANSWERS,
    OPENED,
    PLAN,
    RATE,
    Round,
)
from survey.assessments.operations import save_record
from survey.database import Database
from tests.survey.factories import make_round

pytestmark = pytest.mark.one_engine

LEAVES = ["0a" * 32, "1b" * 32]
RECORDS = {
    FRAME: {"format": 1, "kind": "frame", "digest": "f" * 64},
    PLAN: {"format": 1, "kind": "plan", "n": 825},
    DRAW: {"format": 1, "kind": "draw", "seed": "a seed"},
    RATE: {"format": 1, "kind": "rate", "official": {"numerator": 731, "denominator": 812}},
    ANSWERS: {"format": 1, "kind": "answers", "leaves": LEAVES, "merkle_root": "c" * 64},
}


def make_checked_round(database: Database, status: str) -> Round:
    with database.transaction() as session:
        round_ = make_round(session, status=status)
        for kind, value in RECORDS.items():
            save_record(session, round_, kind, value)
        return round_


def test_an_opened_round_can_be_checked(database: Database, client: FlaskClient) -> None:
    round_ = make_checked_round(database, OPENED)
    assert f"/check/{round_.id}" in client.get("/check").text
    page = client.get(f"/check/{round_.id}").text
    draw = client.get(f"/check/{round_.id}/draw.json").data
    for figure in ("f" * 64, "c" * 64, hashlib.sha256(draw).hexdigest()):
        assert figure in page
    assert client.get(f"/check/{round_.id}/receipts.txt").text.split() == LEAVES


def test_receipts_of_places_are_listed_apart_and_damaged_ones_named(
    database: Database, client: FlaskClient
) -> None:
    round_ = make_checked_round(database, OPENED)
    client.set_cookie("lang", "en")
    way = f"/check/{round_.id}"
    assert "Could not be opened" not in client.get(way).text
    assert client.get(f"{way}/open-receipts.txt").status_code == 404
    at_places = {
        "kind": OPEN_ANSWERS,
        "min_cell": 5,
        "leaves": ["2c" * 32],
        "merkle_root": "d" * 64,
    }
    aside = {"set_aside": [{"leaf": LEAVES[1], "reason": "unreadable"}]}
    with database.transaction() as session:
        save_record(session, round_, OPEN_ANSWERS, at_places)
        save_record(session, round_, ANSWERS, RECORDS[ANSWERS] | aside)
    page = client.get(way).text
    assert client.get(f"{way}/receipts.txt").text.split() == LEAVES
    assert client.get(f"{way}/open-receipts.txt").text.split() == ["2c" * 32]
    assert "d" * 64 in page
    assert "Could not be opened: 1" in page
    assert f'data-set-aside="{LEAVES[1]}"' in page
    with database.transaction() as session:
        save_record(session, round_, OPEN_ANSWERS, at_places | {"leaves": None})
    assert "Fewer than 5 open answers" in client.get(way).text
    assert client.get(f"{way}/open-receipts.txt").status_code == 404


@pytest.mark.parametrize("kind", [RATE, ANSWERS, FRAME, "verdict", "nothing"])
def test_results_are_not_handed_out(database: Database, client: FlaskClient, kind: str) -> None:
    round_ = make_checked_round(database, OPENED)
    assert client.get(f"/check/{round_.id}/{kind}.json").status_code == 404
    assert "812" not in client.get(f"/check/{round_.id}").text


def test_before_the_opening_there_are_no_receipts(database: Database, client: FlaskClient) -> None:
    round_ = make_checked_round(database, CLOSED)
    assert client.get(f"/check/{round_.id}/receipts.txt").status_code == 404
    assert "c" * 64 not in client.get(f"/check/{round_.id}").text


def test_a_draft_is_nobodys_business(database: Database, client: FlaskClient) -> None:
    round_ = make_checked_round(database, DRAFT)
    assert round_.id not in client.get("/check").text
    assert client.get(f"/check/{round_.id}").status_code == 404
    assert client.get(f"/check/{round_.id}/plan.json").status_code == 404
