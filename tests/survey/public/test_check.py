"""What everybody can check of a round: digests, plan, draw, receipts; no rate, and no draft."""

import hashlib

import pytest
from flask.testing import FlaskClient

from survey.assessments.models import ANSWERS, CLOSED, DRAFT, DRAW, FRAME, OPENED, PLAN, RATE, Round
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
