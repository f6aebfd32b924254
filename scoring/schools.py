"""学校表: the table an engine reads as columns, rows and schools; every error told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.cells import Cell, RowProblem, cell_text, factor_of, plain, read_value
from scoring.figures import exact_text
from scoring.row_progress import Watch, watched
from scoring.school_columns import (
    ALL_PUPILS,
    COMPULSORY,
    HEAD_COLUMNS,
    KINDS,
    OWNERSHIPS,
    SCHOOL_COLUMNS,
    SECTIONS,
    SECTIONS_OF_KIND,
    SEVEN,
    SHARED,
    TEACHERS,
    Column,
    SchoolLayout,
)

__all__ = [
    "COMPULSORY",
    "KINDS",
    "OWNERSHIPS",
    "SCHOOL_COLUMNS",
    "SECTIONS",
    "SHARED",
    "TEACHERS",
    "Column",
    "School",
    "find_columns",
    "parse_schools",
    "school_row",
]


@dataclass(frozen=True, slots=True)
class School:
    """A school as the table has it.

    `pupils` by section (primary, junior, senior); `teachers` by section and amount; `shared` by
    amount, for the whole school; `more` by column, what the rule set asks for besides. An amount
    that nobody gave is None: it is not measured.
    """

    school_id: str
    name: str
    township: str
    kind: str
    ownership: str
    pupils: Mapping[str, int]
    teachers: Mapping[str, Mapping[str, Fraction | None]]
    shared: Mapping[str, Fraction | None]
    more: Mapping[str, Cell] = field(default_factory=dict)


Row = Mapping[str, str]
Found = Mapping[str, tuple[str, int]]
"""By the column's name: the file's header, and what its numbers are multiplied by."""

NOT_ASSESSED = ("special", "vocational", "point")
"""Kinds that may leave amounts blank: mostly the indicators do not look at them."""

SCHOOL_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,39}")
"""A school's id stands in addresses and records as it is; a leading - could be a formula."""

TOTALS = ("合计", "总计")
"""What a row of totals below the schools calls itself, in its first or second column."""

BRACKETS = re.compile(r"(.*?)\s*\(([^()]*)\)")


def parse_schools(
    rows: Sequence[tuple[int, Row]],
    where: str,
    layout: SchoolLayout = SEVEN,
    watch: Watch | None = None,
) -> list[School]:
    """Return the schools of a table, in its order.

    Parameters
    ----------
    rows
        Pairs of the row's number in the file and its cells by header, all as text. A header is
        the Chinese one or the code name, a unit in brackets after it is allowed; 万元 in place of
        元 is reckoned in yuan. A last row of totals (合计) is checked and left out.
    where
        The file's name, for messages.
    layout
        The columns of the rule set (`scoring.school_layout.layout_of`).
    watch
        Is told how far the reading is.

    Raises
    ------
    Problems
        Everything that is wrong, each with row and column; no school is taken then. Checked:
        missing, unknown and doubled columns, empty and doubled ids, unknown kinds, text in a
        number, negative numbers, ids that could not stand in an address, a school without pupils,
        pupils in a section that the kind does not have, sections that do not add up to the
        school's pupils, a section's blank teachers, blank shared totals, totals that do not add up.
    """
    if not rows:
        raise Problems([Problem(N_("the table has no row"), where=where)])
    known = (*layout.columns, ALL_PUPILS)
    columns = find_columns(rows[0][1], known, where)
    reader = _Reader(where, layout, columns)
    totals = [row for row in rows[-1:] if len(rows) > 1 and _is_total(row[1], columns)]
    listed = rows[: len(rows) - len(totals)]
    schools = [reader.school(number, row) for number, row in watched(listed, where, watch)]
    for number, row in totals if not reader.problems else ():
        reader.check_totals(number, row, [row for _, row in listed])
    if reader.problems:
        raise Problems(reader.problems)
    return [school for school in schools if school is not None]


