"""Versions of the figures: kept, compared, named by the verdict; faulty files held and mended."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from sampling.canonical import canonical_json, sha256_text
from sampling.problems import Problem, Problems
from scoring.record import make_verdict
from survey.assessments.models import SCHOOLS, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.database import Database
from survey.schools.corrected_rows import find_corrections, merge_corrections
from survey.schools.county_workbook import tables_of
from survey.schools.held_uploads import find_held
from survey.schools.operations import import_schools, parse_record
from survey.schools.versions import compare_versions, find_judged, list_versions, load_version
from tests.scoring.county_makers import change, make_sheets
from tests.scoring.makers import NATIONAL
from tests.survey.conftest import COUNTY, read_token
from tests.survey.factories import make_round
from tests.survey.schools.county_files import county_workbook

pytestmark = pytest.mark.one_engine


def test_each_upload_is_a_version_and_what_changed_is_told(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    sheets = make_sheets()
    with database.transaction() as session:
        round_ = make_round(session)
        import_schools(session, round_, "一.xlsx", county_workbook(tmp_path, sheets), "first")
        import_schools(session, round_, "一.xlsx", county_workbook(tmp_path, sheets), "again")
        change(sheets["schools"], {"school_id": "1002"}, rooms_m2="500")
        change(sheets["figures"], {"figure": "interviewed"}, value="60")
        sheets["schools"][3]["name"] = "新名"
        sheets["special_rooms"].pop()
        import_schools(session, round_, "二.xlsx", county_workbook(tmp_path, sheets), "second")
        found = list_versions(session, round_)
        told = [(one.number, one.filename, one.actor, one.n_schools) for one in found]
        assert told == [(2, "二.xlsx", "second", 5), (1, "一.xlsx", "first", 5)]
        newest = load_version(session, round_, 2)
        record = find_record(session, round_, SCHOOLS)
        assert record is not None
        assert newest.body == record.body
        assert newest.digest == record.digest == sha256_text(newest.body)
        changes = compare_versions(load_version(session, round_, 1), newest, NATIONAL)
    by_sheet = {one.title.zh: one.subjects for one in changes}
    assert list(by_sheet) == ["学校", "县级数据", "专用教室"]
    second, fourth = by_sheet["学校"]
    assert [(f.title.zh, f.after) for f in second.figures] == [("教学及辅助用房面积", "500")]
    assert [(f.before, f.after) for f in fourth.figures] == [("学校1004", "新名")]
    assert [f.after for f in by_sheet["县级数据"][0].figures] == ["60"]
    assert [one.kind for one in by_sheet["专用教室"]] == ["removed"]


def test_a_verdict_names_its_version_by_digests(
    app: Flask, database: Database, tmp_path: Path
) -> None:
    sheets = make_sheets()
    with database.transaction() as session:
        round_ = make_round(session)
        for area in ("2500", "2600"):
            change(sheets["schools"], {"school_id": "1001"}, rooms_m2=area)
            import_schools(session, round_, "县.xlsx", county_workbook(tmp_path, sheets), "x")
        record = find_record(session, round_, SCHOOLS)
        assert record is not None
        schools, data = parse_record(read_body(record), NATIONAL)
        verdict: Any = make_verdict(round_.county, None, schools, NATIONAL, data=data)
        assert find_judged(session, round_, verdict) == 2
        verdict["digests"]["county"] = "0" * 64
        assert find_judged(session, round_, verdict) is None


def make_faulty(tmp_path: Path) -> bytes:
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1002"}, rooms_m2="很大")
    change(sheets["classes"], {"school_id": "1004", "class_name": "junior2班"}, pupils="许多")
    return county_workbook(tmp_path, sheets)


def rewrite(content: bytes, path: Path, cells: dict[str, str], keep: tuple[str, ...]) -> bytes:
    """Return a file of faulty rows with some cells replaced, and some sheets left out."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    with xlsxwriter.Workbook(str(path)) as out:
        for name in workbook.sheet_names:
            if name not in keep:
                continue
            sheet = out.add_worksheet(name)
            for number, row in enumerate(workbook.get_sheet_by_name(name).to_python()):
                sheet.write_row(number, 0, [cells.get(str(cell), cell) for cell in row])
    return path.read_bytes()


