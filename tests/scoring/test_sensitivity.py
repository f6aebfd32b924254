from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.sensitivity import (
    NonResponse,
    count_non_respondents,
    needed_satisfied,
    sensitivity_record,
    turning_number,
)

LIMIT = Fraction(17, 20)
limits = st.fractions(Fraction(1, 10), Fraction(19, 20), max_denominator=40)
counted = st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def reaches(satisfied: int, valid: int, limit: Fraction) -> bool:
    return satisfied >= limit * valid


@given(counted, limits)
def test_one_less_would_not_turn_it(counts: tuple[int, int], limit: Fraction) -> None:
    satisfied, valid = counts
    turning = turning_number(satisfied, valid, limit)
    before = reaches(satisfied, valid, limit)
    credit = 0 if before else 1
    assert turning > 0
    assert reaches(satisfied + credit * turning, valid + turning, limit) is not before
    assert reaches(satisfied + credit * (turning - 1), valid + turning - 1, limit) is before


@given(counted, st.integers(0, 200), limits)
def test_with_one_satisfied_less_of_them_all_it_is_missed(
    counts: tuple[int, int], people: int, limit: Fraction
) -> None:
    satisfied, valid = counts
    needed = needed_satisfied(satisfied, valid, people, limit)
    assert reaches(satisfied + needed, valid + people, limit)
    assert not needed or not reaches(satisfied + needed - 1, valid + people, limit)


@pytest.mark.parametrize(
    ("satisfied", "valid", "silent", "expected"),
    [
        # 700 of 812 is 86.2 %: twelve more against it and it is 84.95 %.
        (700, 812, 100, {"answer": "not_satisfied", "turned_by": 12, "can_turn": True,
                         "needed_satisfied": 76}),
        # At the limit itself one is enough.
        (85, 100, 1, {"answer": "not_satisfied", "turned_by": 1, "can_turn": True,
                      "needed_satisfied": 1}),
        (85, 100, 0, {"answer": "not_satisfied", "turned_by": 1, "can_turn": False,
                      "needed_satisfied": 0}),
        # 80 of 100: each satisfied one more lifts it, and 33 do not do.
        (80, 100, 33, {"answer": "satisfied", "turned_by": 34, "can_turn": False,
                       "needed_satisfied": None}),
        (80, 100, 34, {"answer": "satisfied", "turned_by": 34, "can_turn": True,
                       "needed_satisfied": 34}),
        (99, 100, 5, {"answer": "not_satisfied", "turned_by": 17, "can_turn": False,
                      "needed_satisfied": 0}),
    ],
)  # fmt: skip
def test_what_non_response_could_do(
    satisfied: int, valid: int, silent: int, expected: dict[str, object]
) -> None:
    record = sensitivity_record(satisfied, valid, NonResponse(valid + silent, valid), LIMIT)
    assert {key: record[key] for key in expected} == expected
    assert record["non_respondents"] == silent


def test_everybody_issued_counts_whom_a_reserve_stands_in_for_too() -> None:
    response = count_non_respondents({"a": 60, "b": 12}, {"a": 50, "b": 0})
    assert (response.issued, response.papers, response.people) == (72, 50, 22)


@pytest.mark.parametrize(
    ("issued", "papers", "message"),
    [
        ({"a": 5}, {"a": 6}, "answer stratum a: 6 papers from 5 people issued"),
        ({"a": 5}, {"a": 5, "b": 0}, "answer stratum b: nobody says how many were issued"),
        ({"a": 5, "c": 9}, {"a": 5}, "no answer stratum 'c'"),
    ],
)
def test_issued_people_that_do_not_fit_are_refused(
    issued: dict[str, int], papers: dict[str, int], message: str
) -> None:
    with pytest.raises(Problem, match=message):
        count_non_respondents(issued, papers)