def school_row(school: School) -> dict[str, str]:
    """Return a school as the text of its row, by code name: exact, and parsed back unchanged."""
    own = {f"{s}_{name}": amount for s in COMPULSORY for name, amount in school.teachers[s].items()}
    numbers: dict[str, int | Fraction | None] = {
        **{f"{section}_pupils": school.pupils[section] for section in SECTIONS},
        **own,
        **school.shared,
    }
    return {
        "school_id": school.school_id,
        "name": school.name,
        "township": school.township,
        "kind": school.kind,
        "ownership": school.ownership,
        **{
            name: "" if value is None else exact_text(Fraction(value))
            for name, value in numbers.items()
        },
        **{name: cell_text(value) for name, value in school.more.items()},
    }


def find_columns(headers: Iterable[str], columns: Sequence[Column], where: str) -> Found:
    """Return for each column its header in the file and the factor of the header's unit.

    Raises `Problems` for headers that are unknown, there twice, missing, or of another unit.
    """
    known = {plain(header): c for c in columns for header in (c.name, c.header_zh)}
    found: dict[str, tuple[str, int]] = {}
    problems = []
    for header in headers:
        column, unit = _match(plain(header), known)
        if column is None or column.name in found:
            text = (
                N_("unknown column {column!r}") if column is None else N_("column {column!r} twice")
            )
            problems.append(Problem(text, where=where, column=header))
            continue
        factor = factor_of(column, unit) if unit else 1
        if factor is None:
            problems.append(_wrong_unit(column, unit, where))
        found[column.name] = header, factor or 1
    problems += [
        Problem(N_("column {zh} ({name}) is missing"), where=where, zh=c.header_zh, name=c.name)
        for c in columns
        if c.is_expected and c.name not in found
    ]
    if problems:
        raise Problems(problems)
    return found


def _match(header: str, known: Mapping[str, Column]) -> tuple[Column | None, str]:
    """Return the column that a header means and the unit that it names in brackets, if any."""
    if header in known:
        return known[header], ""
    parts = BRACKETS.fullmatch(header)
    if parts is None:
        return None, ""
    return known.get(parts[1]), parts[2]


def _wrong_unit(column: Column, unit: str, where: str) -> Problem:
    return Problem(
        N_("column {column}: expected the unit {expected}, got {got!r}"),
        where=where,
        column=column.header_zh,
        expected=column.unit,
        got=unit,
    )


def _is_total(row: Row, columns: Found) -> bool:
    cells = (plain(row.get(columns[name][0], "")) for name in ("school_id", "name"))
    return any(cell.replace(" ", "") in TOTALS for cell in cells)