@pytest.fixture
def page(app: Flask, database: Database) -> str:
    """The address of a round's school page."""
    with database.transaction() as session:
        round_ = make_round(session)
        round_.region = COUNTY
        return f"/rounds/{round_.id}/schools"


def upload(client: FlaskClient, page: str, name: str, content: bytes) -> tuple[int, str]:
    data = {"csrf_token": read_token(client.get(page).text), "file": (io.BytesIO(content), name)}
    answer = client.post(page, data=data)
    return answer.status_code, client.get(f"{page}?lang=en").text


def test_corrected_rows_are_merged_into_the_held_file(
    supervisor: FlaskClient, page: str, database: Database, tmp_path: Path
) -> None:
    assert upload(supervisor, page, "县.xlsx", make_faulty(tmp_path))[0] == 422
    faults = supervisor.get(f"{page}/faults.xlsx").data
    out = tmp_path / "mended.xlsx"
    first = rewrite(faults, out, {"很大": "1234.5"}, ("学校",))
    status, text = upload(supervisor, page, "mended.xlsx", first)
    assert status == 422
    assert "Rows corrected so far: 1" in text
    assert "1 faults" in text
    rest = supervisor.get(f"{page}/faults.xlsx").data
    assert CalamineWorkbook.from_filelike(io.BytesIO(rest)).sheet_names == ["班级"]
    status, text = upload(supervisor, page, "m.xlsx", rewrite(rest, out, {"许多": "45"}, ("班级",)))
    assert status == 303
    assert "1 were corrected, 0 added, 0 taken out" in text
    assert "Rows corrected before: 1" in text
    with database.sessions() as session:
        round_ = session.get_one(Round, page.split("/")[2])
        (version,) = list_versions(session, round_)
        assert (version.filename, version.corrected_rows) == ("县.xlsx", 2)
        assert find_held(session, round_) is None


def test_what_was_taken_is_said(
    supervisor: FlaskClient, page: str, database: Database, tmp_path: Path
) -> None:
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1002"}, rooms_m2="很大")
    upload(supervisor, page, "县.xlsx", county_workbook(tmp_path, sheets))
    faults = supervisor.get(f"{page}/faults.xlsx").data
    mended = rewrite(faults, tmp_path / "m.xlsx", {"很大": "1234.5"}, ("学校",))
    status, text = upload(supervisor, page, "m.xlsx", mended)
    assert status == 303
    assert "version 1: 5 schools from 县.xlsx" in text
    assert "1 were corrected, 0 added, 0 taken out" in text
    assert "A file with faults is held" not in text
    with database.sessions() as session:
        round_ = session.get_one(Round, page.split("/")[2])
        (version,) = list_versions(session, round_)
        assert version.corrected_rows == 1
        assert '"rooms_m2":"1234.5"' in load_version(session, round_, 1).body
    # The same file once more belongs to nothing any longer.
    assert upload(supervisor, page, "m.xlsx", mended)[0] == 422


def write_rows(path: Path, sheet: str, rows: list[list[object]]) -> bytes:
    with xlsxwriter.Workbook(str(path)) as workbook:
        page = workbook.add_worksheet(sheet)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)
    return path.read_bytes()


