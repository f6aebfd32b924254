"""What a roster may hold, every fault told at once, and people who stand on two lists."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.persons import Merger
from sampling.problems import Problem, Problems
from sampling.survey_rules import load_survey_rules
from survey.frames.roster import CATEGORIES, Roster, read_grade, read_roster
from survey.tables import read_table
from tests.survey.frames.rosters import list_people, make_csv, make_row

RULES = load_survey_rules()


def read(rows: Sequence[Sequence[str]]) -> Roster:
    """Read rows as an uploaded roster."""
    return read_roster(read_table("名册.csv", make_csv(rows)), RULES)


def list_faults(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return what is wrong with rows."""
    with pytest.raises(Problems) as caught:
        read(rows)
    return [str(problem) for problem in caught.value.problems]


def test_values_come_in_the_words_of_the_rules() -> None:
    roster = read([make_row("1", "家长", "镇区", "三年级"), make_row("2", "parent", "rural", "9")])
    assert [(row.category, row.area, row.grade_band) for row in roster.people] == [
        ("parent", "town", "3-4"),
        ("parent", "rural", "7-9"),
    ]


def test_every_category_has_its_word() -> None:
    assert sorted(CATEGORIES.values()) == sorted(RULES.categories)


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (make_row("", "教师"), "3 · 编号: the number is empty"),
        (make_row("1", "教师"), "3 · 编号: '1' stands in row 2 already"),
        (make_row("2", "校工"), "3 · 类别: expected one of 家长 教师"),
        (make_row("2", ""), "3 · 类别: expected one of 家长 教师"),
        (
            make_row("2", "家长", "郊区", "3"),
            "3 · 区域: expected one of 城区 镇区 乡村, got '郊区'",
        ),
        (make_row("2", "家长", "城区", "10"), "3 · 年级: expected a grade from 1 to 9, got '10'"),
        (make_row("2", "家长", "城区", "0"), "3 · 年级: expected a grade"),
        (make_row("=1+1", "教师"), "3 · 编号: begins with =, which a spreadsheet takes for a"),
        (["2", "教师", "", "", "'+1", "", "", "", "", ""], "3 · 乡镇: begins with +"),
        (["2", "教师", "", "", "", "", "", "@SUM(1)", "", ""], "3 · 学校: begins with @"),
        (["2", "教师", "", "", "", "", "", "-2", "", ""], "3 · 学校: begins with -"),
        (["2", "教师", "", "", "镇" * 81, "", "", "", "", ""], "3 · 乡镇: is longer than 80"),
    ],
)
def test_a_fault_is_told_with_row_and_column(row: Sequence[str], fault: str) -> None:
    faults = list_faults([make_row("1", "教师"), row])
    assert len(faults) == 1
    assert faults[0].startswith(fault)


def test_a_dash_and_a_dangerous_name_do_no_harm() -> None:
    (person,) = read([["2", "教师", "=王", "+86", "-", "", "", "第1-2小学", "=班", ""]]).people
    assert (person.name, person.township, person.school) == ("=王", "-", "第1-2小学")


def test_all_faults_are_told_at_once_in_the_order_of_the_rows() -> None:
    faults = list_faults(
        [make_row("1", "教师"), make_row("", "无"), make_row("1", "家长", "月球", "十")]
    )
    assert [fault.partition(":")[0] for fault in faults] == [
        "3 · 编号",
        "3 · 类别",
        "4 · 编号",
        "4 · 区域",
        "4 · 年级",
    ]


def test_a_half_filled_axis_is_told_with_the_rows_of_the_roster() -> None:
    rows = [
        make_row("1", "家长", "城区", "3"),
        make_row("2", "家长", "城区"),
        make_row("3", "教师"),
    ]
    (fault,) = list_faults(rows)
    assert fault == "3 · 年级: is blank, but 1 of the category 家长 have one"


@pytest.mark.parametrize("text", ["高一", "13", "三四", "小学7年级", "3班", "-3"])
def test_what_is_no_grade(text: str) -> None:
    assert read_grade(text) is None


@given(st.integers(1, 9))
def test_grades_by_digit_and_by_word_agree(grade: int) -> None:
    assert read_grade(str(grade)) == read_grade("一二三四五六七八九"[grade - 1] + "年级") == grade


def test_a_person_on_two_lists_stands_on_the_one_of_precedence() -> None:
    roster = read(
        [
            make_row("1", "家长", "城区", "3", "K1"),
            make_row("2", "教师", person="K1"),
            make_row("3", "人大代表", person="K2"),
            make_row("4", "家长", "城区", "5", "K2"),
            make_row("5", "家长", "城区", "5"),
        ]
    )
    assert sorted((row.id, row.category) for row in roster.people) == [
        ("2", "teacher"),
        ("3", "deputy"),
        ("5", "parent"),
    ]
    assert roster.mergers == (Merger("deputy", "parent", 1), Merger("teacher", "parent", 1))


def test_a_parent_of_several_children_stands_once_whatever_the_order() -> None:
    rows = [make_row(str(index), "家长", "城区", str(index), "K") for index in range(1, 8)]
    forward, backward = read(rows), read(rows[::-1])
    assert [each.id for each in forward.people] == [each.id for each in backward.people]
    assert len(list(forward.people)) == 1
    assert forward.mergers == (Merger("parent", "parent", 6),)


def test_which_child_counts_does_not_favour_a_grade() -> None:
    rows = [
        make_row(f"{family}-{grade}", "家长", "城区", grade, f"K{family}")
        for family in range(400)
        for grade in ("1", "5")
    ]
    lower = sum(row.grade_band == "1-2" for row in read(rows).people)
    # binomial(400, 1/2): 5 standard deviations either way
    assert 150 < lower < 250


def test_a_county_comes_in_whole() -> None:
    rows = list(list_people())
    roster = read(rows)
    assert (roster.n_rows, len(list(roster.people))) == (len(rows), len(rows))
    assert roster.encoding == "UTF-8"


def test_a_table_without_the_needed_columns() -> None:
    with pytest.raises(Problems, match="类别 is missing"):
        read_roster(read_table("t.csv", "编号\n1\n".encode()), RULES)


def test_problems_are_values_a_page_can_translate() -> None:
    with pytest.raises(Problems) as caught:
        read([make_row("1", "校工")])
    (problem,) = caught.value.problems
    assert isinstance(problem, Problem)
    assert problem.message == "expected one of {expected}, got {got!r}"
