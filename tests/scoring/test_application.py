from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from sampling.problems import Problem
from scoring.application import FLIPS, TABLE_SIX, FormTable, make_application
from scoring.county_data import NOTHING, CountyData
from scoring.rate import recognition_rate
from scoring.record import make_verdict
from tests.scoring.counties import COUNTY, make_record
from tests.scoring.county_makers import make_sheets, read_sheets
from tests.scoring.makers import NATIONAL, make_round, make_row

EVEN = [make_row("s1", primary=300), make_row("s2", primary=300)]


def make_rate(satisfied: int, dissatisfied: int, unknown: int = 0) -> dict[str, object]:
    counts = {"parent/urban": (satisfied, dissatisfied, unknown), "teacher": (17, 3, 0)}
    return recognition_rate(*make_round(counts), NATIONAL, county=COUNTY, round_name="2026")


def tables_of(
    rows: list[dict[str, str]],
    rate: Mapping[str, object] | None = None,
    data: CountyData = NOTHING,
) -> dict[str, FormTable]:
    record = make_record(rows, rate=rate, data=data)
    return {table.title: table for table in make_application(record)}


def named(table: FormTable, number: int = 0) -> dict[str, Any]:
    return dict(zip(table.headers, table.rows[number], strict=True))


def test_table_six_has_everybody_and_the_parents() -> None:
    figures = {"interviewed": Fraction(30), "interviewed_satisfied": Fraction(28)}
    table = tables_of(EVEN, make_rate(79, 14, 7), CountyData(figures=figures))[TABLE_SIX]
    assert table.headers[1:8] == (
        "问卷总数", "有效问卷", "满意问卷", "综合满意度（%）",
        "走访人数", "满意人数", "走访满意度（%）",
    )  # fmt: skip
    # 96 of 113 is 84.96 %, which prints as 85.0 with one decimal and does not hold
    assert table.rows == (
        ("计", 120, 113, 96, "84.96", 30, 28, "93.33", "不达标"),
        ("其中:家长", 100, 93, 79, "84.95", "", "", "", ""),
    )


def test_without_a_survey_nothing_is_assumed() -> None:
    assert named(tables_of(EVEN)[TABLE_SIX])["结论"] == "未测量"


def test_a_value_that_rounds_up_to_its_limit_is_marked() -> None:
    row = EVEN[0] | {"primary_degree_teachers": "12.585"}
    first, second = (named(tables_of([row, EVEN[1]])["资源配置（小学）"], n) for n in (0, 1))
    assert list(first.values())[2:4] == ["4.20", "不达标"]
    assert (first["达标项数"], first["校校达标"], first["备注"]) == (6, "达标", FLIPS)
    assert list(second.values())[2:4] == ["4.20", "达标"]
    assert second["备注"] == ""


# Two schools of 300 with amounts 1 - d and 1 + d have the coefficient d.
@pytest.mark.parametrize(
    ("low", "high", "shown", "outcome", "remark"),
    [
        ("1", "3", "0.500", "达标", ""),
        ("0.9998", "3.0002", "0.500", "不达标", FLIPS),
        ("0.998", "3.002", "0.501", "不达标", ""),
    ],
)
def test_coefficients_have_three_decimals_and_the_exact_outcome(
    low: str, high: str, shown: str, outcome: str, remark: str
) -> None:
    rows = [
        make_row(f"s{number}", primary=300, shares=("1", "1", "1", share, "1", "1", "1"))
        for number, share in enumerate((low, high))
    ]
    table = tables_of(rows)["校际差异系数"]
    found = [
        named(table, number)
        for number, row in enumerate(table.rows)
        if row[0] == "小学" and "用房" in str(row[1])
    ]
    (row,) = found
    assert (row["差异系数"], row["结论"], row["备注"]) == (shown, outcome, remark)
    assert row["平均值"] == "9.00"
    assert row["学校数"] == 2


def test_a_rehearsal_says_so() -> None:
    record = make_record(EVEN, rehearsal=True)
    rows = {row[0]: row[1] for row in make_application(record)[0].rows}
    assert rows["是否演练"] == "演练，不得用于申报"
    assert rows["自评结论"] == "数据不全，不能下结论"


def test_every_rule_about_the_county_stands_in_one_table() -> None:
    tables = make_application(make_record(EVEN))
    printed = [row[0] for table in tables if table.headers[-1] == "依据" for row in table.rows]
    assert sorted(map(str, printed)) == sorted(
        rule.id for rule in NATIONAL.of_kind("judgement", "figure", "veto")
    )
    titles = [table.title for table in tables]
    assert len(set(titles)) == len(titles)


def test_what_is_missing_is_listed_with_why() -> None:
    table = tables_of(EVEN)["存在问题"]
    rows = {str(row[0]): row for row in table.rows}
    assert rows["survey.rate"][4:] == ("未测量", "没有提供社会认可度结果")


def test_every_row_is_as_long_as_its_headers() -> None:
    for table in make_application(make_record(EVEN, rate=make_rate(90, 3))):
        assert {len(row) for row in table.rows} <= {len(table.headers)}


def test_another_record_is_refused() -> None:
    with pytest.raises(Problem, match="expected a record of kind 'verdict'"):
        make_application({"format": 1, "kind": "rate"})


def test_a_share_stands_beside_its_limit_on_one_scale() -> None:
    """84.96 % is held against 85 %, and not against 0.85."""
    schools, data = read_sheets(make_sheets())
    tables = make_application(make_verdict("宜州区", None, schools, NATIONAL, data=data))
    rows = {row[0]: row for table in tables for row in table.rows if "条款" in table.headers[0]}
    assert rows["guarantee.14"][2:4] == ("2 / 2", "≥2")
    assert rows["quality.02"][2:4] == ("95.00 %", "≥95 %")


def test_coefficients_of_many_schools_are_written_however_long_their_fractions() -> None:
    rows = [make_row(f"s{n}", primary=200 + 7 * n, rooms_m2=str(1000 + 13 * n)) for n in range(60)]
    coefficients = next(table for title, table in tables_of(rows).items() if "差异系数" in title)
    assert len(coefficients.rows) > 3
