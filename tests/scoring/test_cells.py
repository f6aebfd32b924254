from __future__ import annotations

from fractions import Fraction

import pytest

from sampling.problems import Problem
from scoring.cells import Cell, cell_text, factor_of, read_value
from scoring.school_columns import FLAGS, KINDS, Column
from scoring.school_layout import data_column
from tests.scoring.makers import NATIONAL

AMOUNT = Column("x", "面积", "Area", "平方米", "amount")
MONEY = Column("x", "经费", "Funds", "元", "amount")
RATIO = Column("x", "差异率", "Difference", "", "amount")
SHARE = Column("x", "满意度", "Satisfaction", "%", "percent")
COUNT = Column("x", "人数", "People", "人", "count")
FLAG = Column("x", "是否", "Flag", "", "flag", FLAGS)
CHOICE = Column("x", "类型", "Kind", "", "choice", KINDS)
LEVEL = data_column(next(c for c in NATIONAL.columns_of("subjects") if c.id == "level"))
MONTH, YEAR, DATE, TEXT = (
    Column("x", kind, kind, "", kind) for kind in ("month", "year", "date", "text")
)

READ: list[tuple[Column, str, Cell]] = [
    (AMOUNT, "96", Fraction(96)),
    (AMOUNT, " ４.195 ", Fraction("4.195")),
    (AMOUNT, "0.30000000000000004", Fraction("0.3")),
    (AMOUNT, "1234567890123.25", Fraction("1234567890123.25")),
    (AMOUNT, "1e3", Fraction(1000)),
    (AMOUNT, "", None),
    (AMOUNT, "　", None),
    (MONEY, "9.8万元", Fraction(98000)),
    (MONEY, "98000元", Fraction(98000)),
    (MONEY, "９.８万元", Fraction(98000)),
    (RATIO, "15%", Fraction("0.15")),
    (RATIO, "14.99％", Fraction("0.1499")),
    (RATIO, "0.15", Fraction("0.15")),
    (SHARE, "85%", Fraction("0.85")),
    (SHARE, "0.85", Fraction("0.85")),
    (AMOUNT, "450㎡", Fraction(450)),
    (AMOUNT, "４５０平方米", Fraction(450)),
    (COUNT, "45.0", Fraction(45)),
    (COUNT, "45人", Fraction(45)),
    (LEVEL, "Ⅲ级", "3"),
    (LEVEL, "III级", "3"),
    (LEVEL, "３", "3"),
    (FLAG, "是", "yes"),
    (FLAG, "no", "no"),
    (FLAG, "FALSE", "no"),
    (CHOICE, "九年一贯制", "nine_year"),
    (CHOICE, "nine_year", "nine_year"),
    (MONTH, "2018-09", "2018-09"),
    (MONTH, "2018年9月", "2018-09"),
    (MONTH, "2018/9", "2018-09"),
    (MONTH, "2018-09-01 00:00:00", "2018-09"),
    (YEAR, "2025年", Fraction(2025)),
    (DATE, "2026-04-30", "2026-04-30"),
    (DATE, "2026年4月3日", "2026-04-03"),
    (DATE, "2024-02-29 00:00:00", "2024-02-29"),
    (TEXT, " 学校 ", "学校"),
]


@pytest.mark.parametrize(("column", "text", "value"), READ)
def test_a_cell_is_what_was_meant(column: Column, text: str, value: Cell) -> None:
    assert read_value(column, text) == value
    assert read_value(column, cell_text(value)) == value


REFUSED: list[tuple[Column, str, str]] = [
    (AMOUNT, "450亩", "expected a number, got '450亩'"),
    (AMOUNT, "平方米", "expected a number"),
    (COUNT, "45间", "expected a number"),
    (LEVEL, "5", "expected one of Ⅰ级"),
    (LEVEL, "0", "expected one of Ⅰ级"),
    (AMOUNT, "12%", "expected a number"),
    (AMOUNT, "12万元", "expected a number"),
    (AMOUNT, "1,234", "expected a number"),
    (AMOUNT, "1²", "expected a number"),
    (AMOUNT, "-1", "from 0 up"),
    (COUNT, "45.5", "expected a whole number"),
    (SHARE, "85", "0.85 or 85%"),
    (FLAG, "也许", "expected 是 or 否"),
    (CHOICE, "大学", "expected one of 小学"),
    (MONTH, "2018-13", "expected a month"),
    (MONTH, "2018", "expected a month"),
    (DATE, "2023-02-29", "expected a day"),
    (DATE, "2026-04-31", "expected a day"),
    (YEAR, "26", "expected a year"),
]


@pytest.mark.parametrize(("column", "text", "message"), REFUSED)
def test_what_is_none_is_refused(column: Column, text: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        read_value(column, text)


def test_a_header_in_ten_thousands_is_reckoned_in_yuan() -> None:
    factor = factor_of(MONEY, "万元")
    assert factor is not None
    assert read_value(MONEY, "9.8", factor) == 98000
    assert read_value(MONEY, "98000元", factor) == 98000
    assert factor_of(AMOUNT, "亩") is None
