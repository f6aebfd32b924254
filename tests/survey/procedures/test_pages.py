"""The procedure through its pages: every level its own stage, in order, with papers."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import select

from scoring.rule_set import load_rule_set
from survey.assessments.models import OPENED, VERDICT, Round
from survey.assessments.operations import save_record
from survey.audit_log import AuditEvent, find_breaks
from survey.commands import main_group
from survey.database import Database
from survey.event_logs import EventLog, LogLine
from survey.procedures.papers import MOST_BYTES
from tests.survey.conftest import read_token
from tests.survey.factories import make_round
from tests.survey.procedures.conftest import REGIONS, Enter

pytestmark = pytest.mark.one_engine

PAPER = b"%PDF-1.7 made up"
STAGES = load_rule_set("national-2017").stages


def begin(client: FlaskClient, **more: str) -> str:
    """Begin the province's year; return its address."""
    data = {"region": "45", "province": "广西壮族自治区", "year": "2026", "rules": "national-2017"}
    token = read_token(client.get("/procedures").text)
    answer = client.post("/procedures", data={**data, **more, "csrf_token": token})
    assert answer.status_code == 303, answer.text
    return answer.location


def take_part(client: FlaskClient, year: str, round_id: str) -> str:
    """Let the county take part; return the address of its way."""
    address = f"/rounds/{round_id}/procedure"
    token = read_token(client.get(address).text)
    log_id = year.rpartition("/")[2]
    answer = client.post(f"{address}/{log_id}", data={"csrf_token": token})
    assert answer.status_code == 303, answer.text
    return answer.location


def act(client: FlaskClient, way: str, kind: str, stage: str, **fields: object) -> tuple[int, str]:
    """Do something about a stage; return status and page, in English."""
    prefix = {
        "decisions": "decided", "submissions": "submitted",
        "returns": "returned", "publications": "published",
    }[kind]  # fmt: skip
    data = {f"{prefix}-{name}": value for name, value in fields.items()}
    token = read_token(client.get(f"{way}?lang=en").text)
    data |= {f"{prefix}-stage": stage, "csrf_token": token}
    answer = client.post(f"{way}/{kind}", data=data)
    return answer.status_code, " ".join(answer.text.split())


def file(name: str = "报告.pdf", content: bytes = PAPER) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


def decide(
    client: FlaskClient, way: str, stage: str, step: str = "", outcome: str = "passed"
) -> None:
    status, page = act(client, way, "decisions", stage, step=step, outcome=outcome, files=file())
    assert status == 303, page


def submit(client: FlaskClient, way: str, stage: str) -> None:
    status, page = act(client, way, "submissions", stage, paper_0=file(), paper_1=file("b.docx"))
    assert status == 303, page


