from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from scoring.county_sheets import sheets_of
from scoring.rule_set import load_rule_set, rule_set_ids
from survey.schools.county_template import header_of, write_template
from survey.schools.county_workbook import read_tables
from tests.scoring.makers import NATIONAL


@pytest.mark.parametrize("rule_set_id", rule_set_ids())
def test_a_template_has_every_sheet_and_column_of_its_scheme(
    tmp_path: Path, rule_set_id: str
) -> None:
    rule_set = load_rule_set(rule_set_id)
    path = tmp_path / "t.xlsx"
    names = write_template(path, rule_set)
    workbook = CalamineWorkbook.from_path(str(path))
    assert workbook.sheet_names == ["说明", *names]
    for sheet in sheets_of(rule_set):
        header = workbook.get_sheet_by_name(sheet.title.zh).to_python()[0]
        assert header == [header_of(column) for column in sheet.columns]


def test_an_empty_template_hands_nothing_in(tmp_path: Path) -> None:
    """The example rows and the printed questions are no data."""
    path = tmp_path / "t.xlsx"
    write_template(path, NATIONAL)
    tables = read_tables(path)
    assert set(tables) == {"figures", "judgements"}
    assert not any(row["数值"] for _, row in tables["figures"].table.rows)
    assert not any(row["评判"] for _, row in tables["judgements"].table.rows)


def test_choices_are_lists_and_units_stand_in_the_headers(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(path, NATIONAL)
    with zipfile.ZipFile(path) as archive:
        schools = archive.read("xl/worksheets/sheet2.xml").decode()
        judgements = archive.read("xl/worksheets/sheet8.xml").decode()
    assert "小学,初中,九年一贯制" in schools
    assert "公办,民办" in schools
    lists = re.findall(r"<formula1>\"([^\"]*)\"</formula1>", judgements)
    assert lists[0] == "是,否"
    assert "较差,一般,良好,优秀" in lists
    headers = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("学校").to_python()[0]
    assert "教学仪器设备值（元）" in headers
