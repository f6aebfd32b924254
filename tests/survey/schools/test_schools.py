"""The school table: uploaded, kept as text, refused with every fault."""

from __future__ import annotations

import io
import re
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from sampling.problems import Problem, Problems
from scoring.county_sheets import sheets_of
from scoring.rule_set import RuleSet
from scoring.school_layout import layout_of
from scoring.schools import SCHOOL_COLUMNS, school_row
from survey.assessments.models import CLOSED, FIELD, SCHOOLS, VERDICT
from survey.assessments.operations import find_record, read_body, save_record
from survey.database import Database
from survey.schools import operations
from survey.schools.county_files import County, read_upload
from survey.schools.county_template import header_of
from survey.schools.operations import import_schools, parse_record, read_schools
from survey.tables import write_xlsx
from tests.scoring.county_makers import change, make_sheets, read_sheets
from tests.scoring.makers import NATIONAL
from tests.survey.conftest import COUNTY, read_token
from tests.survey.factories import make_round
from tests.survey.schools.county_files import county_workbook

pytestmark = pytest.mark.one_engine

HEADERS = [column.header_zh for column in SCHOOL_COLUMNS]
GOOD = {
    "school_id": "2145000001",
    "name": "第一小学",
    "township": "庆远镇",
    "kind": "小学",
    "ownership": "公办",
    "primary_pupils": "６００",
    "primary_degree_teachers": "30",
    "primary_backbone_teachers": "8",
    "primary_pe_art_teachers": "6",
    "rooms_m2": "3000.5",
    "grounds_m2": "5000",
    "equipment_yuan": "1300000",
    "multimedia_rooms": "15",
}


def make_table(*schools: dict[str, str]) -> bytes:
    """Return a filled-in template."""
    names = [column.name for column in SCHOOL_COLUMNS]
    return write_xlsx(HEADERS, [[school.get(name, "") for name in names] for school in schools])


def test_a_table_becomes_a_record_of_exact_text(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session)
        schools = import_schools(session, round_, "学校.xlsx", make_table(GOOD), "test")
        record = find_record(session, round_, SCHOOLS)
        assert record is not None
        body = read_body(record)
        assert (body["format"], body["kind"], body["filename"]) == (1, "schools", "学校.xlsx")
        assert body["rows"] == [{"row": 2, "values": school_row(schools[0])}]
        assert body["rows"][0]["values"]["primary_pupils"] == "600"
        assert read_schools(session, round_) == schools


def test_faults_are_told_together_and_change_nothing(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session)
        import_schools(session, round_, "s.xlsx", make_table(GOOD), "test")
        faulty = make_table(
            GOOD | {"primary_pupils": "0"}, GOOD | {"school_id": "2", "rooms_m2": "很大"}
        )
        with pytest.raises(Problems) as caught:
            import_schools(session, round_, "s.xlsx", faulty, "test")
        told = str(caught.value)
        assert "the school has no pupils" in told
        assert "3 · 教学及辅助用房面积" in told
        assert len(read_schools(session, round_)) == 1


def test_after_the_verdict_the_table_stays(app: Flask, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=CLOSED)
        save_record(session, round_, VERDICT, {"format": 1})
        with pytest.raises(Problem, match="not changed any more"):
            import_schools(session, round_, "s.xlsx", make_table(GOOD), "test")


@pytest.fixture
def page(app: Flask, database: Database) -> str:
    """The address of a round's school page."""
    with database.transaction() as session:
        round_ = make_round(session, status=FIELD)
        round_.region = COUNTY
        return f"/rounds/{round_.id}/schools"


def upload(client: FlaskClient, page: str, content: bytes | None) -> tuple[int, str]:
    """Upload a table; return status and page."""
    data: dict[str, object] = {"csrf_token": read_token(client.get(page).text)}
    if content is not None:
        data["file"] = (io.BytesIO(content), "学校.xlsx")
    answer = client.post(page, data=data)
    return answer.status_code, answer.text


