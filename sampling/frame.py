"""The frame (抽样框): everybody who may be asked, one line each, with a digest anybody can redo."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from sampling.problems import N_, Problem, Problems
from sampling.survey_rules import SurveyRules

COLUMNS = ("id", "category", "township", "area", "grade_band", "school")
AXES = ("area", "grade_band")
MAX_PROBLEMS = 50
FIRST_PLACES = 5
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


class Unit(NamedTuple):
    """One person of the frame under a pseudonym; six texts, "" where a value does not apply."""

    id: str
    category: str
    township: str
    area: str
    grade_band: str
    school: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The units sorted by id (by code point), split by eligibility, with their digest.

    `digest` covers all units, the ineligible ones too. Make one with `make_frame` or `read_frame`.
    """

    units: tuple[Unit, ...]
    eligible: tuple[Unit, ...]
    ineligible: tuple[Unit, ...]
    digest: str

    def count_eligible(self) -> Counter[str]:
        """Return the number of eligible units by category."""
        return Counter(unit.category for unit in self.eligible)

    def count_ineligible(self) -> Counter[tuple[str, str]]:
        """Return the number of ineligible units by category and the band that shuts them out."""
        return Counter((unit.category, unit.grade_band) for unit in self.ineligible)


def frame_digest(units: Iterable[Unit]) -> str:
    """Return the lower-case hex SHA-256 of the units, in any order (64 characters).

    Hashed is one line a unit, sorted by id by code point: the compact JSON array of its six
    values, not escaped beyond what JSON needs, and a newline.

    >>> frame_digest([])
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    hashed = hashlib.sha256()
    for unit in sorted(units):
        hashed.update(encode_unit(unit))
    return hashed.hexdigest()


def encode_unit(unit: Sequence[str]) -> bytes:
    """Return the line of a unit that goes into the digest.

    >>> encode_unit(("u1", "parent", "庆远镇", "town", "1-2", "")).decode()
    '["u1","parent","庆远镇","town","1-2",""]\\n'
    """
    return f"[{_ENCODE(unit[0])},{_encode_place(tuple(unit[1:]))}\n".encode()


@lru_cache(maxsize=65536)
def _encode_place(place: tuple[str, ...]) -> str:
    """Return the end of a unit's line: a place has many people."""
    return _ENCODE(list(place))[1:]


def make_frame(units: Iterable[Sequence[str]], rules: SurveyRules) -> Frame:
    """Return the frame of `units`, six texts each in the order of `COLUMNS`.

    Values are trimmed and NFC-normalised. Raises `Problems` with all that is wrong (at most
    `MAX_PROBLEMS`), each with the position of its unit, counted from 1.
    """
    rows = [_normalize(unit) for unit in units]
    return _build_frame(rows, lambda index: f"unit {index + 1}", rules)


def read_frame(path: Path, rules: SurveyRules) -> Frame:
    """Read a frame from a CSV file in UTF-8 (a byte order mark is fine).

    The header names the six `COLUMNS` in any order; blank lines are passed over. Raises `Problem`
    when the file cannot be read as such a table, `Problems` with file and line for what is wrong
    in its rows; nothing is taken from a file with problems.
    """
    records = list(_read_records(path))
    if not records:
        raise Problem(
            N_("is empty, expected a header line and one line per person"), where=path.name
        )
    order = find_columns(records[0][1], path.name)
    body = [(line, values) for line, values in records[1:] if any(map(str.strip, values))]
    check_widths(body, len(order), path.name)
    rows = [_normalize([values[index] for index in order]) for _, values in body]
    return _build_frame(rows, lambda index: f"{path.name} line {body[index][0]}", rules)


