from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from sampling.problems import Problem, Problems
from survey.schools.county_workbook import read_tables

Write = Callable[[xlsxwriter.Workbook], None]
HEADERS = ["学校标识码", "班级名称", "学段", "班级学生数"]


def make(tmp_path: Path, write: Write) -> Path:
    path = tmp_path / "county.xlsx"
    with xlsxwriter.Workbook(str(path)) as workbook:
        write(workbook)
    return path


def fill(
    workbook: xlsxwriter.Workbook, name: str, *lines: Sequence[object]
) -> xlsxwriter.worksheet.Worksheet:
    sheet = workbook.add_worksheet(name)
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    return sheet


def test_sheets_are_found_by_their_names_in_both_languages(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        fill(workbook, "说明", ["请先阅读"])
        fill(workbook, "学校", ["学校标识码", "学校名称"], ["1", "一小"])
        fill(workbook, "classes", HEADERS, ["1", "1班", "小学", 45])
        fill(workbook, "Years", ["年份"])

    tables = read_tables(make(tmp_path, write))
    assert set(tables) == {"schools", "classes"}
    assert tables["classes"].table.rows == [
        (2, dict(zip(HEADERS, ["1", "1班", "小学", "45"], strict=True)))
    ]


def test_titles_examples_and_blank_rows_are_left_out(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = fill(workbook, "班级", [], [], HEADERS, ["示例，导入时跳过", "1班", "小学", 45], [],
                     ["1", "1班", "小学", 45])  # fmt: skip
        sheet.merge_range("A1:D1", "某县班级情况表")

    tables = read_tables(make(tmp_path, write))
    assert [number for number, _ in tables["classes"].table.rows] == [6]


def test_a_text_merged_over_rows_belongs_to_each_of_them(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = fill(workbook, "班级", HEADERS, *[["", f"{n}班", "小学", 45] for n in range(3)])
        sheet.merge_range("A2:A4", "一小")

    rows = read_tables(make(tmp_path, write))["classes"].table.rows
    assert [row["学校标识码"] for _, row in rows] == ["一小"] * 3


def test_a_number_merged_over_rows_is_refused_with_its_rows(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = fill(workbook, "班级", HEADERS, *[["1", f"{n}班", "小学", ""] for n in range(3)])
        sheet.merge_range("D2:D4", 135)

    with pytest.raises(Problems, match=r"班级.*merged over rows 2 to 4"):
        read_tables(make(tmp_path, write))


def test_dates_and_percentages_of_a_spreadsheet_come_as_they_are_kept(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        sheet = fill(workbook, "县级数据", ["代码", "数值"])
        sheet.write(1, 0, "applied_on")
        sheet.write_datetime(1, 1, date(2026, 4, 30), workbook.add_format({"num_format": "d/m/yy"}))
        sheet.write(2, 0, "x")
        sheet.write_number(2, 1, 0.85, workbook.add_format({"num_format": "0%"}))

    rows = read_tables(make(tmp_path, write))["figures"].table.rows
    assert rows[0][1]["数值"].startswith("2026-04-30")
    assert rows[1][1]["数值"] == "0.85"


Sheet = tuple[str, list[str], list[str]]
BAD: list[tuple[list[Sheet], str]] = [
    (
        [("学校", ["a"], ["1"]), ("教师", ["a"], ["1"])],
        r"unknown sheet '教师'; known are: 学校, 县级",
    ),
    ([("班级", ["a", "a"], ["1", "2"])], r"班级.*more than once"),
    ([("班级", ["a", "b"], ["1", "x\ny"])], r"班级.*line break"),
]


@pytest.mark.parametrize(("sheets", "message"), BAD)
def test_what_cannot_be_a_table_is_told_with_its_sheet(
    tmp_path: Path, sheets: list[Sheet], message: str
) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        for name, header, row in sheets:
            fill(workbook, name, header, row)

    with pytest.raises((Problem, Problems), match=message):
        read_tables(make(tmp_path, write))


def test_formulas_are_refused_in_every_sheet(tmp_path: Path) -> None:
    def write(workbook: xlsxwriter.Workbook) -> None:
        fill(workbook, "学校", ["a", "b"], ["1", "2"])
        fill(workbook, "班级", HEADERS, ["1", "1班", "小学", 45]).write_formula("D3", "=SUM(D2:D2)")

    with pytest.raises(Problems, match="班级 D3: the cell holds a formula"):
        read_tables(make(tmp_path, write))


def test_a_file_that_is_no_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(b"PK\x03\x04 no archive")
    with pytest.raises(Problem, match="not a readable"):
        read_tables(path)
    with pytest.raises(Problem, match="cannot be read"):
        read_tables(tmp_path / "none.xlsx")
