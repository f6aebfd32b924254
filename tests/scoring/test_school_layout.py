from __future__ import annotations

from fractions import Fraction

import pytest

from sampling.problems import Problems
from scoring.rule_set import load_rule_set, rule_set_ids
from scoring.school_columns import SCHOOL_COLUMNS, SHARED, TEACHERS
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools, school_row
from tests.scoring.county_makers import MORE
from tests.scoring.makers import NATIONAL, make_row, number_rows

LAYOUT = layout_of(NATIONAL)


def parse(*rows: dict[str, str]) -> list[School]:
    return parse_schools(number_rows(rows), "county.xlsx", LAYOUT)


def test_the_national_scheme_has_the_columns_it_always_had() -> None:
    given = [(c.name, c.header_zh, c.unit, c.kind) for c in LAYOUT.columns]
    known = [(c.name, c.header_zh, c.unit, c.kind) for c in SCHOOL_COLUMNS]
    assert given[: len(known)] == known
    assert (LAYOUT.own, LAYOUT.shared) == (TEACHERS, SHARED)


@pytest.mark.parametrize("rule_set_id", rule_set_ids())
def test_every_indicator_of_a_scheme_has_its_columns(rule_set_id: str) -> None:
    rule_set = load_rule_set(rule_set_id)
    names = [column.name for column in layout_of(rule_set).columns]
    assert len(set(names)) == len(names)
    for indicator in rule_set.indicators:
        columns = [f"{stage}_{indicator.id}" for stage in ("primary", "junior")]
        assert set([indicator.id] if indicator.shared else columns) <= set(names)


def test_further_columns_are_kept_and_come_back() -> None:
    schools = parse(make_row("1", primary=100) | MORE, make_row("2", primary=90) | MORE)
    assert schools[0].more["built"] == "2019-09"
    assert schools[0].more["operating_yuan"] == 200000
    assert schools[0].more["funded_pupils"] is None
    assert parse(*map(school_row, schools)) == schools


def test_a_file_may_leave_further_columns_out() -> None:
    (school,) = parse(make_row("1", primary=100))
    assert school.more == {}


def test_money_in_ten_thousands_is_told_by_the_header() -> None:
    row = make_row("1", primary=100)
    row["教学仪器设备值（万元）"] = "20.5"
    del row["equipment_yuan"]
    assert parse(row)[0].shared["equipment_yuan"] == 205000
    row["教学及辅助用房面积（亩）"] = row.pop("rooms_m2")
    with pytest.raises(Problems, match="expected the unit 平方米, got '亩'"):
        parse(row)


@pytest.mark.parametrize(
    ("total", "message"),
    [
        ({"primary_pupils": "190", "rooms_m2": "855"}, None),
        ({"primary_pupils": "191"}, "4 · 小学学生数: the total is 191, the rows above add up to"),
        ({"rooms_m2": "855.1"}, "4 · 教学及辅助用房面积: the total is 855.1, .* add up to 855"),
        ({}, None),
    ],
)
def test_a_row_of_totals_is_checked_and_left_out(
    total: dict[str, str], message: str | None
) -> None:
    rows = [make_row("1", primary=100), make_row("2", primary=90)]
    last = dict.fromkeys(rows[0], "") | {"school_id": "合 计"} | total
    if message is None:
        assert [school.school_id for school in parse(*rows, last)] == ["1", "2"]
        return
    with pytest.raises(Problems, match=message):
        parse(*rows, last)


@pytest.mark.parametrize(("whole", "is_refused"), [("100", False), ("99", True), ("", False)])
def test_a_section_is_not_larger_than_its_school(whole: str, is_refused: bool) -> None:
    row = make_row("1", primary=100) | {"学生总数": whole}
    if not is_refused:
        assert "all_pupils" not in parse(row)[0].more
        return
    with pytest.raises(Problems, match="the school has 99 pupils, its sections together 100"):
        parse(row)


def test_another_scheme_has_other_amounts() -> None:
    basic = load_rule_set("inner-mongolia-basic-2012")
    layout = layout_of(basic)
    row = {column.name: "" for column in layout.columns if column.is_expected}
    row |= {"school_id": "1", "name": "x", "kind": "primary", "ownership": "public",
            "primary_pupils": "20"}  # fmt: skip
    row |= {f"primary_{name}": "3" for name in layout.own}
    row |= dict.fromkeys(layout.shared, "0.5")
    (school,) = parse_schools(number_rows([row]), "x", layout)
    assert school.shared["books"] == Fraction(1, 2)
    assert school.teachers["primary"]["middle_rank_teachers"] == 3
