"""A roster (名册) as it is uploaded: its columns, its rows, who of it stands on two lists.

Nothing here touches the database: a table goes in, people or all faults come out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sampling.persons import Merger, merge_persons
from sampling.problems import N_, Problem, Problems
from sampling.survey_rules import SurveyRules
from survey.tables import CellProblem, Column, Row, Table, neutralise, rename_columns

COLUMNS = (
    Column("id", "编号", required=True),
    Column("category", "类别", required=True),
    Column("name", "姓名"),
    Column("phone", "电话"),
    Column("township", "乡镇"),
    Column("area", "区域"),
    Column("grade", "年级"),
    Column("school", "学校"),
    Column("class", "班级"),
    Column("person", "人员标识"),
)
HEADERS = {column.name: column.header for column in COLUMNS}
LONGEST = {"township": 80, "school": 120}
LONGEST_OTHER = 200
# These leave the site as they are, in the frame that a draw is checked against: nothing may be put
# in front of them there to keep a spreadsheet from running them.
KEPT_EXACT = ("id", "township", "school")

CATEGORIES = {
    "家长": "parent",
    "教师": "teacher",
    "校长": "principal",
    "人大代表": "deputy",
    "政协委员": "cppcc",
    "学生": "student",
    "其他群众": "resident",
}
AREAS = {"城区": "urban", "镇区": "town", "乡村": "rural"}

GRADE = re.compile(r"(小学|初中)?([1-9一二三四五六七八九])(年级)?|初([一二三])")
CHINESE_DIGITS = "一二三四五六七八九"
JUNIOR_OFFSET = 6


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row without faults; `row` is its number in the file."""

    row: int
    id: str
    category: str
    name: str
    phone: str
    township: str
    area: str
    grade_band: str
    school: str
    class_name: str
    person: str


@dataclass(frozen=True, slots=True)
class Roster:
    """What an upload holds: each person once, and what was done about those who stood twice."""

    encoding: str
    n_rows: int
    people: tuple[RosterRow, ...]
    mergers: tuple[Merger, ...]


def read_roster(table: Table, rules: SurveyRules) -> Roster:
    """Return the people of a roster; raise `Problems` with every fault of every row."""
    rows = rename_columns(table, COLUMNS)
    faults: list[Problem] = [*find_repeated_ids(rows), *find_half_filled(rows, rules)]
    read = [read_row(row, cells, rules, faults) for row, cells in rows]
    if faults:
        raise Problems(sort_faults(faults))
    people, mergers = merge_persons(read, rules)
    return Roster(table.encoding, len(rows), tuple(people), tuple(mergers))


def read_row(
    row: int, cells: Mapping[str, str], rules: SurveyRules, faults: list[Problem]
) -> RosterRow:
    """Return a row's values in the words of the rules; what is wrong is added to `faults`."""

    def tell(column: str, message: str, **values: object) -> None:
        faults.append(CellProblem(message, row, HEADERS[column], **values))

    if not cells["id"]:
        tell("id", N_("the number is empty"))
    category = find_word(cells["category"], CATEGORIES)
    if category not in rules.categories:
        tell(
            "category",
            N_("expected one of {expected}, got {got!r}"),
            expected=" ".join(CATEGORIES),
            got=cells["category"],
        )
    area = find_word(cells["area"], AREAS)
    if area and area not in rules.areas:
        tell(
            "area",
            N_("expected one of {expected}, got {got!r}"),
            expected=" ".join(AREAS),
            got=area,
        )
    grade = read_grade(cells["grade"])
    if grade is None:
        tell("grade", N_("expected a grade from 1 to 9, got {got!r}"), got=cells["grade"])
    for column, value in cells.items():
        longest = LONGEST.get(column, LONGEST_OTHER)
        if len(value) > longest:
            tell(column, N_("is longer than {longest} characters"), longest=longest)
    for column in KEPT_EXACT:
        if neutralise(cells[column]) != cells[column]:
            tell(
                column,
                N_("begins with {sign}, which a spreadsheet takes for a formula"),
                sign=cells[column][0],
            )
    return RosterRow(
        row=row,
        id=cells["id"],
        category=category,
        name=cells["name"],
        phone=cells["phone"],
        township=cells["township"],
        area=area,
        grade_band=find_band(grade or 0, rules),
        school=cells["school"],
        class_name=cells["class"],
        person=cells["person"],
    )


def find_word(text: str, words: Mapping[str, str]) -> str:
    """Return the code of a Chinese word; what is no such word comes back as it is."""
    return words.get(text, text)


def read_grade(text: str) -> int | None:
    """Return a grade 1 to 9, 0 for none given, None for what is not one.

    >>> [read_grade(t) for t in ("3", "三年级", "小学三年级", "初二", "初中2年级", "", "高一")]
    [3, 3, 3, 8, 8, 0, None]
    """
    if not text:
        return 0
    found = GRADE.fullmatch(text)
    if not found:
        return None
    stage, digit, _, junior = found.groups()
    number = read_digit(digit or junior)
    grade = number + JUNIOR_OFFSET if junior or (stage == "初中" and number <= 3) else number
    return grade if stage != "小学" or grade <= JUNIOR_OFFSET else None


def read_digit(digit: str) -> int:
    """Return the value of 1 to 9 or 一 to 九."""
    return CHINESE_DIGITS.index(digit) + 1 if digit in CHINESE_DIGITS else int(digit)


def find_band(grade: int, rules: SurveyRules) -> str:
    """Return the grade band a grade lies in; "" for no grade."""
    for band in rules.grade_bands:
        first, _, last = band.partition("-")
        if int(first) <= grade <= int(last or first):
            return band
    return ""


def find_repeated_ids(rows: Sequence[Row]) -> Iterator[CellProblem]:
    """Yield each row whose number stands in an earlier row already."""
    first: dict[str, int] = {}
    for row, cells in rows:
        number = cells["id"]
        if number and first.setdefault(number, row) != row:
            yield CellProblem(
                N_("{got!r} stands in row {first} already"),
                row,
                HEADERS["id"],
                got=number,
                first=first[number],
            )


def find_half_filled(rows: Sequence[Row], rules: SurveyRules) -> Iterator[CellProblem]:
    """Yield each blank area or grade of a category in which other people have one.

    A category either uses an axis or does not: half a list could not be drawn in equal parts.
    """
    filled = Counter(
        (find_word(cells["category"], CATEGORIES), column)
        for _, cells in rows
        for column in ("area", "grade")
        if cells[column]
    )
    for row, cells in rows:
        category = find_word(cells["category"], CATEGORIES)
        for column in ("area", "grade"):
            others = filled[category, column]
            if not cells[column] and others and category in rules.categories:
                yield CellProblem(
                    N_("is blank, but {others} of the category {category} have one"),
                    row,
                    HEADERS[column],
                    others=others,
                    category=cells["category"],
                )


def sort_faults(faults: Iterable[Problem]) -> list[Problem]:
    """Return the faults in the order of the rows."""
    return sorted(faults, key=lambda fault: getattr(fault, "row", 0))
