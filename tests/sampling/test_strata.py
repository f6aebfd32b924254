"""How cells become strata, and strata answer strata."""

from __future__ import annotations

import pytest

from sampling.strata import (
    Cell,
    Grid,
    Stratum,
    define_cell,
    form_answer_strata,
    form_strata,
    name_cell,
)

AREAS = ("urban", "town", "rural")
BANDS = ("3-4", "5-6", "7-9")


def make_grid(table: dict[str, list[tuple[int, int]]]) -> Grid:
    """A grid of pupils: area -> (N, n) by band; (0, 0) is a cell without anybody."""
    cells = [
        Cell("student", area, band, *people)
        for area, row in table.items()
        for band, people in zip(BANDS, row, strict=True)
    ]
    return Grid("student", tuple(table), BANDS, tuple(cell for cell in cells if cell.N))


def name(cells: Stratum, grid: Grid) -> str:
    return name_cell(define_cell(cells, grid))


# Table of cells, then the strata that must come of it.
CASES = [
    (
        {"urban": [(9, 3), (9, 2), (9, 4)], "rural": [(9, 2), (2, 2), (1, 1)]},
        [
            "student/urban/3-4",
            "student/urban/5-6",
            "student/urban/7-9",
            "student/rural/3-4",
            "student/rural/5-6",
            "student/rural/7-9",
        ],
    ),
    # A band with one of nine drawn joins the neighbour with fewer.
    (
        {"urban": [(9, 4), (9, 1), (9, 3)], "rural": [(9, 2), (9, 2), (9, 2)]},
        [
            "student/urban/3-4",
            "student/urban/5-6+7-9",
            "student/rural/3-4",
            "student/rural/5-6",
            "student/rural/7-9",
        ],
    ),
    # A band with nobody drawn still has people with a chance.
    (
        {"urban": [(9, 2), (9, 0), (9, 2)], "rural": [(9, 2), (9, 2), (9, 2)]},
        [
            "student/urban/3-4+5-6",
            "student/urban/7-9",
            "student/rural/3-4",
            "student/rural/5-6",
            "student/rural/7-9",
        ],
    ),
    # All bands of an area together suffice.
    (
        {"urban": [(9, 1), (9, 1), (9, 0)], "rural": [(9, 2), (9, 2), (9, 2)]},
        ["student/urban", "student/rural/3-4", "student/rural/5-6", "student/rural/7-9"],
    ),
    # An area with one drawn in all joins its neighbour, band by band.
    (
        {
            "urban": [(9, 3), (9, 3), (9, 3)],
            "town": [(9, 0), (9, 1), (9, 0)],
            "rural": [(9, 2), (9, 2), (9, 2)],
        },
        [
            "student/urban/3-4",
            "student/urban/5-6",
            "student/urban/7-9",
            "student/town+rural/3-4",
            "student/town+rural/5-6",
            "student/town+rural/7-9",
        ],
    ),
    # Two of a whole category: one stratum.
    ({"urban": [(9, 1), (9, 0), (0, 0)], "rural": [(9, 0), (9, 1), (9, 0)]}, ["student"]),
]


@pytest.mark.parametrize(("table", "expected"), CASES)
def test_strata(table: dict[str, list[tuple[int, int]]], expected: list[str]) -> None:
    grid = make_grid(table)
    found = [name(stratum, grid) for stratum in form_strata(grid, 2)]
    assert found == expected


def test_a_union_is_defined_by_the_columns_that_tell_it_apart() -> None:
    grid = make_grid({area: [(9, 1), (9, 1), (9, 1)] for area in AREAS})
    town = tuple(cell for cell in grid.cells if cell.area == "town")
    late = tuple(cell for cell in grid.cells if cell.grade_band == "7-9")
    assert define_cell(town, grid) == {"category": ["student"], "area": ["town"]}
    assert define_cell(late, grid) == {"category": ["student"], "grade_band": ["7-9"]}
    assert define_cell(grid.cells, grid) == {"category": ["student"]}


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            {"urban": [(99, 10), (99, 11), (99, 12)], "rural": [(99, 7), (99, 8), (99, 8)]},
            ["student/urban/3-4", "student/urban/5-6", "student/urban/7-9", "student/rural"],
        ),
        (
            {"urban": [(99, 9), (99, 10), (99, 10)], "town": [(99, 3)] * 3, "rural": [(99, 5)] * 3},
            ["student/urban/3-4+5-6", "student/urban/7-9", "student/town+rural"],
        ),
        ({"urban": [(99, 1)] * 3, "rural": [(99, 2)] * 3}, ["student"]),
    ],
)
def test_answer_strata(table: dict[str, list[tuple[int, int]]], expected: list[str]) -> None:
    grid = make_grid(table)
    unions = form_answer_strata(form_strata(grid, 2), 10)
    assert [name(tuple(cell for part in union for cell in part), grid) for union in unions] == (
        expected
    )
