from __future__ import annotations

from fractions import Fraction

import pytest

from sampling.problems import Problems
from scoring.schools import SCHOOL_COLUMNS, School, parse_schools, school_row
from tests.scoring.makers import make_row, number_rows


def parse(*rows: dict[str, str]) -> list[School]:
    return parse_schools(number_rows(rows), "schools.xlsx")


def test_chinese_headers_units_and_words_are_read() -> None:
    row = make_row("3645001", "nine_year", primary=600, junior=300)
    headers = {
        c.name: f"{c.header_zh}（{c.unit}）" if c.unit else c.header_zh for c in SCHOOL_COLUMNS
    }
    chinese = {headers[name]: cell for name, cell in row.items()}
    chinese |= {
        "办学类型": "九年一贯制",
        "办别": "公办",
        "教学及辅助用房面积（平方米）": "５０００.0",
    }
    (school,) = parse(chinese)
    assert (school.kind, school.ownership) == ("nine_year", "public")
    assert school.shared["rooms_m2"] == 5000
    assert school.pupils == {"primary": 600, "junior": 300, "senior": 0}


def test_a_school_comes_back_from_its_row() -> None:
    schools = parse(
        make_row("1", primary=333, shares=("1.01", "0.333", "1", "0.87", "1", "1", "1")),
        make_row("2", "special", primary=20, shares=("",) * 7),
        make_row("3", "complete_secondary", junior=450, senior=900, ownership="民办"),
    )
    assert parse(*map(school_row, schools)) == schools


def test_blank_is_not_zero() -> None:
    (school,) = parse(
        make_row("1", "special", primary=20, shares=("0", "", "1", "0", "", "1", "1"))
    )
    assert school.teachers["primary"]["degree_teachers"] == 0
    assert school.teachers["primary"]["backbone_teachers"] is None
    assert [school.shared[name] for name in ("rooms_m2", "grounds_m2")] == [0, None]


def test_floats_of_a_spreadsheet_are_what_was_typed() -> None:
    (school,) = parse(
        make_row("1", primary=100, rooms_m2="450.30000000000001", primary_pupils="100.0")
    )
    assert school.shared["rooms_m2"] == Fraction("450.3")
    assert school.pupils["primary"] == 100


FAULTS = [
    ({"school_id": " "}, " · 2 · 学校标识码: is empty"),
    ({"school_id": "451203/001"}, " · 2 · 学校标识码: expected 1 to 40 letters A-Z, digits"),
    ({"school_id": ".."}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "<b>"}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "a?b"}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "学校一"}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "-1"}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "1\n"}, None),
    ({"school_id": "1" * 41}, " · 2 · 学校标识码: expected 1 to 40 letters"),
    ({"school_id": "A_b-" * 10}, None),
    ({"name": ""}, " · 2 · 学校名称: is empty"),
    ({"kind": "大学"}, " · 2 · 办学类型: expected one of 小学 (primary), 初中 (junior)"),
    ({"ownership": "其他"}, " · 2 · 办别: expected one of 公办 (public), 民办 (private)"),
    ({"primary_pupils": "许多"}, " · 2 · 小学学生数: expected a number, got '许多'"),
    ({"primary_pupils": "99.5"}, " · 2 · 小学学生数: expected a whole number, got '99.5'"),
    ({"primary_pupils": "-5"}, " · 2 · 小学学生数: expected a number from 0 up, got '-5'"),
    ({"primary_pupils": "0"}, "· 2: the school has no pupils"),
    ({"rooms_m2": "450亩"}, " · 2 · 教学及辅助用房面积: expected a number, got '450亩'"),
    ({"rooms_m2": "-0.1"}, " · 2 · 教学及辅助用房面积: expected a number from 0 up"),
    ({"rooms_m2": "1e19"}, None),
    ({"rooms_m2": "1e-19"}, None),
    ({"rooms_m2": "0." + "0" * 40 + "1"}, "expected a number from 0 up, got '0.000"),
    ({"grounds_m2": ""}, " · 2 · 体育运动场馆面积: is empty; write 0 where there is none"),
    ({"primary_pe_art_teachers": ""}, " · 2 · 小学体育艺术专任教师数: is empty"),
    ({"junior_pupils": "40"}, " · 2 · 初中学生数: a school of kind primary has no"),
    ({"junior_degree_teachers": "4"}, " · 2 · 初中高于规定学历教师数: teachers in a"),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "message"), FAULTS)
def test_each_fault_is_told_with_row_and_column(cells: dict[str, str], message: str | None) -> None:
    row = make_row("1", primary=100) | cells
    if message is None:
        assert parse(*map(school_row, parse(row))) == parse(row)
        return
    with pytest.raises(Problems) as caught:
        parse(row, make_row("2", primary=100))
    assert message in str(caught.value)
    assert str(caught.value).startswith("schools.xlsx · 2")


def test_all_faults_of_a_table_are_told_at_once() -> None:
    with pytest.raises(Problems) as caught:
        parse(
            make_row("1", primary=100),
            make_row("1", primary=100),
            make_row("3", kind="x", primary=100, rooms_m2="y"),
            make_row("4"),
        )
    assert [str(problem).partition(":")[0] for problem in caught.value.problems][:4] == [
        "schools.xlsx · 3 · 学校标识码",
        "schools.xlsx · 4 · 办学类型",
        "schools.xlsx · 4 · 教学及辅助用房面积",
        "schools.xlsx · 5",
    ]
    assert "'1' stands in row 2 already" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"教室": "1"}, "unknown column '教室'"),
        ({"教学及辅助用房面积": "1"}, "column '教学及辅助用房面积' twice"),
    ],
)
def test_columns_that_nobody_knows_are_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(Problems, match=message):
        parse(make_row("1", primary=100) | change)


def test_missing_columns_are_all_named() -> None:
    row = make_row("1", primary=100)
    del row["rooms_m2"], row["kind"]
    with pytest.raises(Problems) as caught:
        parse(row)
    assert str(caught.value).splitlines() == [
        "schools.xlsx: column 办学类型 (kind) is missing",
        "schools.xlsx: column 教学及辅助用房面积 (rooms_m2) is missing",
    ]


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(Problems, match="the table has no row"):
        parse()