def test_rows_are_replaced_taken_out_and_added(tmp_path: Path) -> None:
    tables = tables_of("县.xlsx", county_workbook(tmp_path, make_sheets()))
    head: list[object] = ["错误", "行号", "school_id", "class_name", "stage", "grade", "pupils"]
    rows: list[list[object]] = [
        head,
        ["", 2, "1001", "甲", "primary", "1", "40"],
        ["", 3],
        ["", "", "1001", "乙"],
    ]
    corrections = find_corrections("m.xlsx", write_rows(tmp_path / "m.xlsx", "班级", rows))
    assert corrections is not None
    merged = merge_corrections(tables, corrections)
    assert (merged.replaced, merged.added, merged.removed) == (1, 1, 1)
    before, after = (dict(t["classes"].table.rows) for t in (tables, merged.tables))
    assert after[2]["class_name"] == "甲"
    assert 3 not in after
    assert set(after) - set(before) == {max(before) + 1}
    assert after[4] == before[4]


@pytest.mark.parametrize(
    ("sheet", "row", "message"),
    [
        ("班级", ["", 99999, "1001"], "no row 99999 is held"),
        ("食堂", ["", 2, "1001"], "no sheet of this name is held"),
    ],
)
def test_rows_of_nothing_that_is_held_are_refused(
    tmp_path: Path, sheet: str, row: list[object], message: str
) -> None:
    tables = tables_of("县.xlsx", county_workbook(tmp_path, make_sheets()))
    content = write_rows(tmp_path / "m.xlsx", sheet, [["错误", "行号", "school_id"], row])
    corrections = find_corrections("m.xlsx", content)
    assert corrections is not None
    with pytest.raises(Problems, match=message):
        merge_corrections(tables, corrections)


def test_a_row_number_that_is_none_is_told(tmp_path: Path) -> None:
    rows: list[list[object]] = [["错误", "行号", "school_id"], ["", "三", "1001"]]
    with pytest.raises(Problems, match="expected the number of a row, got '三'"):
        find_corrections("m.xlsx", write_rows(tmp_path / "m.xlsx", "班级", rows))


def test_an_ordinary_table_is_no_correction(tmp_path: Path) -> None:
    assert find_corrections("县.xlsx", county_workbook(tmp_path, make_sheets())) is None
    assert find_corrections("县.csv", b"a,b\n1,2\n") is None


def test_versions_are_shown_to_the_county_and_to_nobody_else(
    supervisor: FlaskClient, page: str, database: Database, tmp_path: Path
) -> None:
    sheets = make_sheets()
    for area in ("2500", "2600"):
        change(sheets["schools"], {"school_id": "1001"}, rooms_m2=area)
        upload(supervisor, page, "县.xlsx", county_workbook(tmp_path, sheets))
    text = supervisor.get(f"{page}/versions?lang=en").text
    assert text.count("县.xlsx") == 2
    compared = supervisor.get(f"{page}/versions/1/2?lang=en").text
    assert re.search(r">2500<.*?>2600<", compared, re.DOTALL)
    body = supervisor.get(f"{page}/versions/1.json").text
    assert canonical_json(json.loads(body)) == body
    assert supervisor.get(f"{page}/versions/9.json").status_code == 404
    with database.transaction() as session:
        session.get_one(Round, page.split("/")[2]).region = "150603"
    for address in ("", "/versions", "/versions/1/2", "/versions/1.json", "/faults.xlsx"):
        assert supervisor.get(page + address).status_code == 404


def test_after_the_verdict_nothing_is_held(
    supervisor: FlaskClient, page: str, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, page.split("/")[2])
        save_record(session, round_, VERDICT, {"format": 1, "digests": {}})
    token = read_token(supervisor.get("/rounds").text)
    data = {"csrf_token": token, "file": (io.BytesIO(make_faulty(tmp_path)), "县.xlsx")}
    assert supervisor.post(page, data=data).status_code == 422
    with database.sessions() as session:
        assert find_held(session, session.get_one(Round, page.split("/")[2])) is None
        with pytest.raises(Problem, match="not changed any more"):
            import_schools(
                session,
                session.get_one(Round, page.split("/")[2]),
                "县.xlsx",
                county_workbook(tmp_path, make_sheets()),
                "x",
            )
