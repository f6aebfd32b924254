from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.figures import rounded_text
from scoring.schools import School, parse_schools
from scoring.sections import Section, is_in_scope, sections, sections_in_scope
from tests.scoring.cases_of import read_cases
from tests.scoring.makers import NATIONAL, make_row, number_rows

pupils = st.integers(1, 3000)


def school(
    kind: str, *, primary: int = 0, junior: int = 0, senior: int = 0, **cells: str
) -> School:
    row = make_row("1", kind, primary=primary, junior=junior, senior=senior) | cells
    return parse_schools(number_rows([row]), "schools.xlsx")[0]


def rooms(section: Section) -> Fraction:
    amount = section.amounts["rooms_m2"]
    assert amount is not None
    return amount


@pytest.mark.parametrize("case", read_cases("splits"))
def test_cases(case: dict[str, Any]) -> None:
    found = sections(school(case["kind"], **case["pupils"], rooms_m2=case["total"]), NATIONAL)
    per_pupil = {s.stage: rounded_text(rooms(s) / s.pupils, 3) for s in found}
    assert per_pupil == case["per_pupil"]


def test_5000_square_metres_of_a_nine_year_school() -> None:
    nine = school("nine_year", primary=600, junior=300, rooms_m2="5000")
    per_pupil = [rounded_text(rooms(s) / s.pupils, 3) for s in sections(nine, NATIONAL)]
    assert per_pupil == ["5.376", "5.914"]


def test_a_complete_secondary_school_gives_up_what_its_senior_section_uses() -> None:
    (junior,) = sections(
        school("complete_secondary", junior=400, senior=500, rooms_m2="10000"), NATIONAL
    )
    assert junior.stage == "junior"
    assert rooms(junior) == Fraction(10000 * 400, 1000)


def test_a_twelve_year_school() -> None:
    both = sections(
        school("twelve_year", primary=100, junior=100, senior=100, rooms_m2="3420"), NATIONAL
    )
    assert [rooms(s) for s in both] == [1000, 1100]


@given(pupils, pupils)
def test_nothing_of_a_nine_year_school_is_lost(primary: int, junior: int) -> None:
    nine = school("nine_year", primary=primary, junior=junior, rooms_m2="5000")
    assert sum(rooms(s) for s in sections(nine, NATIONAL)) == 5000


def test_teachers_are_each_sections_own() -> None:
    nine = school("nine_year", primary=600, junior=300, primary_degree_teachers="30",
                  junior_degree_teachers="20")  # fmt: skip
    assert [s.amounts["degree_teachers"] for s in sections(nine, NATIONAL)] == [30, 20]


def test_a_section_without_pupils_is_none() -> None:
    (only,) = sections(school("nine_year", primary=600, rooms_m2="5000"), NATIONAL)
    assert only.stage == "primary"
    assert rooms(only) == 5000


@pytest.mark.parametrize(
    ("one", "is_in"),
    [
        (school("primary", primary=12), True),
        (school("primary", primary=12, ownership="private"), True),
        (school("point", primary=49), False),
        (school("point", primary=50), True),
        (school("special", primary=200), False),
        (school("vocational", junior=300, senior=900), False),
    ],
)
def test_which_schools_are_looked_at(one: School, is_in: bool) -> None:
    assert is_in_scope(one, NATIONAL) is is_in
    assert bool(sections_in_scope([one], NATIONAL)) is is_in
