"""A roster (名册) as it is uploaded: its columns, its rows, who of it stands on two lists.

Nothing here touches the database: a table goes in, people or all faults come out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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

NAMES = tuple(column.name for column in COLUMNS)
SIGNS = frozenset("=+@-\t\r")  # whatever begins with none of them is no formula
SHORT = min(LONGEST.values())  # a text that no column finds too long
ROW_BITS = 32

Cells = Sequence[str]  # values in the order of `COLUMNS`


class RosterRow(NamedTuple):
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


class Listed(NamedTuple):
    """Somebody who may stand on two lists; `place` is the number of a row in all files."""

    id: str
    category: str
    person: str
    place: int


class Words(NamedTuple):
    """Category, area and grade in the words of the rules, and whether all three have one."""

    category: str
    area: str
    grade_band: str
    is_sound: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """What an upload holds: each person once, and what was done about those who stood twice.

    `people` can be gone through several times; it need not be held in memory.
    """

    encoding: str
    n_rows: int
    people: Iterable[RosterRow]
    mergers: tuple[Merger, ...]


def read_roster(table: Table, rules: SurveyRules) -> Roster:
    """Return the people of a roster; raise `Problems` with every fault of every row."""
    reading = Reading(rules)
    rows = [(row, [cells[name] for name in NAMES]) for row, cells in rename_columns(table, COLUMNS)]
    for row, cells in rows:
        reading.note(row, cells)
    faults = [fault for row, cells in rows for fault in reading.find_faults(row, cells)]
    if faults:
        raise Problems(faults)
    left_out, mergers = reading.merge()
    people = tuple(reading.read(rows, left_out))
    return Roster(table.encoding, len(rows), people, mergers)


class Reading:
    """Reads rows, of one file or of several; all are noted before the first is judged.

    `names` tells the name of a file by its id; a roster of one file needs none. Of a row is kept
    only what others must know of it.
    """

    def __init__(self, rules: SurveyRules, names: Mapping[str, str] | None = None) -> None:
        self._rules = rules
        self._names = names or {"": ""}
        self._bases = {file: index << ROW_BITS for index, file in enumerate(self._names)}
        self._first: dict[str, int] = {}
        self._filled: dict[str, Counter[str]] = {"area": Counter(), "grade": Counter()}
        self._listed: list[Listed] = []
        self._words: dict[tuple[str, str, str], Words] = {}

    def note(self, row: int, cells: Cells, file: str = "") -> None:
        """Keep of a row what others must know."""
        number, word, _, _, _, area, grade, _, _, person = cells
        place = self._bases[file] + row
        self._first.setdefault(number, place)
        category = CATEGORIES.get(word, word)
        if area:
            self._filled["area"][category] += 1
        if grade:
            self._filled["grade"][category] += 1
        if person and category in self._rules.categories:
            self._listed.append(Listed(number, category, person, place))

    def find_faults(
        self, row: int, cells: Cells, file: str = "", known: Sequence[Problem] = ()
    ) -> list[Problem]:
        """Return all that is wrong with a row; `known` is what was wrong with it before."""
        faults = list(known)
        number = cells[0]
        first = self._first[number]
        if number and first != self._bases[file] + row:
            faults.append(self._tell_repeated(row, number, first, file))
        words = self._find_words(cells)
        if not (words.is_sound and is_fit(cells)):
            faults.extend(find_row_faults(row, dict(zip(NAMES, cells, strict=True)), self._rules))
        if not (cells[5] and cells[6]):
            faults.extend(self._find_half_filled(row, cells, words.category))
        return faults

    def merge(self) -> tuple[frozenset[int], tuple[Merger, ...]]:
        """Return which rows are left out because the person stands in another one too."""
        people, mergers = merge_persons(self._listed, self._rules)
        left_out = {each.place for each in self._listed} - {each.place for each in people}
        return frozenset(left_out), tuple(mergers)

    def read(
        self, rows: Iterable[tuple[int, Cells]], left_out: frozenset[int], file: str = ""
    ) -> Iterator[RosterRow]:
        """Yield the people of rows without faults."""
        base = self._bases[file]
        for row, cells in rows:
            if base + row not in left_out:
                number, _, name, phone, township, _, _, school, class_name, person = cells
                category, area, band, _ = self._find_words(cells)
                place = (township, area, band, school)
                yield RosterRow(
                    row, number, category, name, phone, *place, class_name, person, file
                )

    def _find_words(self, cells: Cells) -> Words:
        """Return a row's words; those without fault are remembered, for they are few."""
        key = (cells[1], cells[5], cells[6])
        words = self._words.get(key)
        if words is None:
            words = find_words(*key, self._rules)
            if words.is_sound:
                self._words[key] = words
        return words

    def _tell_repeated(self, row: int, number: str, first: int, file: str) -> CellProblem:
        if first >> ROW_BITS == self._bases[file] >> ROW_BITS:
            message, name = N_("{got!r} stands in row {first} already"), ""
        else:
            message = N_("{got!r} stands in row {first} of {file} already")
            name = list(self._names.values())[first >> ROW_BITS]
        place = first & ((1 << ROW_BITS) - 1)
        return CellProblem(message, row, HEADERS["id"], got=number, first=place, file=name)

    def _find_half_filled(self, row: int, cells: Cells, category: str) -> Iterator[CellProblem]:
        """Yield a problem for a blank area or grade of a category in which other people have one.

        A category either uses an axis or does not: half a list could not be drawn in equal parts.
        """
        for column, value in (("area", cells[5]), ("grade", cells[6])):
            others = 0 if value else self._filled[column][category]
            if others and category in self._rules.categories:
                message = N_("is blank, but {others} of the category {category} have one")
                values = {"others": others, "category": CATEGORY_WORDS[category]}
                yield CellProblem(message, row, HEADERS[column], **values)


