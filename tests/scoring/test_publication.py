from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.answers import CATEGORIES, AnswerStratum, Paper
from scoring.counting_rule import Tally, tally
from scoring.publication import Row, open_categories, publishable_rows, published_tally
from tests.scoring.makers import NATIONAL, make_round

RULE = NATIONAL.counting_rule
STRATA = ["parent/a", "parent/b", "parent/c", *CATEGORIES[1:], "teacher/b"]
cells = st.tuples(st.integers(0, 30), st.integers(0, 12), st.integers(0, 12))
rounds = st.fixed_dictionaries(dict.fromkeys(STRATA, cells)).map(make_round)
Round = tuple[list[Paper], list[AnswerStratum]]


def test_rows_that_are_large_enough_stay_as_they_are() -> None:
    papers, strata = make_round(
        {"parent/a": (20, 5, 5), "parent/b": (9, 9, 9), "student": (5, 5, 5)}
    )
    assert published_tally(papers, strata, RULE) == [
        {"answer_strata": ["parent/a"], "categories": ["parent"],
         "satisfied": 20, "not_satisfied": 5, "not_counted": 5},
        {"answer_strata": ["parent/b"], "categories": ["parent"],
         "satisfied": 9, "not_satisfied": 9, "not_counted": 9},
        {"answer_strata": ["student"], "categories": ["student"],
         "satisfied": 5, "not_satisfied": 5, "not_counted": 5},
    ]  # fmt: skip


def test_strata_are_united_within_their_category_first() -> None:
    papers, strata = make_round(
        {"teacher/a": (20, 4, 9), "teacher/b": (30, 9, 9), "student": (8, 8, 8)}
    )
    rows = publishable_rows(papers, strata, RULE)
    assert [set(row.strata) for row in rows] == [{"teacher/a", "teacher/b"}, {"student"}]


def test_categories_that_are_too_small_share_a_row_and_stay_closed() -> None:
    papers, strata = make_round(
        {"parent": (99, 9, 9), "principal": (30, 1, 9), "deputy": (31, 9, 9), "student": (60, 9, 9)}
    )
    rows = publishable_rows(papers, strata, RULE)
    assert [row.categories for row in rows[1:]] == [("principal", "deputy"), ("student",)]
    assert set(open_categories(rows)) == {"parent", "student"}


def test_parents_and_the_others_are_never_mixed() -> None:
    papers, strata = make_round({"parent": (9, 1, 1), "student": (9, 9, 9), "teacher": (9, 1, 1)})
    rows = publishable_rows(papers, strata, RULE)
    assert [row.categories for row in rows] == [("parent",), ("teacher", "student")]


def test_a_column_that_nobody_uses_closes_nothing() -> None:
    papers, strata = make_round({"student": (9, 9, 0), "teacher": (9, 9, 0)})
    assert len(publishable_rows(papers, strata, RULE)) == 2


def _with_papers(rows: list[Row]) -> int:
    return sum(row.tally.papers > 0 for row in rows)


@given(rounds)
def test_no_row_has_a_small_cell_unless_it_is_a_total(county: Round) -> None:
    papers, strata = county
    rows = publishable_rows(papers, strata, RULE)
    for block in (True, False):
        block_rows = [row for row in rows if (row.categories == ("parent",)) is block]
        total = sum((row.tally for row in block_rows), Tally())
        for row in block_rows:
            if not row.tally.papers:  # how many papers a category gave is published
                continue
            used = [
                cell
                for cell, all_of_it in zip(row.tally.cells, total.cells, strict=True)
                if all_of_it
            ]
            assert _with_papers(block_rows) == 1 or min(used, default=5) >= 5


@given(rounds)
def test_no_difference_of_published_rows_is_small(county: Round) -> None:
    """Whatever is added up and subtracted, official totals and open categories included."""
    papers, strata = county
    rows = publishable_rows(papers, strata, RULE)
    others = [row for row in rows if row.categories != ("parent",) and row.tally.papers]
    total = sum((row.tally for row in others), Tally())
    for size in range(1, len(others)):
        for some in combinations(others, size):
            rest = sum((row.tally for row in others if row not in some), Tally())
            assert all(
                cell >= 5 or not whole for cell, whole in zip(rest.cells, total.cells, strict=True)
            )


@given(rounds)
def test_every_stratum_and_paper_is_in_one_row(county: Round) -> None:
    papers, strata = county
    rows = publishable_rows(papers, strata, RULE)
    assert sorted(name for row in rows for name in row.strata) == sorted(s.name for s in strata)
    assert sum((row.tally for row in rows), Tally()) == tally(papers, RULE)


@given(rounds)
def test_people_are_counted_in_their_row(county: Round) -> None:
    papers, strata = county
    people = {stratum.name: stratum.N for stratum in strata}
    for row in publishable_rows(papers, strata, RULE):
        assert sum(people[name] for name in row.strata) == row.N


def test_a_category_without_papers_is_a_row_of_its_own() -> None:
    papers, strata = make_round({"teacher": (9, 9, 9), "student": (9, 9, 9)})
    strata += [AnswerStratum(name, "principal", 30) for name in ("principal/a", "principal/b")]
    rows = publishable_rows(papers, strata, RULE)
    assert [row.categories for row in rows] == [("teacher",), ("student",), ("principal",)]
    assert (rows[-1].N, rows[-1].tally) == (60, Tally())


@given(rounds)
def test_open_categories_are_told_as_they_are(county: Round) -> None:
    papers, strata = county
    for category, counts in open_categories(publishable_rows(papers, strata, RULE)).items():
        assert counts == tally((p for p in papers if p.category == category), RULE)


@given(rounds)
def test_the_order_of_papers_does_not_matter(county: Round) -> None:
    papers, strata = county
    again = sorted(papers, key=lambda paper: str(paper.answers))
    assert published_tally(again, strata, RULE) == published_tally(papers, strata, RULE)


@pytest.mark.parametrize("min_cell", [1, 5, 10])
def test_the_minimum_is_a_setting(min_cell: int) -> None:
    papers, strata = make_round(dict.fromkeys(CATEGORIES, (12, 6, 6)))
    rows = publishable_rows(papers, strata, RULE, min_cell)
    assert all(min(row.tally.cells) >= min_cell for row in rows[1:])
    assert len(rows) == (7 if min_cell <= 5 else 4)