def write_frame(frame: Frame, path: Path) -> None:
    """Write `frame` as CSV: UTF-8, sorted by id, one newline a line, the same bytes every time."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(frame.units)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def _build_frame(rows: list[Unit], place: Callable[[int], str], rules: SurveyRules) -> Frame:
    problems = collect_problems(_find_problems(rows, place, rules))
    if problems:
        raise Problems(problems)
    units = tuple(sorted(rows))
    eligible = tuple(unit for unit in units if rules.is_eligible(unit.category, unit.grade_band))
    ineligible = tuple(
        unit for unit in units if not rules.is_eligible(unit.category, unit.grade_band)
    )
    return Frame(units, eligible, ineligible, frame_digest(units))


def normalize_value(value: str) -> str:
    """Return `value` trimmed and in Unicode NFC."""
    trimmed = value.strip()
    # Most values are ASCII, where NFC changes nothing; asking first halves the time of a big frame.
    return trimmed if trimmed.isascii() else unicodedata.normalize("NFC", trimmed)


def _normalize(values: Sequence[str]) -> Unit:
    return Unit(*map(normalize_value, values))


def _read_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(_read_text(path), newline=""), strict=True)
    line = 1
    try:
        for values in reader:
            if values:
                yield line, values
            line = reader.line_num + 1
    except csv.Error as error:
        raise Problem(
            N_("is not a well-formed CSV line: {reason}"),
            where=f"{path.name} line {line}",
            reason=error,
        ) from error


def _read_text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error
    return decode_text(content, path.name)


def decode_text(content: bytes, name: str, first_line: int = 1) -> str:
    """Return the text of a CSV file, or of a part of it that begins with line `first_line`.

    Raises `Problem` with the line where `content` is not UTF-8, and when it is a workbook.
    """
    if content.startswith(b"PK\x03\x04"):
        raise Problem(
            N_("is a workbook, not CSV; save the sheet as 'CSV UTF-8' and use that file"),
            where=name,
        )
    try:
        return content.decode("utf-8-sig" if first_line == 1 else "utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + first_line
        raise Problem(
            N_(
                "is not UTF-8 text (probably GBK); save it as 'CSV UTF-8' in the spreadsheet "
                "or convert it with iconv -f GB18030 -t UTF-8"
            ),
            where=f"{name} line {line}",
        ) from error


def find_columns(header: Sequence[str], name: str) -> list[int]:
    """Return where each of `COLUMNS` stands in `header`, which must hold these and no others."""
    found = [value.strip() for value in header]
    faults = [
        (N_("unknown columns {columns}"), [column for column in found if column not in COLUMNS]),
        (N_("missing columns {columns}"), [column for column in COLUMNS if column not in found]),
        (
            N_("columns named twice: {columns}"),
            [column for column in COLUMNS if found.count(column) > 1],
        ),
    ]
    problems = [
        Problem(message, where=f"{name} line 1", columns=", ".join(map(repr, columns[:10])))
        for message, columns in faults
        if columns
    ]
    if problems:
        raise Problems(problems)
    return [found.index(column) for column in COLUMNS]


def check_widths(body: Sequence[tuple[int, list[str]]], width: int, name: str) -> None:
    """Raise `Problems` with the lines of `body` that do not hold `width` values."""
    problems = collect_problems(
        Problem(
            N_("expected {expected} values, got {got}"),
            where=f"{name} line {line}",
            expected=width,
            got=len(values),
        )
        for line, values in body
        if len(values) != width
    )
    if problems:
        raise Problems(problems)


def collect_problems(found: Iterable[Problem]) -> list[Problem]:
    """Return what was found, cut off after `MAX_PROBLEMS` with a word that there is more."""
    problems = []
    for number, problem in enumerate(found):
        if number == MAX_PROBLEMS:
            problems.append(
                Problem(
                    N_("there are more problems; only the first {shown} are shown"), shown=number
                )
            )
            break
        problems.append(problem)
    return problems


def _find_problems(
    rows: Sequence[Unit], place: Callable[[int], str], rules: SurveyRules
) -> Iterator[Problem]:
    if not rows:
        yield Problem(N_("the frame holds nobody"))
    first_places: dict[str, int] = {}
    for index, unit in enumerate(rows):
        for problem in find_value_problems(unit, rules):
            problem.where = place(index)
            yield problem
        first = first_places.setdefault(unit.id, index)
        if unit.id and first != index:
            yield Problem(
                N_("the id {id!r} stands twice, first at {first}"),
                where=place(index),
                id=unit.id,
                first=place(first),
            )
    yield from _find_half_filled_axes(rows, place, rules)


def find_value_problems(unit: Unit, rules: SurveyRules) -> Iterator[Problem]:
    """Yield what is wrong with the values of `unit`, without a place."""
    if not unit.id:
        yield Problem(N_("the id is empty"))
    for column, value in zip(COLUMNS, unit, strict=True):
        if _CONTROL.search(value):
            yield Problem(
                N_("{column} holds a line break or another control character: {value!r}"),
                column=column,
                value=value,
            )
    closed = (
        ("category", unit.category, rules.categories),
        ("area", unit.area, ("", *rules.areas)),
        ("grade_band", unit.grade_band, ("", *rules.grade_bands)),
    )
    for column, value, choices in closed:
        if value not in choices:
            yield Problem(
                N_("{column}: expected one of {expected}, got {value!r}"),
                column=column,
                expected=" ".join(filter(None, choices)),
                value=value,
            )


def _find_half_filled_axes(
    rows: Sequence[Unit], place: Callable[[int], str], rules: SurveyRules
) -> Iterator[Problem]:
    filled: Counter[tuple[str, str]] = Counter()
    blank: dict[tuple[str, str], list[int]] = {}
    for index, unit in enumerate(rows):
        for axis, value in (("area", unit.area), ("grade_band", unit.grade_band)):
            if value:
                filled[unit.category, axis] += 1
            else:
                blank.setdefault((unit.category, axis), []).append(index)
    for (category, axis), indexes in blank.items():
        if filled[category, axis] and category in rules.categories:
            yield Problem(
                N_("{category}: {blank} units lack {column} and {filled} have it, at {places}"),
                category=category,
                column=axis,
                blank=len(indexes),
                filled=filled[category, axis],
                places="; ".join(map(place, indexes[:FIRST_PLACES])),
            )