def find_words(category: str, area: str, grade: str, rules: SurveyRules) -> Words:
    """Return category, area and grade in the words of the rules."""
    category, area = find_word(category, CATEGORIES), find_word(area, AREAS)
    number = read_grade(grade)
    is_sound = category in rules.categories and area in ("", *rules.areas) and number is not None
    return Words(category, area, find_band(number or 0, rules), is_sound)


def is_fit(cells: Cells) -> bool:
    """Say whether a look is enough to find nothing wrong with a row's other values."""
    number, _, _, phone, township, _, _, school, _, _ = cells
    return bool(
        number
        and (not phone or DIGIT.search(phone))
        and max(map(len, cells)) <= SHORT
        and SIGNS.isdisjoint((number[0], township[:1], school[:1]))
    )


def find_row_faults(row: int, cells: Mapping[str, str], rules: SurveyRules) -> list[Problem]:
    """Return all that is wrong with the values of a row by themselves."""
    faults: list[Problem] = []

    def tell(column: str, message: str, **values: object) -> None:
        faults.append(CellProblem(message, row, HEADERS[column], **values))

    if not cells["id"]:
        tell("id", N_("the number is empty"))
    if find_word(cells["category"], CATEGORIES) not in rules.categories:
        tell(
            "category",
            N_("expected one of {expected}, got {got!r}"),
            expected=" ".join(CATEGORIES),
            got=cells["category"],
        )
    if cells["phone"] and not DIGIT.search(cells["phone"]):
        tell("phone", N_("holds no number; leave the cell blank if there is none"))
    if cells["area"] and find_word(cells["area"], AREAS) not in rules.areas:
        tell(
            "area",
            N_("expected one of {expected}, got {got!r}"),
            expected=" ".join(AREAS),
            got=cells["area"],
        )
    if read_grade(cells["grade"]) is None:
        tell("grade", N_("expected a grade from 1 to 9, got {got!r}"), got=cells["grade"])
    return [*faults, *find_unfit(row, cells)]


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
