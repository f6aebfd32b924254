"""学校表: the table an engine reads as columns, rows and schools; every error told at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sampling.problems import N_, Problem, Problems
from scoring.figures import exact_text, read_cell

KINDS = {
    "primary": "小学",
    "junior": "初中",
    "nine_year": "九年一贯制",
    "complete_secondary": "完全中学",
    "twelve_year": "十二年一贯制",
    "point": "教学点",
    "special": "特殊教育学校",
    "vocational": "职业学校",
}
"""办学类型 by code."""

SECTIONS_OF_KIND = {
    "primary": ("primary",),
    "junior": ("junior",),
    "nine_year": ("primary", "junior"),
    "complete_secondary": ("junior", "senior"),
    "twelve_year": ("primary", "junior", "senior"),
    "point": ("primary",),
    "special": ("primary", "junior", "senior"),
    "vocational": ("junior", "senior"),
}
"""The sections a kind of school can have pupils in."""

OWNERSHIPS = {"public": "公办", "private": "民办"}
"""办别 by code."""

COMPULSORY = ("primary", "junior")
SECTIONS = ("primary", "junior", "senior")
TEACHERS = ("degree_teachers", "backbone_teachers", "pe_art_teachers")
SHARED = ("rooms_m2", "grounds_m2", "equipment_yuan", "multimedia_rooms")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the school table: code name, header in both languages, unit and kind.

    `kind` is text, choice, count (whole) or amount (any decimal from 0 up).
    """

    name: str
    header_zh: str
    header_en: str
    unit: str
    kind: str
    options: Mapping[str, str] | None = None


def _section_columns(section: str, zh: str, en: str) -> tuple[Column, ...]:
    return (
        Column(f"{section}_degree_teachers", f"{zh}高于规定学历教师数",
               f"{en}: teachers above the required degree", "人", "amount"),
        Column(f"{section}_backbone_teachers", f"{zh}县级以上骨干教师数",
               f"{en}: backbone teachers", "人", "amount"),
        Column(f"{section}_pe_art_teachers", f"{zh}体育艺术专任教师数",
               f"{en}: full-time PE and art teachers", "人", "amount"),
    )  # fmt: skip


SCHOOL_COLUMNS = (
    Column("school_id", "学校标识码", "School code", "", "text"),
    Column("name", "学校名称", "Name of school", "", "text"),
    Column("township", "乡镇", "Township", "", "text"),
    Column("kind", "办学类型", "Kind of school", "", "choice", KINDS),
    Column("ownership", "办别", "Ownership", "", "choice", OWNERSHIPS),
    Column("primary_pupils", "小学学生数", "Pupils, primary", "人", "count"),
    Column("junior_pupils", "初中学生数", "Pupils, junior", "人", "count"),
    Column("senior_pupils", "高中学生数", "Pupils, senior", "人", "count"),
    *_section_columns("primary", "小学", "Primary"),
    *_section_columns("junior", "初中", "Junior"),
    Column("rooms_m2", "教学及辅助用房面积", "Teaching and auxiliary rooms", "平方米", "amount"),
    Column("grounds_m2", "体育运动场馆面积", "Sports grounds and halls", "平方米", "amount"),
    Column("equipment_yuan", "教学仪器设备值", "Value of teaching equipment", "元", "amount"),
    Column(
        "multimedia_rooms", "网络多媒体教室数", "Networked multimedia classrooms", "间", "amount"
    ),
)
"""The school table, in the order of the template."""


@dataclass(frozen=True, slots=True)
class School:
    """A school as the table has it.

    `pupils` by section (primary, junior, senior); `teachers` by section and amount; `shared` by
    amount, for the whole school. An amount that nobody gave is None: it is not measured.
    """

    school_id: str
    name: str
    township: str
    kind: str
    ownership: str
    pupils: Mapping[str, int]
    teachers: Mapping[str, Mapping[str, Fraction | None]]
    shared: Mapping[str, Fraction | None]


Row = Mapping[str, str]
Cells = dict[str, "str | int | Fraction | None"]

