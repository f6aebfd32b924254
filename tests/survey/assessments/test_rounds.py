"""Rounds: made, seen by whom they concern, moved on step by step, their records in exact bytes."""

import hashlib
import re
from collections.abc import Callable
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

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
    Particulars,
    advance,
    close_round,
    create_round,
    find_rehearsal_key,
    save_record,
)
from survey.database import Database
from survey.event_logs import PROCEDURE, EventLog
from survey.procedures.models import Entrant
from survey.responses.envelope import find_public_key, new_round_key
from survey.results.models import ReliefSwitch
from survey.samples.links import issue_links
from survey.schools.models import HeldUpload, SchoolVersion
from survey.settings import Settings
from tests.survey.conftest import COUNTY, read_token

pytestmark = pytest.mark.one_engine

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
            Particulars(
                county="测试县", year=2026, residents=549359, residents_source="census bulletin"
            ),
            region=COUNTY,
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
        ({"is_rehearsal": "", "public_key": "none"}, "64 characters"),
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


SETTINGS = {**{key: FORM[key] for key in ("county", "year", "residents", "residents_source")}}


def post_settings(client: FlaskClient, round_id: str, **changed: object) -> tuple[int, str]:
    address = f"/rounds/{round_id}/settings?lang=en"
    token = read_token(client.get(address).text)
    data = {**SETTINGS, "version": "1", "rule_set": "national-2017", **changed}
    answer = client.post(address, data={**data, "csrf_token": token})
    return answer.status_code, answer.text


def find_round(database: Database, round_id: str) -> Round:
    with database.sessions() as session:
        found = session.get(Round, round_id)
        assert found is not None
        return found


def test_a_round_in_preparation_is_changed(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    made = make_round(database, settings)
    areas = {"residents_urban": "500000", "residents_town": "49359", "residents_rural": "0"}
    days = {"opens_on": "2026-09-01", "closes_on": "2026-09-20"}
    assert post_settings(supervisor, made.id, **areas, **days)[0] == 303
    found = find_round(database, made.id)
    assert found.areas == {"urban": 500000, "town": 49359, "rural": 0}
    assert (found.opens_on, found.closes_on, found.version) == ("2026-09-01", "2026-09-20", 2)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"residents_urban": "1"}, "the areas add up to 1 residents"),
        ({"residents_urban": "x", "residents_town": "1"}, "whole number"),
        ({"opens_on": "2026-09-02", "closes_on": "2026-09-01"}, "the last day is before"),
        ({"opens_on": "soon"}, "Not a valid date"),
        ({"rule_set": "none"}, "Not a valid choice"),
        ({"residents_table": "区域,常住人口\n城区,x"}, "2 · 常住人口"),
        ({"residents_table": "区域,常住人口\n月球,9"}, "月球"),
        ({"version": "7"}, "somebody else changed this"),
    ],
)
def test_bad_settings_are_told_and_change_nothing(
    database: Database,
    settings: Settings,
    supervisor: FlaskClient,
    changed: dict[str, str],
    said: str,
) -> None:
    made = make_round(database, settings)
    typed: dict[str, object] = {"county": "另一县", **changed}
    if "residents_table" in typed:
        typed["residents_table"] = (BytesIO(changed["residents_table"].encode()), "r.csv")
    status, page = post_settings(supervisor, made.id, **typed)
    assert status == 422
    assert said in page
    assert "另一县" in page  # what was typed is not lost
    assert find_round(database, made.id).county == "测试县"


