"""From files to a county (导入): schools and data, with all that is wrong told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from sampling.problems import N_, Problem, Problems
from scoring.county_checks import check_county, check_schools
from scoring.county_data import NOTHING, CountyData, NumberedData, parse_county
from scoring.county_sheets import SCHOOLS
from scoring.row_progress import Watch
from scoring.rule_set import RuleSet
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools
from survey.schools.corrected_rows import find_corrections, merge_corrections
from survey.schools.county_workbook import SheetTable, read_bytes, read_tables, tables_of
from survey.schools.faulty_rows import REASON, ROW
from survey.tables import clean


@dataclass(frozen=True, slots=True)
class County:
    """What the files hold: schools, the row of each in its file, and the county's data."""

    schools: list[School]
    rows: list[int]
    data: CountyData
    corrected: int = 0  # rows that files of corrected rows put in place


class FaultyFiles(Problems):
    """What is wrong with files that could be read as tables, which `tables` are, by file."""

    def __init__(
        self, problems: tuple[Problem, ...], tables: Mapping[str, Mapping[str, SheetTable]]
    ) -> None:
        super().__init__(problems)
        self.tables = tables
        self.merged_rows = 0  # how many corrected rows went into the tables


def read_county(
    schools_path: Path,
    county_path: Path | None,
    rule_set: RuleSet,
    *,
    corrected: Iterable[Path] = (),
    watch: Watch | None = None,
) -> County:
    """Return schools and data out of one file or two.

    The school table is the sheet 学校 of the first file, or its only table. The county's sheets
    are those of the second file, and of the first where it has any. `corrected` are files of
    faulty rows, mended: their rows are put in place of the ones that they came from, file after
    file. Raises `FaultyFiles` with everything that is wrong, `Problem` or `Problems` for a file
    that is no table at all.
    """
    first = read_tables(schools_path)
    tables: dict[str, Mapping[str, SheetTable]] = {schools_path.name: first}
    if county_path is not None and county_path != schools_path:
        tables[county_path.name] = second = read_tables(county_path)
        _check_once(first, second, county_path.name)
    count = 0
    for path in corrected:
        tables, used = _correct(tables, path)
        count += used
    county = _parse(tables, schools_path.name, rule_set, watch)
    return replace(county, corrected=count)


def _correct(
    tables: Mapping[str, Mapping[str, SheetTable]], path: Path
) -> tuple[dict[str, Mapping[str, SheetTable]], int]:
    """Return the tables with a file's corrected rows in place, and how many these are."""
    corrections = find_corrections(path.name, read_bytes(path))
    if corrections is None:
        raise Problem(
            N_("is no file of corrected rows: no sheet begins with the columns {columns}"),
            where=path.name,
            columns=f"{REASON}, {ROW}",
        )
    held = {code: sheet for sheets in tables.values() for code, sheet in sheets.items()}
    merged = merge_corrections(held, corrections)
    mended: dict[str, Mapping[str, SheetTable]] = {
        name: {code: merged.tables[code] for code in sheets} for name, sheets in tables.items()
    }
    return mended, merged.rows


def read_upload(filename: str, content: bytes, rule_set: RuleSet) -> tuple[str, County]:
    """Return an uploaded file's name, as a record keeps it, and what it holds.

    It is the school table alone, or a workbook with the county's sheets beside it. Raises what
    `read_county` does.
    """
    name = clean(PurePath(filename).name) or "?"
    return name, parse_tables(name, tables_of(name, content), rule_set)


def parse_tables(name: str, tables: Mapping[str, SheetTable], rule_set: RuleSet) -> County:
    """Return what the sheets of one file hold; `FaultyFiles` with everything that is wrong."""
    return _parse({name: tables}, name, rule_set)


def _parse(
    tables: Mapping[str, Mapping[str, SheetTable]],
    schools_file: str,
    rule_set: RuleSet,
    watch: Watch | None = None,
) -> County:
    """Parse all tables, the county's even where the schools are faulty, so that all is told."""
    if SCHOOLS not in tables[schools_file]:
        raise Problem(N_("the sheet 学校 with the schools is missing"), where=schools_file)
    problems: list[Problem] = []
    schools: list[School] = []
    parsed: list[tuple[str, NumberedData]] = []
    table = tables[schools_file][SCHOOLS]
    place = _place(schools_file, table)
    try:
        schools = parse_schools(table.table.rows, place, layout_of(rule_set), watch)
        check_schools(schools, place)
    except Problems as error:
        problems += error.problems
    for name, sheets in tables.items():
        rows = {code: one.table.rows for code, one in sheets.items() if code != SCHOOLS}
        try:
            parsed.append((name, parse_county(rows, rule_set, name, watch)))
        except Problems as error:
            problems += error.problems
    if not problems:
        problems += _contradictions(parsed, schools)
    if problems:
        raise FaultyFiles(tuple(problems), tables)
    # A row of totals comes last and is no school's.
    numbers = [number for number, _ in table.table.rows[: len(schools)]]
    return County(schools, numbers, _united(data for _, data in parsed))


def _contradictions(
    parsed: list[tuple[str, NumberedData]], schools: list[School]
) -> tuple[Problem, ...]:
    problems: list[Problem] = []
    for name, numbered in parsed:
        try:
            check_county(numbered, schools, name)
        except Problems as error:
            problems += error.problems
    return tuple(problems)


def _united(parsed: Iterable[NumberedData]) -> CountyData:
    data = NOTHING
    for numbered in parsed:
        one = numbered.data
        data = CountyData(
            {**data.figures, **one.figures},
            {**data.sources, **one.sources},
            {**data.tables, **one.tables},
            {**data.answers, **one.answers},
        )
    return data


def _check_once(
    first: Mapping[str, SheetTable], second: Mapping[str, SheetTable], where: str
) -> None:
    """Raise `Problem` for a sheet that both files have: which one would count?"""
    both = sorted(set(first) & set(second))
    if both:
        raise Problem(
            N_("the sheet {sheet!r} stands in both files; keep one"),
            where=where,
            sheet=second[both[0]].name,
        )


def _place(name: str, table: SheetTable) -> str:
    return f"{name} · {table.name}" if table.name else name
