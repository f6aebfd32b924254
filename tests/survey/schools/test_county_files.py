from __future__ import annotations

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from sampling.problems import Problem, Problems
from survey.schools.county_files import FaultyFiles, read_county
from survey.schools.faulty_rows import write_faulty_rows
from tests.scoring.county_makers import change, make_sheets, read_sheets
from tests.scoring.makers import NATIONAL
from tests.survey.schools.county_files import write_folder, write_workbook


def test_one_workbook_two_files_and_a_folder_say_the_same(tmp_path: Path) -> None:
    sheets = make_sheets()
    schools, data = read_sheets(sheets)
    whole = write_workbook(tmp_path / "whole.xlsx", sheets)
    others = {name: rows for name, rows in sheets.items() if name != "schools"}
    alone = write_workbook(tmp_path / "schools.xlsx", {"schools": sheets["schools"]})
    folder = write_folder(tmp_path / "folder", others)
    for first, second in ((whole, None), (whole, whole), (alone, folder)):
        county = read_county(first, second, NATIONAL)
        assert county.schools == schools
        assert county.data == data


def test_a_sheet_in_both_files_is_refused(tmp_path: Path) -> None:
    whole = write_workbook(tmp_path / "whole.xlsx", make_sheets())
    for name, title in (("classes", "班级"), ("schools", "学校")):
        other = write_workbook(tmp_path / "other.xlsx", {name: make_sheets()[name]})
        with pytest.raises(Problem, match=f"the sheet '{title}' stands in both files"):
            read_county(whole, other, NATIONAL)


def test_faults_of_all_sheets_are_told_and_come_back_as_rows(tmp_path: Path) -> None:
    sheets = make_sheets()
    change(sheets["schools"], {"school_id": "1002"}, kind="大学", rooms_m2="很大")
    change(sheets["classes"], {"school_id": "1004", "class_name": "junior2班"}, pupils="许多")
    change(sheets["figures"], {"figure": "junior_deaths"}, value="-1")
    path = write_workbook(tmp_path / "county.xlsx", sheets)
    with pytest.raises(FaultyFiles) as caught:
        read_county(path, None, NATIONAL)
    places = [str(problem).partition(":")[0] for problem in caught.value.problems]
    assert places == [
        "county.xlsx · 学校 · 3 · 办学类型",
        "county.xlsx · 学校 · 3 · 教学及辅助用房面积",
        "county.xlsx · 班级 · 28 · 班级学生数",
        "county.xlsx · 县级数据 · 29 · 数值",
    ]
    faults = tmp_path / "faults.xlsx"
    assert write_faulty_rows(faults, caught.value.problems, caught.value.tables) == 3
    workbook = CalamineWorkbook.from_path(str(faults))
    assert workbook.sheet_names == ["学校", "班级", "县级数据"]
    header, row = workbook.get_sheet_by_name("学校").to_python()
    assert header[:3] == ["错误", "行号", "school_id"]
    assert str(row[0]).startswith("办学类型: expected one of 小学")
    assert str(row[0]).count(";") == 1
    assert row[1:3] == [3, "1002"]


def test_contradictions_are_told_once_the_rows_are_sound(tmp_path: Path) -> None:
    sheets = make_sheets()
    del sheets["classes"][0]
    sheets["schools"][0]["migrant_pupils"] = "361"
    path = write_workbook(tmp_path / "county.xlsx", sheets)
    with pytest.raises(Problems, match="361 migrant children among 360 pupils"):
        read_county(path, None, NATIONAL)
    sheets["schools"][0]["migrant_pupils"] = "360"
    path = write_workbook(tmp_path / "county.xlsx", sheets)
    with pytest.raises(Problems, match="1001 学校1001, primary: the classes have 315 pupils"):
        read_county(path, None, NATIONAL)