def test_a_county_goes_the_whole_way_and_the_log_is_checked_offline(
    enter: Enter, round_id: str, database: Database, tmp_path: Path
) -> None:
    clients = {level: enter(level) for level in ("county", "city", "province", "nation")}
    year = begin(clients["province"])
    way = take_part(clients["county"], year, round_id)
    with database.transaction() as session:
        save_record(session, session.get_one(Round, round_id), VERDICT, {"verdict": "met"})
    decide(clients["county"], way, "county")
    submit(clients["county"], way, "county")
    decide(clients["city"], way, "city")
    act(clients["city"], way, "publications", "city", name="复核结果", days="7")
    submit(clients["city"], way, "city")
    for step in ("papers", "survey", "on_site"):
        decide(clients["province"], way, "province", step)
    steps = [step.id for step in STAGES[-1].steps]
    for step in steps[:-1]:
        decide(clients["nation"], way, "nation", step)
    status, page = act(
        clients["nation"], way, "decisions", "nation", step=steps[-1], outcome="passed",
        files=file(),
    )  # fmt: skip
    assert (status, "拟认定名单 has to be published before" in page) == (422, True)
    status, _ = act(clients["nation"], way, "publications", "nation", name="拟认定名单", days="0")
    assert status == 303
    decide(clients["nation"], way, "nation", steps[-1])
    page = clients["county"].get(f"{way}?lang=en").text
    assert page.count(">passed<") >= 2
    assert "结论证书" in page
    log = tmp_path / "year.jsonl"
    log.write_bytes(clients["province"].get(f"{year}/log.jsonl").data)
    shown = CliRunner().invoke(
        main_group, ["procedure", "show", str(log), "--rules", "national-2017"]
    )
    assert shown.exit_code == 0, shown.output
    assert "国家认定: 通过 passed" in shown.output
    with database.sessions() as session:
        assert list(find_breaks(session)) == []
        actions = session.scalars(select(AuditEvent.action)).all()
        assert actions.count("procedure.decided") == 10
        lines = session.scalars(select(LogLine).order_by(LogLine.number)).all()
        evidence = json.loads(lines[2].body)["evidence"]
        assert evidence["自评报告"] == hashlib.sha256(PAPER).hexdigest()
    digest = hashlib.sha256(PAPER).hexdigest()
    handed = clients["nation"].get(f"{way}/papers/{digest}")
    assert handed.data == PAPER
    assert handed.headers["Content-Type"] == "application/octet-stream"
    assert handed.headers["Content-Disposition"].startswith("attachment")
    assert clients["nation"].get(f"{way}/papers/{'0' * 64}").status_code == 404


@pytest.mark.parametrize(
    ("stage", "step", "level"),
    [
        (stage.id, stage.steps[0].id if stage.steps else "", level)
        for stage in STAGES
        for level in ("county", "city", "province", "nation")
        if level != stage.level
    ],
)
def test_no_level_decides_for_another(
    enter: Enter, round_id: str, database: Database, stage: str, step: str, level: str
) -> None:
    county, province = enter("county"), enter("province")
    client = {"county": county, "province": province}.get(level) or enter(level)
    way = take_part(county, begin(province), round_id)
    status, page = act(client, way, "decisions", stage, step=step, outcome="passed", files=file())
    assert status == 422
    assert f"not of the {level} level" in page
    with database.sessions() as session:
        assert len(session.scalars(select(LogLine)).all()) == 1


def test_another_regions_officials_see_nothing_of_a_county(enter: Enter, round_id: str) -> None:
    county, province = enter("county"), enter("province")
    year = begin(province)
    way = take_part(county, year, round_id)
    decide(county, way, "county")
    digest = hashlib.sha256(PAPER).hexdigest()
    for level in ("neighbour", "other.city", "other.province"):
        client = enter(level)
        assert client.get(way).status_code == 404
        assert client.get(f"{way}/papers/{digest}").status_code == 404
        assert client.post(f"{way}/decisions", data={}).status_code in (400, 404)
        assert client.get(f"{year}/log.jsonl").status_code == 404
        expected = 404 if level == "other.province" else 200
        assert client.get(year).status_code == expected
        if expected == 200:
            assert "宜州区" not in client.get(year).text
    assert county.get(f"{year}/log.jsonl").status_code == 404


def test_papers_are_sent_back_with_a_reason(enter: Enter, round_id: str) -> None:
    county, city, province = enter("county"), enter("city"), enter("province")
    way = take_part(county, begin(province), round_id)
    decide(county, way, "county")
    submit(county, way, "county")
    status, page = act(city, way, "returns", "county", reason="")
    assert (status, "papers are sent back with a reason" in page) == (422, True)
    status, _ = act(county, way, "returns", "county", reason="自己退自己")
    assert status == 422
    status, _ = act(city, way, "returns", "county", reason="缺少盖章\n请补")
    assert status == 303
    page = city.get(f"{way}?lang=en").text
    assert "papers sent back" in page
    assert "缺少盖章 请补" in page
    submit(county, way, "county")