NOT_ASSESSED = ("special", "vocational", "point")
"""Kinds that may leave amounts blank: mostly the indicators do not look at them."""

LONGEST_FIGURE = 30
"""Characters of an exact figure; whatever is longer is a slip, not a measurement."""

SCHOOL_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,39}")
"""A school's id stands in addresses and records as it is; a leading - could be a formula."""

REQUIRED = ("school_id", "name", "kind", "ownership")


def parse_schools(rows: Sequence[tuple[int, Row]], where: str) -> list[School]:
    """Return the schools of a table, in its order.

    Parameters
    ----------
    rows
        Pairs of the row's number in the file and its cells by header, all as text. A header is
        the Chinese one (a unit in brackets after it is allowed) or the code name.
    where
        The file's name, for messages.

    Raises
    ------
    Problems
        Everything that is wrong, each with row and column; no school is taken then. Checked:
        missing, unknown and doubled columns, empty and doubled ids, unknown kinds, text in a
        number, negative numbers, ids that could not stand in an address, a school without pupils,
        pupils in a section that the kind does not have, a section's blank teachers, blank shared
        totals.
    """
    if not rows:
        raise Problems([Problem(N_("the table has no row"), where=where)])
    columns = _columns(rows[0][1], where)
    reader = _Reader(where)
    schools = [reader.school(number, row, columns) for number, row in rows]
    if reader.problems:
        raise Problems(reader.problems)
    return [school for school in schools if school is not None]


def school_row(school: School) -> dict[str, str]:
    """Return a school as the text of its row, by code name: exact, and parsed back unchanged."""
    numbers: dict[str, int | Fraction | None] = {
        **{f"{section}_pupils": school.pupils[section] for section in SECTIONS},
        **{f"{s}_{name}": school.teachers[s][name] for s in COMPULSORY for name in TEACHERS},
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
    }


def _columns(row: Row, where: str) -> dict[str, str]:
    """Return the file's header for each column name."""
    known = {_plain(header): c.name for c in SCHOOL_COLUMNS for header in (c.name, c.header_zh)}
    found: dict[str, str] = {}
    problems = []
    for header in row:
        name = known.get(_plain(header)) or known.get(_plain(header).partition("(")[0].strip())
        if name is None or name in found:
            text = (
                N_("unknown column {column!r}") if name is None else N_("column {column!r} twice")
            )
            problems.append(Problem(text, where=where, column=header))
        else:
            found[name] = header
    problems += [
        Problem(N_("column {zh} ({name}) is missing"), where=where, zh=c.header_zh, name=c.name)
        for c in SCHOOL_COLUMNS
        if c.name not in found
    ]
    if problems:
        raise Problems(problems)
    return found


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


