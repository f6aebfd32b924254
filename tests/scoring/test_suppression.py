from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring.suppression import (
    CellSystem,
    Sum,
    find_disclosures,
    hide_cells,
    possible_range,
    small_figures,
)

MIN_CELL = 3  # small, so that all tables can be listed


def figure(*cells: int) -> Sum:
    return Sum(frozenset(cells))


def make_table(rows: Sequence[Sequence[int]], *, told_rows: bool = True) -> CellSystem:
    """A table with its cells, its column totals and (told or shown) its row totals."""
    width = len(rows[0])
    number = [[r * width + c for c in range(width)] for r in range(len(rows))]
    totals = tuple(figure(*row) for row in number)
    shown = [figure(i) for row in number for i in row]
    shown += [figure(*column) for column in zip(*number, strict=True)]
    counts = tuple(count for row in rows for count in row)
    if told_rows:
        return CellSystem(counts, tuple(shown), told=totals)
    return CellSystem(counts, (*shown, *totals))


def list_tables(system: CellSystem, hidden: Iterable[int]) -> list[tuple[int, ...]]:
    """Every table of whole numbers that agrees with what is published, by trying all.

    For tables of `make_table` with told row totals: any way to fill each row, side by side.
    """
    taken = set(hidden)
    published = [f for j, f in enumerate(system.shown) if j not in taken]
    wanted = [f.value(system.counts) for f in published]
    rows = [fill_row(row.value(system.counts), len(row.plus)) for row in system.told]
    tables = (tuple(chain.from_iterable(filled)) for filled in product(*rows))
    return [counts for counts in tables if [f.value(counts) for f in published] == wanted]


def fill_row(total: int, width: int) -> list[tuple[int, ...]]:
    if width == 1:
        return [(total,)]
    return [
        (first, *rest) for first in range(total + 1) for rest in fill_row(total - first, width - 1)
    ]


small_tables = st.lists(
    st.lists(st.integers(0, 5), min_size=2, max_size=3), min_size=2, max_size=2
).filter(lambda rows: len({len(row) for row in rows}) == 1)
large_tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=width, max_size=width),
        min_size=1,
        max_size=6,
    )
)


@settings(max_examples=60, deadline=None)
@given(small_tables)
def test_no_small_count_can_be_told_by_one_who_tries_every_table(rows: list[list[int]]) -> None:
    """The claim itself, without any programme: among all possible tables, 0 and 3 or more occur."""
    system = make_table(rows)
    tables = list_tables(system, hide_cells(system, MIN_CELL))
    without = list_tables(system, range(len(system.shown)))
    for small in small_figures(system, MIN_CELL):
        values = {small.value(counts) for counts in tables}
        room = {small.value(counts) for counts in without}
        assert min(values) == min(room)
        assert max(values) >= min(MIN_CELL, max(room))


@settings(max_examples=40, deadline=None)
@given(large_tables, st.booleans())
def test_what_is_hidden_passes_the_check(rows: list[list[int]], told_rows: bool) -> None:
    system = make_table(rows, told_rows=told_rows)
    assert find_disclosures(system, hide_cells(system, 5), 5) == []


@settings(max_examples=40, deadline=None)
@given(small_tables, st.sets(st.integers(0, 5)))
def test_the_check_finds_what_trying_every_table_finds(
    rows: list[list[int]], chosen: set[int]
) -> None:
    system = make_table(rows)
    hidden = {j for j in chosen if j < len(system.shown)}
    tables = list_tables(system, hidden)
    for cell in range(len(system.counts)):
        values = [counts[cell] for counts in tables]
        low, high = possible_range(system, hidden, figure(cell))
        assert (low, high) == (min(values), max(values))


@settings(max_examples=40, deadline=None)
@given(large_tables)
def test_a_table_without_small_counts_is_shown_whole(rows: list[list[int]]) -> None:
    system = make_table([[count + 5 if count else 0 for count in row] for row in rows])
    assert hide_cells(system, 5) == frozenset()


@settings(max_examples=20, deadline=None)
@given(large_tables)
def test_the_same_tables_hide_the_same_cells(rows: list[list[int]]) -> None:
    assert hide_cells(make_table(rows), 5) == hide_cells(make_table(rows), 5)


def test_hiding_the_small_cell_alone_is_found_out() -> None:
    """3 of 32 in a row whose total is known: the one hidden cell is what is missing."""
    system = make_table([[3, 20, 9]])
    hidden = {0, 3}  # the cell and its column, which is the same figure
    (told,) = find_disclosures(system, hidden, 5)
    assert (told.value, told.low, told.high) == (3, 3, 3)


def test_two_hidden_cells_that_add_up_to_little_are_found_out() -> None:
    system = make_table([[1, 2, 20], [30, 30, 30]])
    told = find_disclosures(system, {0, 1}, 5)
    assert {(d.value, d.low, d.high) for d in told} == {(1, 1, 1), (2, 2, 2)}
    no_columns = CellSystem(system.counts, system.shown[:6], told=system.told)
    told = find_disclosures(no_columns, {0, 1}, 5)
    assert {(d.value, d.low, d.high) for d in told} == {(1, 0, 3), (2, 0, 3)}


def test_a_small_difference_of_two_tables_counts_as_a_cell() -> None:
    """All papers, and all but the flagged ones: two large figures, and their difference is 2."""
    system = CellSystem((90, 2), (figure(0), figure(0, 1)))
    assert [d.value for d in find_disclosures(system, (), 5)] == [2]
    assert len(hide_cells(system, 5)) == 1


def test_figures_that_are_told_anyway_do_not_ask_the_impossible() -> None:
    """Two papers in all, told: nothing hides that a cell is 2 at most, and it may still be 0."""
    system = CellSystem((2, 0, 40), (figure(0), figure(1), figure(2)), told=(figure(0, 1),))
    hidden = hide_cells(system, 5)
    assert hidden == {0, 1}
    assert find_disclosures(system, hidden, 5) == []
    assert possible_range(system, hidden, figure(0)) == (0, 2)


def test_a_guarded_figure_is_protected_though_no_table_shows_it() -> None:
    """One of twelve is told to be against; that it is a flagged one shows where all are flagged."""
    counts = (1, 0, 0, 12, 0, 0)  # against: flagged only, flagged twice, not; then in favour
    told = (figure(0, 1, 2), figure(3, 4, 5))
    shown = (figure(0, 1, 3, 4),)  # flagged: 13 of 13
    plain = CellSystem(counts, shown, told)
    guarded = CellSystem(counts, shown, told, guarded=(figure(0, 1),))
    assert hide_cells(plain, 5) == frozenset()
    assert [d.value for d in find_disclosures(guarded, (), 5)] == [1]
    assert hide_cells(guarded, 5) == {0}


def test_equal_sums_can_be_told_without_their_value() -> None:
    """Two questions on the same papers: their sums are equal though no sum is published."""
    same = Sum(frozenset({0, 1}), frozenset({2, 3}))
    apart = CellSystem((2, 30, 12, 20), tuple(figure(i) for i in range(4)))
    tied = CellSystem(apart.counts, apart.shown, told=(same,))
    assert hide_cells(apart, 5) == {0}
    assert [d.value for d in find_disclosures(tied, {0}, 5)] == [2]
    assert len(hide_cells(tied, 5)) == 2


@pytest.mark.parametrize(
    ("counts", "cell"), [((-1, 3), 0), ((1, 3), 2)], ids=["below 0", "no such cell"]
)
def test_tables_that_cannot_be_are_refused(counts: tuple[int, ...], cell: int) -> None:
    with pytest.raises(Problem):
        CellSystem(counts, (figure(cell),))