class _Reader:
    """Reads rows one by one and keeps what is wrong with them."""

    def __init__(self, where: str, layout: SchoolLayout, columns: Found) -> None:
        self.problems: list[Problem] = []
        self._where = where
        self._layout = layout
        self._columns = columns
        self._all = tuple(c for c in (*layout.columns, ALL_PUPILS) if c.name in columns)
        self._seen: dict[str, int] = {}
        self._number = 0

    def school(self, number: int, row: Row) -> School | None:
        before = len(self.problems)
        self._number = number
        cells = {c.name: self._cell(c, row) for c in self._all}
        self._check_id(str(cells["school_id"] or ""), number)
        if len(self.problems) > before:
            return None
        school = _school(cells, self._layout)
        self._check_sections(school, cells.get(ALL_PUPILS.name))
        self._check_amounts(school)
        return school if len(self.problems) == before else None

    def check_totals(self, number: int, row: Row, listed: Sequence[Row]) -> None:
        """Compare a row of totals with the sums of the rows above it, once these are sound."""
        self._number = number
        for column in self._all:
            if column.kind not in ("count", "amount"):
                continue
            total = self._cell(column, row)
            above = (_number(self._cell(column, one)) for one in listed)
            summed = sum((value for value in above if value is not None), Fraction())
            if isinstance(total, Fraction) and total != summed:
                self._report(
                    column,
                    N_("the total is {total}, the rows above add up to {sum}"),
                    total=exact_text(total),
                    sum=exact_text(summed),
                )

    def _cell(self, column: Column, row: Row) -> Cell:
        header, factor = self._columns[column.name]
        try:
            value = read_value(column, row.get(header, ""), factor)
        except Problem as problem:
            self._report(column, problem.message, **problem.values)
            return None
        if value is None and column.required:
            self._report(column, N_("is empty"))
        return value

    def _check_id(self, school_id: str, number: int) -> None:
        if school_id and not SCHOOL_ID.fullmatch(school_id):
            self._report(
                HEAD_COLUMNS[0],
                N_("expected 1 to 40 letters A-Z, digits, _ and - (not in front), got {got!r}"),
                got=school_id,
            )
        first = self._seen.setdefault(school_id, number)
        if school_id and first != number:
            self._report(HEAD_COLUMNS[0], N_("{id!r} stands in row {first} already"),
                         id=school_id, first=first)  # fmt: skip

    def _check_sections(self, school: School, all_pupils: Cell) -> None:
        pupils = sum(school.pupils.values())
        if not pupils:
            self._add(N_("the school has no pupils"))
        if isinstance(all_pupils, Fraction) and all_pupils != pupils:
            self._report(
                ALL_PUPILS,
                N_("the school has {all} pupils, its sections together {sections}"),
                all=exact_text(all_pupils),
                sections=pupils,
            )
        for section in SECTIONS:
            if school.pupils[section] and section not in SECTIONS_OF_KIND[school.kind]:
                self._report(
                    self._layout.column(f"{section}_pupils"),
                    N_("a school of kind {kind} has no such section, got {got} pupils"),
                    kind=school.kind,
                    got=school.pupils[section],
                )
        for section in COMPULSORY:
            if not school.pupils[section]:
                self._check_no_teachers(school, section)

    def _check_no_teachers(self, school: School, section: str) -> None:
        for name in self._layout.own:
            if school.teachers[section][name]:
                column = self._layout.column(f"{section}_{name}")
                self._report(column, N_("teachers in a section without pupils"))

    def _check_amounts(self, school: School) -> None:
        if school.kind in NOT_ASSESSED:
            return
        blank = [name for name in self._layout.shared if school.shared[name] is None]
        for section in COMPULSORY:
            if school.pupils[section]:
                given = school.teachers[section]
                blank += [f"{section}_{name}" for name in self._layout.own if given[name] is None]
        for name in blank:
            column = self._layout.column(name)
            self._report(column, N_("is empty; write 0 where there is none"))

    def _report(self, column: Column, message: str, **values: object) -> None:
        self._add(message, column=column, **values)

    def _add(self, message: str, column: Column | None = None, **values: object) -> None:
        header = column.header_zh if column else ""
        self.problems.append(RowProblem(message, (self._where, self._number, header), **values))


def _school(cells: Mapping[str, Cell], layout: SchoolLayout) -> School:
    return School(
        school_id=_word(cells["school_id"]),
        name=_word(cells["name"]),
        township=_word(cells["township"]),
        kind=_word(cells["kind"]),
        ownership=_word(cells["ownership"]),
        pupils={section: _whole(cells[f"{section}_pupils"]) for section in SECTIONS},
        teachers={
            section: {name: _number(cells[f"{section}_{name}"]) for name in layout.own}
            for section in COMPULSORY
        },
        shared={name: _number(cells[name]) for name in layout.shared},
        more={name: cells[name] for name in layout.more if name in cells},
    )


def _word(cell: Cell) -> str:
    return cell if isinstance(cell, str) else ""


def _whole(cell: Cell) -> int:
    return cell.numerator if isinstance(cell, Fraction) else 0


def _number(cell: Cell) -> Fraction | None:
    return cell if isinstance(cell, Fraction) else None