class _Reader:
    """Reads rows one by one and keeps what is wrong with them."""

    def __init__(self, where: str) -> None:
        self.problems: list[Problem] = []
        self._where = where
        self._seen: dict[str, int] = {}
        self._place = where

    def school(self, number: int, row: Row, columns: Mapping[str, str]) -> School | None:
        before = len(self.problems)
        self._place = f"{self._where} · {number}"
        cells: Cells = {c.name: self._cell(c, row.get(columns[c.name], "")) for c in SCHOOL_COLUMNS}
        self._check_id(str(cells["school_id"]), number)
        if len(self.problems) > before:
            return None
        school = _school(cells)
        self._check_sections(school)
        self._check_amounts(school)
        return school if len(self.problems) == before else None

    def _cell(self, column: Column, text: str) -> str | int | Fraction | None:
        plain = _plain(text)
        if not plain:
            return self._blank(column)
        readers: Mapping[str, Callable[[Column, str], str | int | Fraction | None]] = {
            "text": lambda _, text: unicodedata.normalize("NFC", text),
            "choice": self._choice,
            "count": self._count,
            "amount": self._amount,
        }
        return readers[column.kind](column, text.strip())

    def _blank(self, column: Column) -> str | int | None:
        if column.name in REQUIRED:
            self._report(column, N_("is empty"))
        if column.kind == "count":
            return 0
        return None if column.kind == "amount" else ""

    def _choice(self, column: Column, text: str) -> str:
        options = column.options or {}
        for code, chinese in options.items():
            if _plain(text) in (code, chinese):
                return code
        expected = ", ".join(f"{chinese} ({code})" for code, chinese in options.items())
        self._report(column, N_("expected one of {expected}, got {got!r}"),
                     expected=expected, got=text)  # fmt: skip
        return ""

    def _count(self, column: Column, text: str) -> int:
        value = self._amount(column, text)
        if value.denominator != 1:
            self._report(column, N_("expected a whole number, got {got!r}"), got=text)
        return value.numerator

    def _amount(self, column: Column, text: str) -> Fraction:
        try:
            value = read_cell(text)
        except Problem:
            self._report(column, N_("expected a number, got {got!r}"), got=text)
            return Fraction()
        if value < 0 or len(exact_text(value)) > LONGEST_FIGURE:
            self._report(column, N_("expected a number from 0 up, got {got!r}"), got=text)
        return value

    def _check_id(self, school_id: str, number: int) -> None:
        if school_id and not SCHOOL_ID.fullmatch(school_id):
            self._report(
                SCHOOL_COLUMNS[0],
                N_("expected 1 to 40 letters A-Z, digits, _ and - (not in front), got {got!r}"),
                got=school_id,
            )
        first = self._seen.setdefault(school_id, number)
        if school_id and first != number:
            self._report(SCHOOL_COLUMNS[0], N_("{id!r} stands in row {first} already"),
                         id=school_id, first=first)  # fmt: skip

    def _check_sections(self, school: School) -> None:
        if not any(school.pupils.values()):
            self._add(N_("the school has no pupils"))
        for section in SECTIONS:
            if school.pupils[section] and section not in SECTIONS_OF_KIND[school.kind]:
                self._report(
                    _column(f"{section}_pupils"),
                    N_("a school of kind {kind} has no such section, got {got} pupils"),
                    kind=school.kind,
                    got=school.pupils[section],
                )
        for section in COMPULSORY:
            if not school.pupils[section]:
                self._check_no_teachers(school, section)

    def _check_no_teachers(self, school: School, section: str) -> None:
        for name in TEACHERS:
            if school.teachers[section][name]:
                self._report(
                    _column(f"{section}_{name}"), N_("teachers in a section without pupils")
                )

    def _check_amounts(self, school: School) -> None:
        if school.kind in NOT_ASSESSED:
            return
        blank = [name for name in SHARED if school.shared[name] is None]
        for section in COMPULSORY:
            if school.pupils[section]:
                given = school.teachers[section]
                blank += [f"{section}_{name}" for name in TEACHERS if given[name] is None]
        for name in blank:
            self._report(_column(name), N_("is empty; write 0 where there is none"))

    def _report(self, column: Column, message: str, **values: object) -> None:
        self._add(message, column=column, **values)

    def _add(self, message: str, column: Column | None = None, **values: object) -> None:
        where = f"{self._place} · {column.header_zh}" if column else self._place
        self.problems.append(Problem(message, where=where, **values))


def _column(name: str) -> Column:
    return next(column for column in SCHOOL_COLUMNS if column.name == name)


def _school(cells: Cells) -> School:
    return School(
        school_id=str(cells["school_id"]),
        name=str(cells["name"]),
        township=str(cells["township"]),
        kind=str(cells["kind"]),
        ownership=str(cells["ownership"]),
        pupils={section: _whole(cells[f"{section}_pupils"]) for section in SECTIONS},
        teachers={
            section: {name: _number(cells[f"{section}_{name}"]) for name in TEACHERS}
            for section in COMPULSORY
        },
        shared={name: _number(cells[name]) for name in SHARED},
    )


def _whole(cell: str | int | Fraction | None) -> int:
    return cell if isinstance(cell, int) else 0


def _number(cell: str | int | Fraction | None) -> Fraction | None:
    return cell if isinstance(cell, Fraction) else None