def test_uploading_in_the_browser(supervisor: FlaskClient, page: str) -> None:
    assert upload(supervisor, page, make_table(GOOD))[0] == 303
    assert upload(supervisor, page, make_table(GOOD))[0] == 303  # posted twice: the same table
    assert supervisor.get(page).text.count("2145000001") == 1
    status, text = upload(supervisor, page, make_table(GOOD, GOOD, GOOD | {"kind": "大学"}))
    assert status == 422
    assert "· 3 ·" in text
    assert "· 4" in text
    assert upload(supervisor, page, None)[0] == 422


def test_of_many_faults_the_first_are_shown(supervisor: FlaskClient, page: str) -> None:
    faulty = [{"school_id": str(number)} for number in range(300)]
    status, text = upload(supervisor, page, make_table(*faulty))
    assert status == 422
    assert len(re.findall(r"<td>学校\.xlsx · ", text)) == 200
    assert "900" in text  # of each school name, kind and ownership are blank


def test_a_long_table_is_read_before_anybody_has_to_wait(
    supervisor: FlaskClient, page: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def write() -> None:
        with database.transaction() as session:  # as a respondent's answer is written
            written.append(make_round(session).id)

    def read_slowly(filename: str, content: bytes, rule_set: RuleSet) -> tuple[str, County]:
        somebody = threading.Thread(target=write, daemon=True)
        somebody.start()
        somebody.join(timeout=5)
        assert len(written) == 1
        return read_upload(filename, content, rule_set)

    monkeypatch.setattr(operations, "read_upload", read_slowly)
    assert upload(supervisor, page, make_table(GOOD))[0] == 303


def test_the_template_has_the_columns_that_are_read(supervisor: FlaskClient, page: str) -> None:
    content = supervisor.get(f"{page}/template.xlsx").data
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheets = sheets_of(NATIONAL)
    assert workbook.sheet_names == ["说明", *(sheet.title.zh for sheet in sheets)]
    headers = workbook.get_sheet_by_name("学校").to_python()[0]
    assert headers == [header_of(column) for column in layout_of(NATIONAL).columns]
    status, text = upload(supervisor, page, content)
    assert status == 422  # there is no school in it
    assert "学校.xlsx" in text


def test_the_table_is_the_supervisors(official: FlaskClient, page: str) -> None:
    assert official.get(page).status_code == 403


def test_the_countys_sheets_are_kept_beside_the_schools(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    sheets = make_sheets()
    with database.transaction() as session:
        round_ = make_round(session)
        import_schools(session, round_, "县.xlsx", county_workbook(tmp_path, sheets), "test")
        record = find_record(session, round_, SCHOOLS)
        assert record is not None
        body = read_body(record)
        assert set(body["county"]) == set(sheets) - {"schools"}
        assert [row["row"] for row in body["rows"]] == [2, 3, 4, 5, 6]
        assert parse_record(body, NATIONAL) == read_sheets(sheets)
        import_schools(session, round_, "s.xlsx", make_table(GOOD), "test")
        alone = find_record(session, round_, SCHOOLS)
        assert alone is not None
        assert "county" not in read_body(alone)


def test_a_row_of_totals_is_no_school(app: Flask, database: Database) -> None:
    total = {"school_id": "合计", "primary_pupils": "600"}
    with database.transaction() as session:
        round_ = make_round(session)
        schools = import_schools(session, round_, "s.xlsx", make_table(GOOD, total), "test")
        assert [school.school_id for school in schools] == [GOOD["school_id"]]


def test_a_countys_faults_are_told_by_sheet_row_and_column(
    supervisor: FlaskClient, page: str, tmp_path: Path
) -> None:
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1002"}, rooms_m2="很大")
    change(sheets["classes"], {"school_id": "1004", "class_name": "junior2班"}, pupils="许多")
    status, text = upload(supervisor, page, county_workbook(tmp_path, sheets))
    assert status == 422
    assert re.findall(r"<td>(学校\.xlsx · [^<]*)</td>", text) == [
        "学校.xlsx · 学校 · 3 · 教学及辅助用房面积",
        "学校.xlsx · 班级 · 28 · 班级学生数",
    ]
    assert "1002" not in supervisor.get(page).text
    status, _ = upload(supervisor, page, county_workbook(tmp_path, make_sheets()))
    assert status == 303
    text = supervisor.get(f"{page}?lang=en").text
    assert "Sheets of the county taken in: 6" in text
    assert "Subjects: 2 rows" in text