def test_a_failure_at_the_nation_ends_the_year_for_the_province(
    enter: Enter, round_id: str, database: Database
) -> None:
    clients = {level: enter(level) for level in ("county", "city", "province", "nation")}
    neighbour = enter("neighbour")
    year = begin(clients["province"])
    way = take_part(clients["county"], year, round_id)
    with database.transaction() as session:
        second = make_round(session, status=OPENED)
        second.region = REGIONS["neighbour"]  # of the same name, as counties of a province may be
        second_id = second.id
    other = take_part(neighbour, year, second_id)
    for county, client in ((way, clients["county"]), (other, neighbour)):
        decide(client, county, "county")
        submit(client, county, "county")
        decide(clients["city"], county, "city")
        submit(clients["city"], county, "city")
        for step in ("papers", "survey", "on_site"):
            decide(clients["province"], county, "province", step)
    decide(clients["nation"], way, "nation", "eligibility", outcome="failed")
    page = neighbour.get(f"{year}?lang=en").text
    assert "宜州区（451202）" in page
    assert "The year has ended for the province" in page
    assert "did not pass" not in page  # whose failure it was is not the neighbour's to see
    assert "did not pass" in clients["province"].get(f"{year}?lang=en").text
    status, told = act(
        clients["nation"], other, "decisions", "nation", step="eligibility", outcome="passed",
        files=file(),
    )  # fmt: skip
    assert status == 422
    assert "the year has ended before stage Recognition by the nation" in told


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("空.pdf", b"", "the file is empty"),
        ("run.exe", PAPER, "expected a paper of one of these kinds"),
        ("大.pdf", b"x" * (MOST_BYTES + 1), "the file is larger than 20 MB"),
    ],
)
def test_what_is_no_paper_is_refused_and_nothing_kept(
    enter: Enter, round_id: str, database: Database, name: str, content: bytes, message: str
) -> None:
    county, province = enter("county"), enter("province")
    way = take_part(county, begin(province), round_id)
    status, page = act(
        county, way, "decisions", "county", outcome="passed", reason="写好的理由",
        files=file(name, content),
    )  # fmt: skip
    assert status == 422
    assert message in page
    assert "写好的理由" in page  # nothing typed is lost
    with database.sessions() as session:
        assert len(session.scalars(select(LogLine)).all()) == 1


def test_who_may_begin_a_year_and_only_once(
    enter: Enter, database: Database, round_id: str
) -> None:
    county, province, other = enter("county"), enter("province"), enter("other.province")
    data = {"region": "45", "province": "广西", "year": "2026", "rules": "national-2017"}
    for client in (county, other):
        token = read_token(client.get("/procedures").text)
        assert client.post("/procedures", data={**data, "csrf_token": token}).status_code == 422
    year = begin(province)
    token = read_token(province.get("/procedures").text)
    again = province.post("/procedures", data={**data, "csrf_token": token})
    assert again.status_code == 422
    assert "广西" in again.text
    assert other.get(year).status_code == 404
    assert enter("nation").get(year).status_code == 200
    with database.sessions() as session:
        assert len(session.scalars(select(EventLog)).all()) == 1


def test_a_rehearsal_takes_part_in_rehearsals_only(
    enter: Enter, database: Database, round_id: str
) -> None:
    county, province = enter("county"), enter("province")
    real, rehearsed = begin(province), begin(province, is_rehearsal="y")
    with database.transaction() as session:
        rehearsal_id = make_round(session, status=OPENED, is_rehearsal=True).id
    take_part(county, rehearsed, rehearsal_id)
    token = read_token(county.get(f"/rounds/{rehearsal_id}/procedure").text)
    for year, own in ((real, rehearsal_id), (rehearsed, round_id)):
        address = f"/rounds/{own}/procedure/{year.rpartition('/')[2]}"
        assert county.post(address, data={"csrf_token": token}).status_code == 400
    assert "（演练）" in province.get(f"{rehearsed}/log.jsonl").text
