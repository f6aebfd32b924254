from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from sampling.canonical import canonical_json
from sampling.problems import Problems
from scoring.county_data import county_rows, parse_county
from scoring.rule_set import load_rule_set
from tests.scoring.county_makers import Rows, change, make_sheets, read_sheets, set_figures
from tests.scoring.makers import NATIONAL, number_rows

Sheets = dict[str, Rows]


def test_data_come_back_from_their_rows() -> None:
    _, data = read_sheets(make_sheets())
    rows = json.loads(canonical_json(county_rows(data)))
    again = parse_county({n: number_rows(r) for n, r in rows.items()}, NATIONAL, "x").data
    assert again == data
    assert county_rows(again) == county_rows(data)


def test_the_order_of_the_files_does_not_matter() -> None:
    sheets = make_sheets()
    backwards = {name: rows[::-1] for name, rows in sheets.items()}
    assert county_rows(read_sheets(backwards)[1]) == county_rows(read_sheets(sheets)[1])


def test_blank_was_not_given() -> None:
    sheets = make_sheets()
    set_figures(sheets, junior_deaths="")
    _, data = read_sheets(sheets)
    assert "junior_deaths" not in data.figures
    assert data.figures["junior_entrants"] == 101


def put(sheet: str, key: dict[str, str], **cells: str) -> Callable[[Sheets], None]:
    return lambda sheets: change(sheets[sheet], key, **cells)


def copy_row(sheet: str) -> Callable[[Sheets], None]:
    return lambda sheets: sheets[sheet].append(dict(sheets[sheet][0]))


def rename(sheets: Sheets) -> None:
    sheets["classrooms"] = sheets.pop("classes")


def other_column(sheets: Sheets) -> None:
    sheets["classes"] = [row | {"teacher": "王"} for row in sheets["classes"]]


def other_unit(sheets: Sheets) -> None:
    sheets["special_rooms"] = [
        {("使用面积（亩）" if name == "area_m2" else name): cell for name, cell in row.items()}
        for row in sheets["special_rooms"]
    ]


FAULTS: list[tuple[Callable[[Sheets], None], str]] = [
    (rename, "county.xlsx: unknown sheet 'classrooms'"),
    (other_column, "county.xlsx · 班级: unknown column 'teacher'"),
    (other_unit, "column 使用面积: expected the unit 平方米, got '亩'"),
    (put("years", {"year": "2024"}, year=""), "county.xlsx · 年度数据 · 3 · 年份: is empty"),
    (put("years", {"year": "2024"}, year="2023"), "年度数据 · 3: '2023' stands in row 2 already"),
    (copy_row("special_rooms"), "'1001 music1 music' stands in row 2 already"),
    (put("figures", {"figure": "junior_deaths"}, figure="deaths"), "no figure 'deaths'"),
    (put("figures", {"figure": "junior_deaths"}, value="一"), "县级数据 · 29 · 数值: expected a n"),
    (put("figures", {"figure": "applied_on"}, value="明年"), "expected a day such as 2026-04-30"),
    (put("judgements", {"rule": "veto.1"}, answer="良好"), "expected one of 是, 否, got '良好'"),
    (put("judgements", {"rule": "veto.1"}, answer="maybe"), "评判: expected one of 是 (yes)"),
    (put("judgements", {"rule": "veto.1"}, rule="veto.9"), "no judgement 'veto.9 found'"),
    (put("classes", {"school_id": "1002", "class_name": "primary1班"}, pupils="44"),
     "1002 学校1002, primary: the classes have 89 pupils, the section 90"),
    (put("classes", {"school_id": "1002", "class_name": "primary1班"}, school_id="9999"),
     "班级 · 10 · 学校标识码: no school of the school table has the code '9999'"),
    (put("classes", {"school_id": "1002", "class_name": "primary1班"}, stage="junior"),
     "班级 · 10 · 学段: school 学校1002 has no pupils in this stage"),
]  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), FAULTS)
def test_each_fault_is_told_by_sheet_row_and_column(
    spoil: Callable[[Sheets], None], message: str
) -> None:
    sheets = make_sheets()
    spoil(sheets)
    with pytest.raises(Problems) as caught:
        read_sheets(sheets)
    assert message in str(caught.value)


def test_all_faults_are_told_at_once() -> None:
    sheets = make_sheets()
    told = [FAULTS[number] for number in (3, 5, 7, 8, 9)]
    for spoil, _ in told:
        spoil(sheets)
    with pytest.raises(Problems) as caught:
        read_sheets(sheets)
    assert len(caught.value.problems) == len(told)
    assert [message for _, message in told if message not in str(caught.value)] == []


def test_a_figure_of_another_body_says_where_it_comes_from() -> None:
    basic = load_rule_set("inner-mongolia-basic-2012")
    row: dict[str, Any] = {"figure": "government_points", "value": "85", "source": ""}
    with pytest.raises(Problems, match="say from where"):
        parse_county({"figures": [(2, row)]}, basic, "x")
    data = parse_county({"figures": [(2, row | {"source": "自治区督导室"})]}, basic, "x").data
    assert data.sources == {"government_points": "自治区督导室"}