def test_residents_come_from_a_table(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    made = make_round(database, settings)
    table = "乡镇,区域,常住人口\n甲镇,镇区,100\n乙镇,镇区,50\n丙乡,乡村,7\n".encode("gb18030")
    assert post_settings(supervisor, made.id, residents_table=(BytesIO(table), "r.csv"))[0] == 303
    found = find_round(database, made.id)
    assert (found.residents, found.areas) == (157, {"urban": 0, "town": 150, "rural": 7})


def test_of_two_who_edit_a_round_the_second_is_told(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    made = make_round(database, settings)
    assert post_settings(supervisor, made.id, county="甲县")[0] == 303
    status, page = post_settings(supervisor, made.id, county="乙县")
    assert (status, "somebody else changed this" in page) == (422, True)
    assert find_round(database, made.id).county == "甲县"


def test_the_key_may_come_later_and_is_needed_for_links(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    assert post_form(supervisor, is_rehearsal="")[0] == 303
    with database.sessions() as session:
        round_ = session.scalars(select(Round)).one()
    assert round_.public_key == ""
    with database.transaction() as session:
        again = session.get(Round, round_.id)
        assert again is not None
        again.status = DRAWN
        session.flush()
        with pytest.raises(Problem, match="no key yet"):
            issue_links(session, settings, again, "test")
    address = f"/rounds/{round_.id}/key?lang=en"
    token = read_token(supervisor.get(address).text)
    public_key = new_round_key()[1]
    for typed, status in (("0" * 64, 422), (public_key.upper(), 303)):
        answer = supervisor.post(address, data={"public_key": typed, "csrf_token": token})
        assert answer.status_code == status, typed
    assert find_round(database, round_.id).public_key == public_key


def test_a_round_in_preparation_can_be_removed_and_a_frozen_one_stays(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    made = [make_round(database, settings) for _ in range(2)]
    with database.transaction() as session:
        frozen = session.get(Round, made[1].id)
        assert frozen is not None
        frozen.status = FROZEN
    for round_, status in zip(made, (303, 400), strict=True):
        token = read_token(supervisor.get(f"/rounds/{made[0].id}/delete?lang=en").text)
        answer = supervisor.post(f"/rounds/{round_.id}/delete", data={"csrf_token": token})
        assert answer.status_code == status
        made[0] = made[1]
    with database.sessions() as session:
        assert [row.id for row in session.scalars(select(Round))] == [made[1].id]


def fill_draft(session: Session, round_id: str) -> None:
    """Keep what a round may hold while it is in preparation, besides roster and records."""
    figures = SchoolVersion(
        round_id=round_id, number=1, filename="数据.xlsx", actor="t", n_schools=1,
        digest="0" * 64, schools_digest="0" * 64, body="{}",
    )  # fmt: skip
    held = HeldUpload(round_id=round_id, filename="数据.xlsx", actor="t", n_faults=1, tables="{}")
    relief = ReliefSwitch(round_id=round_id, relief="r", actor="t", reason="r")
    session.add_all((figures, held, relief))


def test_a_round_is_removed_with_its_figures_and_reliefs(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    round_ = make_round(database, settings)
    with database.transaction() as session:
        fill_draft(session, round_.id)
    token = read_token(supervisor.get(f"/rounds/{round_.id}/delete").text)
    answer = supervisor.post(f"/rounds/{round_.id}/delete", data={"csrf_token": token})
    assert answer.status_code == 303
    with database.sessions() as session:
        for model in (Round, SchoolVersion, HeldUpload, ReliefSwitch):
            assert session.scalars(select(model)).all() == []


def test_a_round_of_a_county_that_takes_part_in_a_year_stays(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    round_ = make_round(database, settings)
    with database.transaction() as session:
        log = EventLog(
            kind=PROCEDURE, region="45", title="广西", year=2026, rule_set="r", is_rehearsal=True
        )
        session.add(log)
        session.flush()
        session.add(Entrant(log_id=log.id, region=COUNTY, name="测试县", round_id=round_.id))
    token = read_token(supervisor.get(f"/rounds/{round_.id}/delete?lang=en").text)
    answer = supervisor.post(f"/rounds/{round_.id}/delete", data={"csrf_token": token})
    assert answer.status_code == 400
    assert "takes part in a procedure with this round" in answer.text
    assert find_round(database, round_.id).status == DRAFT


def test_the_step_list_says_what_is_next_and_what_waits(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    made = make_round(database, settings, is_rehearsal=False)
    page = supervisor.get(f"/rounds/{made.id}?lang=en").text
    following = re.search(r'<span class="badge next">next</span>\s*<strong>([^<]*)', page)
    assert following is not None
    assert following[1] == "Upload the roster"
    assert "the roster is missing" in page
    assert "done by: official" in page or "opens when the round stands at" in page
