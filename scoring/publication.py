"""Which counts may be published: no cell under the rule set's minimum, and none by subtraction.

A cell is a count of satisfied, of not satisfied, or of other papers (excluded or blank). The
totals of the official form, all papers and the parents' (计, 其中:家长), are published by rule
whatever they hold. All other tables of a round are unions of the rows made here, so that no
difference between two of them is a smaller row; and every estimate of a round is made from
these rows (`scoring.official_estimate`), so that none is an equation to solve a cell from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scoring.answers import CATEGORIES, AnswerStratum, Paper, check_papers
from scoring.counting_rule import CountingRule, Tally, tally_by_stratum

PARENTS = "parent"
MIN_CELL = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A publishable union of answer strata with its tally; `N` counts the people in it."""

    strata: tuple[str, ...]
    categories: tuple[str, ...]
    tally: Tally
    N: int = 0

    def __or__(self, other: Row) -> Row:
        return Row(
            self.strata + other.strata,
            tuple(c for c in CATEGORIES if c in {*self.categories, *other.categories}),
            self.tally + other.tally,
            self.N + other.N,
        )


def publishable_rows(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    rule: CountingRule,
    min_cell: int = MIN_CELL,
) -> list[Row]:
    """Return the finest rows found whose cells all hold at least `min_cell` papers.

    Raises `Problem` for papers that do not fit their answer strata. See `unite_strata`.
    """
    check_papers(papers, answer_strata)
    return unite_strata(tally_by_stratum(papers, rule), answer_strata, min_cell)


def unite_strata(
    tallies: Mapping[str, Tally],
    answer_strata: Sequence[AnswerStratum],
    min_cell: int = MIN_CELL,
) -> list[Row]:
    """Return the rows that are made of the tallies of answer strata.

    Answer strata are united within their category first, then across the categories other than
    parents; parents and the others are never mixed, for both totals are published anyway. What
    remains too small when only one row of either is left is that total, published by rule. A
    column that is empty in the whole of either is no cell: its total already says so. Nor is a
    category without papers: how many papers each category gave is published, so it is a row of
    its own and closes no other.
    """
    by_category = {
        category: [
            Row((s.name,), (category,), tallies.get(s.name, Tally()), s.N)
            for s in answer_strata
            if s.category == category
        ]
        for category in CATEGORIES
    }
    parents = by_category.pop(PARENTS)
    silent = [rows for rows in by_category.values() if rows and not _papers(rows)]
    others = [rows for rows in by_category.values() if _papers(rows)]
    columns = _columns([row for rows in others for row in rows])
    united = [row for rows in others for row in _unite(rows, columns, min_cell)]
    return [
        *_unite(parents, _columns(parents), min_cell),
        *_unite(united, columns, min_cell),
        *(_join(rows) for rows in silent),
    ]


def published_tally(
    papers: Sequence[Paper],
    answer_strata: Sequence[AnswerStratum],
    rule: CountingRule,
    min_cell: int = MIN_CELL,
) -> list[dict[str, object]]:
    """Return `publishable_rows` as a table for a record.

    Each row has `answer_strata`, `categories`, `satisfied`, `not_satisfied`, `not_counted`; and
    `numerator`, `denominator` where the rule counts answers or points instead of papers.
    """
    names = ("satisfied", "not_satisfied", "not_counted")
    return [
        {
            "answer_strata": list(row.strata),
            "categories": list(row.categories),
            **dict(zip(names, row.tally.cells, strict=True)),
            **({} if rule.counts_papers else _units(row.tally)),
        }
        for row in publishable_rows(papers, answer_strata, rule, min_cell)
    ]


def open_categories(rows: Sequence[Row]) -> Mapping[str, Tally]:
    """Return the tally of each category that is a union of whole rows.

    A category that shares a row with another stays closed: its counts would be the difference
    of two published ones.
    """
    shared = {c for row in rows if len(row.categories) > 1 for c in row.categories}
    tallies: dict[str, Tally] = {}
    for row in rows:
        for category in row.categories:
            if category not in shared:
                tallies[category] = tallies.get(category, Tally()) + row.tally
    return tallies


def fills_cells(counts: Iterable[int], min_cell: int = MIN_CELL) -> bool:
    """Return whether each count may be shown: nobody, or at least `min_cell` papers."""
    return all(count == 0 or count >= min_cell for count in counts)


def _units(tally: Tally) -> dict[str, int]:
    return {"numerator": tally.numerator, "denominator": tally.denominator}


def _papers(rows: Sequence[Row]) -> int:
    return sum(row.tally.papers for row in rows)


def _join(rows: Sequence[Row]) -> Row:
    first, *rest = rows
    for row in rest:
        first |= row
    return first


def _columns(rows: Sequence[Row]) -> tuple[bool, ...]:
    """Return which of the three columns hold any paper at all."""
    total = sum((row.tally for row in rows), Tally())
    return tuple(cell > 0 for cell in total.cells)


def _unite(rows: Sequence[Row], columns: Sequence[bool], min_cell: int) -> list[Row]:
    """Return `rows` with every row that is too small united with the smallest other one."""
    united = list(rows)
    while len(united) > 1:
        small = [row for row in united if _is_small(row, columns, min_cell)]
        if not small:
            break
        first = min(small, key=_size)
        united.remove(first)
        second = min(united, key=_size)
        united[united.index(second)] = second | first
    return united


def _is_small(row: Row, columns: Sequence[bool], min_cell: int) -> bool:
    return any(
        used and cell < min_cell for used, cell in zip(columns, row.tally.cells, strict=True)
    )


def _size(row: Row) -> tuple[int, tuple[str, ...]]:
    return row.tally.papers, row.strata
