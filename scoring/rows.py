"""The rows that rules look at (数据行): a table's cells, with those of the row's school."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from scoring.cells import Cell, cell_text
from scoring.county_data import CountyData
from scoring.data_tables import DataColumn
from scoring.rule_set import RuleSet
from scoring.school_columns import COMPULSORY, SECTIONS
from scoring.schools import School

Cells = Mapping[str, Cell]
SCHOOL = "school."


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what it is called, its cells, and the cells of its school.

    `school_id` is empty where the row belongs to none.
    """

    name: str
    cells: Cells
    school_id: str = ""
    school: Cells = field(default_factory=dict)

    def cell(self, column: str) -> Cell:
        """Return the value of a column, or of ``school.COLUMN``; None where nobody gave it."""
        if column.startswith(SCHOOL):
            return self.school.get(column.removeprefix(SCHOOL))
        return self.cells.get(column)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of every table that was handed in, by name, and those of schools by id."""

    tables: Mapping[str, tuple[Row, ...]]
    by_school: Mapping[str, Row]

    def of(self, table: str) -> tuple[Row, ...] | None:
        """Return the rows of a table, None where it was not handed in."""
        return self.tables.get(table)


def make_rows(schools: Sequence[School], data: CountyData, rule_set: RuleSet) -> Rows:
    """Return the rows of a county, schools in order of their ids, with derived columns."""
    classes = data.tables.get("classes", ())
    ordered = sorted(schools, key=lambda school: school.school_id)
    by_school = {school.school_id: _school(school, classes_of) for school, classes_of in
                 _with_classes(ordered, classes)}  # fmt: skip
    tables = {
        table: tuple(_row(cells, rule_set.columns_of(table), by_school) for cells in rows)
        for table, rows in data.tables.items()
    }
    if by_school:
        tables["schools"] = tuple(by_school.values())
    return Rows(tables, by_school)


def _with_classes(
    schools: Sequence[School], classes: Iterable[Cells]
) -> list[tuple[School, list[Cells]]]:
    found: dict[Cell, list[Cells]] = {}
    for cells in classes:
        found.setdefault(cells.get("school_id"), []).append(cells)
    return [(school, found.get(school.school_id, [])) for school in schools]


def _school(school: School, classes: Sequence[Cells]) -> Row:
    """Return a school as a row: its columns, and those that nobody fills in."""
    own = {f"{s}_{name}": amount for s in COMPULSORY for name, amount in school.teachers[s].items()}
    cells: dict[str, Cell] = {
        "school_id": school.school_id,
        "name": school.name,
        "township": school.township,
        "kind": school.kind,
        "ownership": school.ownership,
        **{f"{section}_pupils": Fraction(school.pupils[section]) for section in SECTIONS},
        **own,
        **school.shared,
        **school.more,
        "pupils": Fraction(sum(school.pupils.values())),
        "compulsory_pupils": Fraction(sum(school.pupils[stage] for stage in COMPULSORY)),
        "classes": Fraction(len(classes)) if classes else None,
        "largest_class": _largest(classes),
    }
    return Row(school.name, cells, school.school_id, cells)


def _largest(classes: Sequence[Cells]) -> Fraction | None:
    """Return the pupils of the largest class; None where a class does not say."""
    pupils = [cells.get("pupils") for cells in classes]
    known = [number for number in pupils if isinstance(number, Fraction)]
    return max(known) if known and len(known) == len(pupils) else None


def _row(cells: Cells, columns: Sequence[DataColumn], by_school: Mapping[str, Row]) -> Row:
    school = by_school.get(str(cells.get("school_id")))
    telling = (column for column in columns if column.required and column.id != "school_id")
    named = [_word(column, cells) for column in telling]
    if school is None:
        return Row(" ".join(named), cells)
    return Row(" ".join([school.name, *named]), cells, school.school_id, school.cells)


def _word(column: DataColumn, cells: Cells) -> str:
    value = cell_text(cells.get(column.id))
    return column.options.get(value, value)
