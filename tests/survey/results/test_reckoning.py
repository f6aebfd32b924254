"""Reliefs, what if, the way out and the ledger on their pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from sampling.problems import Problem
from survey.assessments.models import ANSWERS, OPENED, RATE, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.audit_log import AuditEvent
from survey.commands import main_group
from survey.database import Database
from survey.results.figures import read_figures
from survey.results.operations import judge_round
from survey.results.way_out import BUSY, search_way_out
from survey.schools.operations import import_schools, read_schools
from tests.scoring.county_makers import change, make_sheets
from tests.survey.conftest import read_token
from tests.survey.factories import make_round
from tests.survey.results.test_page import make_rate
from tests.survey.schools.county_files import county_workbook

COSTS = {
    "degree_teachers": "95000", "backbone_teachers": "20000", "pe_art_teachers": "90000",
    "rooms_m2": "3200", "grounds_m2": "800.5", "equipment_yuan": "1", "multimedia_rooms": "40000",
}  # fmt: skip
RELIEF = "rooms-built-by-2016"

MakeRound = Callable[..., str]


@pytest.fixture
def make_opened(app: Flask, database: Database, tmp_path: Path) -> MakeRound:
    """A function that makes an opened round, judged or not, whose school 1001 lacks rooms."""

    def make(*, is_judged: bool = True, is_rehearsal: bool = False, rooms: str = "1300") -> str:
        sheets = make_sheets()
        change(sheets["schools"], {"school_id": "1001"}, rooms_m2=rooms)
        content = county_workbook(tmp_path, sheets)
        with database.transaction() as session:
            round_ = make_round(session, status=OPENED, is_rehearsal=is_rehearsal)
            import_schools(session, round_, "county.xlsx", content, "test")
            rate = make_rate(92, round_.county, round_.id) | {"rehearsal": is_rehearsal}
            save_record(session, round_, RATE, rate)
            save_record(session, round_, ANSWERS, {"format": 1})
            if is_judged:
                judge_round(session, round_, "test")
            return round_.id

    return make


def post(client: FlaskClient, page: str, address: str = "", **fields: object) -> tuple[int, str]:
    """Send a form of a page; return the status and the page in English as it is then."""
    token = read_token(client.get(page).text)
    answer = client.post(address or page, data={**fields, "csrf_token": token})
    told = answer.text if answer.status_code != 303 else client.get(page).text
    return answer.status_code, " ".join(told.split())


def test_reliefs_are_chosen_before_judging_with_a_reason(
    official: FlaskClient, make_opened: MakeRound, database: Database
) -> None:
    round_id = make_opened(is_judged=False)
    official.get("/rounds?lang=en")
    page = f"/rounds/{round_id}/reliefs"
    assert post(official, page, reliefs=RELIEF)[0] == 422
    status, told = post(official, page, reliefs=RELIEF, reason="建成于2016年以前")
    assert status == 303
    assert "Switched on by official" in told
    assert "建成于2016年以前" in told
    post(official, f"/rounds/{round_id}/results", f"/rounds/{round_id}/verdict")
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, round_id), VERDICT)
        assert record is not None
        assert [one["id"] for one in read_body(record)["reliefs"]] == [RELIEF]
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject == round_id)).all()
    by_action = {event.action: event.detail for event in events}
    assert by_action["relief.on"] == {"relief": RELIEF, "reason": "建成于2016年以前"}
    assert by_action["round.judge"]["reliefs"] == [RELIEF]
    assert by_action["round.judge"]["schools_version"] == 1
    token = read_token(official.get("/rounds").text)
    late = official.post(page, data={"reliefs": "", "reason": "x", "csrf_token": token})
    assert late.status_code == 422
    assert "used 0 times" in official.get(page).text
    shown = official.get(f"/rounds/{round_id}/results").text
    assert "Made from version 1 of the figures." in shown


def test_what_if_shows_what_turns_and_keeps_nothing(
    official: FlaskClient, make_opened: MakeRound, database: Database
) -> None:
    round_id = make_opened()
    page = f"/rounds/{round_id}/what-if?lang=en&school=1001"
    assert "Verdict now" not in official.get(page).text
    told = " ".join(official.get(f"{page}&rooms_m2=1700").text.split())
    assert "1300 → <strong>1700</strong>" in told
    assert "The standard is not met</strong>. Then: <strong>The standard is met" in told
    assert told.count("(turns)") == 2  # the indicator, and the school as a whole
    status = official.get(f"{page}&rooms_m2=viel")
    assert (status.status_code, "viel" in status.text) == (422, True)
    county = " ".join(official.get(f"/rounds/{round_id}/what-if?interviewed=").text.split())
    assert "45" in county
    assert official.get(f"/rounds/{round_id}/what-if?school=9999").status_code == 404
    with database.sessions() as session:
        (school, *_) = read_schools(session, session.get_one(Round, round_id))
        assert school.school_id == "1001"
        assert "1700" not in str(school)


def test_the_way_out_is_found_kept_and_carried_into_the_ledger(
    official: FlaskClient, make_opened: MakeRound, tmp_path: Path
) -> None:
    round_id = make_opened()
    official.get("/rounds?lang=en")
    page = f"/rounds/{round_id}/way-out"
    typed = {f"cost-{name}": cost for name, cost in COSTS.items()}
    status, told = post(official, page, **{**typed, "cost-rooms_m2": "viel"})
    assert (status, "a number above 0" in told, 'value="800.5"' in told) == (422, True, True)
    status, told = post(official, page, **typed)
    assert status == 303
    plan = json.loads(official.get(f"{page}.json").data)
    assert (plan["status"], plan["additions"][0]["add"]) == ("optimal", 77)  # 0.85 * 4.5 * 360
    assert "246,400" in told
    ledger = f"/rounds/{round_id}/ledger"
    assert post(official, ledger, f"{ledger}/plan", answers="李四", deadline="2027-08-31")[0] == 422
    status, told = post(official, ledger, as_of="2026-09-01")
    assert status == 303
    assert "The ledger: 1 lines" in told
    status, told = post(official, ledger, f"{ledger}/plan", answers="李四", deadline="2027-08-31")
    assert status == 303
    assert "Measures for 1 lines" in told
    assert "李四 · 2027-08-31" in told
    log = tmp_path / "ledger.jsonl"
    log.write_bytes(official.get(f"{ledger}.jsonl").data)
    verdict = tmp_path / "verdict.json"
    verdict.write_bytes(official.get(f"/rounds/{round_id}/records/verdict.json").data)
    checked = CliRunner().invoke(main_group, ["ledger", "verify", str(log), str(verdict)])
    assert (checked.exit_code, "1 of 1 measurements" in checked.output) == (0, True)


def test_a_later_verdict_strikes_off_and_nobody_else(
    official: FlaskClient, make_opened: MakeRound
) -> None:
    first, second = make_opened(), make_opened(rooms="2600")
    official.get("/rounds?lang=en")
    page = f"/rounds/{first}/ledger"
    post(official, page, as_of="2026-09-01")
    rule = "resources.rooms_m2.primary"
    line = f"{page}/line?school=1001&stage=primary&rule={rule}&part="
    status, told = post(official, line, measure="", answers="张三", deadline="2026-10-01")
    assert (status, "张三" in told) == (422, True)
    assert post(official, line, measure="扩建", answers="张三", deadline="2026-10-01")[0] == 303
    assert "扩建" in official.get(page).text
    later = f"/rounds/{second}/ledger"
    status, told = post(official, later, as_of="2025-09-01")
    assert (status, "are older than those of 2026-09-01" in told) == (422, True)
    status, told = post(official, later, as_of="2027-09-01")
    assert (status, "struck off" in told) == (303, True)
    assert post(official, line, measure="再扩建", answers="张三", deadline="2027-10-01")[0] == 422
    assert official.get(f"{page}/line?school=1").status_code == 404


def test_a_rehearsal_has_gaps_and_no_ledger(official: FlaskClient, make_opened: MakeRound) -> None:
    round_id = make_opened(is_rehearsal=True)
    official.get("/rounds?lang=en")
    page = f"/rounds/{round_id}/ledger"
    assert "A rehearsal has no ledger" in official.get(page).text
    assert "Gaps: 1" in official.get(page).text
    assert post(official, page, as_of="2026-09-01")[0] == 422


def test_a_search_ends_in_time_and_one_runs_at_a_time(
    make_opened: MakeRound, database: Database
) -> None:
    with database.sessions() as session:
        figures = read_figures(session, session.get_one(Round, make_opened()))
    assert figures is not None
    costs = {"format": 1, "currency": "元", "costs": COSTS}
    with pytest.raises(Problem, match="no plan was found within 0 seconds"):
        search_way_out(figures, costs, seconds=0.01)
    with BUSY, pytest.raises(Problem, match="another search is under way"):
        search_way_out(figures, costs)
    with pytest.raises(ValueError, match="degree_teachers' is missing"):
        search_way_out(figures, costs | {"costs": {}})


def test_the_report_and_the_form_are_handed_out(
    official: FlaskClient, make_opened: MakeRound
) -> None:
    round_id = make_opened()
    assert "自评结论：未达到申报要求。" in official.get(f"/rounds/{round_id}/self-report").text
    for name in ("self-report.docx", "application.xlsx"):
        answer = official.get(f"/rounds/{round_id}/{name}")
        assert answer.data[:2] == b"PK"
        assert answer.headers["Content-Disposition"].startswith("attachment")
    unjudged = make_opened(is_judged=False)
    assert official.get(f"/rounds/{unjudged}/self-report.docx").status_code == 404


def test_these_pages_are_the_officials(supervisor: FlaskClient, make_opened: MakeRound) -> None:
    round_id = make_opened()
    for page in ("reliefs", "way-out", "what-if", "ledger", "self-report", "application.xlsx"):
        assert supervisor.get(f"/rounds/{round_id}/{page}").status_code == 403
