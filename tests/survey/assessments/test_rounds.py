"""Rounds: made, seen by whom they concern, moved on step by step, their records in exact bytes."""

import hashlib
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from sampling.problems import Problem
from survey.assessments.models import (
    ANSWERS,
    CLOSED,
    DRAFT,
    DRAWN,
    FIELD,
    FROZEN,
    PLAN,
    Round,
)
from survey.assessments.operations import (
    advance,
    close_round,
    create_round,
    find_rehearsal_key,
    save_record,
)
from survey.database import Database
from survey.responses.envelope import find_public_key, new_round_key
from survey.settings import Settings
from tests.survey.conftest import COUNTY, read_token

FORM = {
    "region": COUNTY,
    "county": "测试县",
    "year": "2026",
    "residents": "549359",
    "residents_source": "census bulletin",
    "is_rehearsal": "y",
}


def make_round(database: Database, settings: Settings, *, is_rehearsal: bool = True) -> Round:
    with database.transaction() as session:
        return create_round(
            session,
            settings,
            region=COUNTY,
            county="测试县",
            year=2026,
            residents=549359,
            residents_source="census bulletin",
            is_rehearsal=is_rehearsal,
            public_key="" if is_rehearsal else new_round_key()[1],
            actor="test",
        )


def post_form(client: FlaskClient, **changed: str) -> tuple[int, str]:
    token = read_token(client.get("/rounds/new?lang=en").text)
    answer = client.post("/rounds/new?lang=en", data={**FORM, **changed, "csrf_token": token})
    return answer.status_code, answer.text


def test_a_supervisor_makes_a_round(supervisor: FlaskClient) -> None:
    assert post_form(supervisor)[0] == 303
    page = supervisor.get("/rounds").text
    assert "测试县" in page
    assert "549,359" in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"residents": "0"}, "at least 1"),
        ({"residents": "-5"}, "at least 1"),
        ({"residents": "123456789012"}, "at most 11 digits"),
        ({"residents": ""}, "got nothing"),
        ({"residents": "many"}, "whole number"),
        ({"region": "12"}, "six digits"),
        ({"region": "150603"}, "not in your region"),
        ({"county": ""}, "missing"),
        ({"is_rehearsal": ""}, "64 characters"),
        ({"is_rehearsal": "", "public_key": "0" * 64}, "public key"),
    ],
)
def test_a_bad_form_is_told_and_changes_nothing(
    supervisor: FlaskClient, changed: dict[str, str], said: str
) -> None:
    status, page = post_form(supervisor, **changed)
    assert status == 422
    assert said in page
    assert "测试县" not in supervisor.get("/rounds").text


@pytest.mark.parametrize("year", ["", "many", "2016", "2101"])
def test_a_bad_year_is_told_once(supervisor: FlaskClient, year: str) -> None:
    status, page = post_form(supervisor, year=year)
    assert status == 422
    (told,) = re.findall(r'id="year-error">([^<]*)<', page)
    assert told == "a year from 2017 to 2100"


def test_a_rehearsal_keeps_its_key_for_itself(database: Database, settings: Settings) -> None:
    round_ = make_round(database, settings)
    key = find_rehearsal_key(settings, round_)
    assert key is not None
    assert find_public_key(key) == round_.public_key
    path = settings.round_keys / f"{round_.id}.key"
    assert path.stat().st_mode & 0o077 == 0


def test_a_real_rounds_key_is_nowhere_here(database: Database, settings: Settings) -> None:
    round_ = make_round(database, settings, is_rehearsal=False)
    assert find_rehearsal_key(settings, round_) is None
    assert not settings.round_keys.exists()


def test_another_county_sees_nothing(
    database: Database, settings: Settings, log_in: Callable[[str], FlaskClient]
) -> None:
    round_ = make_round(database, settings)
    stranger = log_in("elsewhere")
    assert stranger.get(f"/rounds/{round_.id}").status_code == 404
    assert "测试县" not in stranger.get("/rounds").text


def test_steps_cannot_be_skipped(database: Database, settings: Settings) -> None:
    round_ = make_round(database, settings)
    for wrong in (DRAFT, DRAWN, FIELD, CLOSED):
        with pytest.raises(Problem, match="not open"):
            advance(round_, wrong)
    with pytest.raises(Problem, match="not open"), database.transaction() as session:
        close_round(session, round_, "test")
    for status in (FROZEN, DRAWN, FIELD, CLOSED):
        advance(round_, status)
    assert round_.status == CLOSED


def test_a_record_is_handed_out_in_its_exact_bytes(
    database: Database, settings: Settings, supervisor: FlaskClient, official: FlaskClient
) -> None:
    round_ = make_round(database, settings)
    with database.transaction() as session:
        record = save_record(session, round_, PLAN, {"format": 1, "county": "测试县"})
        save_record(session, round_, ANSWERS, {"format": 1})
    answer = supervisor.get(f"/rounds/{round_.id}/records/plan.json")
    assert hashlib.sha256(answer.data).hexdigest() == record.digest
    assert record.digest in supervisor.get(f"/rounds/{round_.id}").text
    assert supervisor.get(f"/rounds/{round_.id}/records/answers.json").status_code == 404
    assert official.get(f"/rounds/{round_.id}/records/answers.json").status_code == 200
    assert supervisor.get(f"/rounds/{round_.id}/records/users.json").status_code == 404
