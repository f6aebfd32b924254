"""A roster (名册) as it is uploaded: its columns, its rows, who of it stands on two lists.

Nothing here touches the database: a table goes in, people or all faults come out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sampling.persons import Merger, merge_persons
from sampling.problems import N_, Problem, Problems
from sampling.survey_rules import SurveyRules
from survey.tables import CellProblem, Column, Table, neutralise, rename_columns

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
CATEGORY_WORDS = {code: word for word, code in CATEGORIES.items()}
AREAS = {"城区": "urban", "镇区": "town", "乡村": "rural"}

GRADE = re.compile(r"(小学|初中)?([1-9一二三四五六七八九])(年级)?|初([一二三])")
DIGIT = re.compile(r"[0-9]")
CHINESE_DIGITS = "一二三四五六七八九"
JUNIOR_OFFSET = 6

Place = tuple[str, int]  # the id of a file and the number of a row


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
    file: str = ""


@dataclass(frozen=True, slots=True)
class Roster:
    """What an upload holds: each person once, and what was done about those who stood twice."""

    encoding: str
    n_rows: int
    people: tuple[RosterRow, ...]
    mergers: tuple[Merger, ...]


def read_roster(table: Table, rules: SurveyRules) -> Roster:
    """Return the people of a roster; raise `Problems` with every fault of every row."""
    reading = Reading(rules)
    for row, cells in rename_columns(table, COLUMNS):
        reading.take(row, cells)
    found = reading.find_faults()
    if found:
        raise Problems([fault for place in sorted(found) for fault in found[place]])
    return reading.close(table.encoding)


class Reading:
    """Takes rows one by one, of one file or of several, and keeps people and faults.

    `names` tells the name of a file by its id; a roster of one file needs none.
    """

    def __init__(self, rules: SurveyRules, names: Mapping[str, str] | None = None) -> None:
        self._rules = rules
        self._names = names or {}
        self._rows: list[RosterRow] = []
        self._first: dict[str, Place] = {}
        self._filled: Counter[tuple[str, str]] = Counter()
        self._faults: dict[Place, list[Problem]] = {}

    def take(
        self, row: int, cells: Mapping[str, str], file: str = "", known: Sequence[Problem] = ()
    ) -> None:
        """Read a row; `known` is what was wrong with it before."""
        faults = list(known)
        number, place = cells["id"], (file, row)
        first = self._first.setdefault(number, place) if number else place
        if first != place:
            faults.append(self._tell_repeated(row, number, first, file))
        read = read_row(row, cells, self._rules, faults, file)
        for column in ("area", "grade"):
            if cells[column]:
                self._filled[read.category, column] += 1
        if faults:
            self._faults[place] = faults
        self._rows.append(read)

    def find_faults(self) -> dict[Place, list[Problem]]:
        """Return the faults by file and row; call when all rows are taken."""
        for read in self._rows:
            for column, value in (("area", read.area), ("grade", read.grade_band)):
                others = 0 if value else self._filled[read.category, column]
                if others and read.category in self._rules.categories:
                    self._tell_half_filled(read, column, others)
        return self._faults

    def close(self, encoding: str) -> Roster:
        """Return the people, each once; only of rows without faults."""
        people, mergers = merge_persons(self._rows, self._rules)
        return Roster(encoding, len(self._rows), tuple(people), tuple(mergers))

    def _tell_repeated(self, row: int, number: str, first: Place, file: str) -> CellProblem:
        if first[0] == file:
            message = N_("{got!r} stands in row {first} already")
        else:
            message = N_("{got!r} stands in row {first} of {file} already")
        name = self._names.get(first[0], "")
        return CellProblem(message, row, HEADERS["id"], got=number, first=first[1], file=name)

    def _tell_half_filled(self, read: RosterRow, column: str, others: int) -> None:
        """Note a blank area or grade of a category in which other people have one.

        A category either uses an axis or does not: half a list could not be drawn in equal parts.
        """
        faults = self._faults.setdefault((read.file, read.row), [])
        if any(getattr(fault, "column", "") == HEADERS[column] for fault in faults):
            return  # not blank, but not readable
        message = N_("is blank, but {others} of the category {category} have one")
        category = CATEGORY_WORDS[read.category]
        values = {"others": others, "category": category}
        faults.append(CellProblem(message, read.row, HEADERS[column], **values))


def read_row(
    row: int,
    cells: Mapping[str, str],
    rules: SurveyRules,
    faults: list[Problem],
    file: str = "",
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
    if cells["phone"] and not DIGIT.search(cells["phone"]):
        tell("phone", N_("holds no number; leave the cell blank if there is none"))
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
    faults.extend(find_unfit(row, cells))
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
        file=file,
    )


def find_unfit(row: int, cells: Mapping[str, str]) -> Iterator[CellProblem]:
    """Yield a problem for each value that is too long, or would run in a spreadsheet."""
    for column, value in cells.items():
        longest = LONGEST.get(column, LONGEST_OTHER)
        if len(value) > longest:
            message = N_("is longer than {longest} characters")
            yield CellProblem(message, row, HEADERS[column], longest=longest)
    for column in KEPT_EXACT:
        if neutralise(cells[column]) != cells[column]:
            message = N_("begins with {sign}, which a spreadsheet takes for a formula")
            yield CellProblem(message, row, HEADERS[column], sign=cells[column][0])


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
