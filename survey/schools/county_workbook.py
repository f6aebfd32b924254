"""A county's tables as files (县级工作簿): a workbook of several sheets, or a folder of .csv files.

Every sheet is looked through before it is read, as `survey.workbook` does. What people do to forms
is undone here: a title above the headers, an example row, texts merged over several rows. A number
merged over rows is refused, for nobody can say what belongs to each.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath

from python_calamine import CalamineSheet, CalamineWorkbook

from sampling.problems import N_, Problem, Problems
from scoring.county_sheets import SCHOOLS, TITLES
from survey.tables import Row, Table, make_table, read_table
from survey.workbook import (
    DAMAGE,
    LINKS,
    WORKBOOK,
    Parts,
    Value,
    check_archive,
    check_sheet,
    copy_common_parts,
    copy_sheet,
    tell_unreadable,
)

EXAMPLE = "示例"
"""What the first cell of an example row begins with."""

NOTES = ("说明", "Notes")
"""Sheets that are only for reading."""

RESULTS = ("来源", "结果")
"""Sheets of an outside system's results (`survey.schools.outside_workbook`)."""

Lines = list[list[Value]]
Area = tuple[tuple[int, int], tuple[int, int]]
"""Row and column, from 0, of the first and the last of merged cells."""


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A sheet as a table: its name in the file, and its rows by header."""

    name: str
    table: Table


def read_tables(path: Path) -> dict[str, SheetTable]:
    """Return the sheets of a workbook, or the .csv files of a folder, by the code of the sheet.

    Sheets without a row are left out: their table was not handed in. A single .csv, or a workbook
    in which no sheet has a name known here, is the school table. Raises `Problem` or `Problems`
    for files that cannot be read and for sheets that nobody knows.
    """
    return _read_folder(path) if path.is_dir() else tables_of(path.name, read_bytes(path))


def tables_of(name: str, content: bytes) -> dict[str, SheetTable]:
    """Return the sheets of a workbook or a single .csv out of its bytes, as `read_tables` does."""
    if not content or PurePath(name).suffix.lower() != ".xlsx":
        table = read_table(name, content)
        return {SCHOOLS: SheetTable("", _without_examples(table))}
    return _named(name, read_sheets(name, content))


def read_sheets(name: str, content: bytes) -> dict[str, tuple[Lines, Sequence[Area]]]:
    """Return the lines of every sheet of a workbook that holds more than headers.

    Raises `Problem` or `Problems` for what is not safe or not readable.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(name, archive)
            checked, sheets = _copy(name, archive)
    except (Problem, Problems):
        raise
    except DAMAGE as error:
        raise tell_unreadable(name) from error
    return _read_lines(name, checked, sheets)


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; `Problem` where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Problem(
            N_("cannot be read: {reason}"), where=str(path), reason=error.strerror or error
        ) from error


def _copy(name: str, archive: zipfile.ZipFile) -> tuple[io.BytesIO, list[str]]:
    """Return a looked-through copy of a workbook, and the names of its sheets."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        parts = copy_common_parts(archive, copy)
        sheets = _index(parts)
        for sheet, path in sheets.items():
            check_sheet(f"{name} · {sheet}", copy_sheet(parts, path))
    buffer.seek(0)
    return buffer, list(sheets)


def _index(parts: Parts) -> dict[str, str]:
    """Copy the lists of the sheets and of the parts; return the path of each sheet by its name."""
    sheets: list[dict[str, str]] = []
    links: list[dict[str, str]] = []
    parts.copy(WORKBOOK, {"sheet": sheets.append})
    parts.copy(LINKS, {"Relationship": links.append})
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    found = {}
    for sheet in sheets:
        wanted = next((value for key, value in sheet.items() if key.endswith(":id")), "")
        found[sheet["name"]] = str(PurePosixPath("/xl") / targets[wanted]).lstrip("/")
    return found


def _read_lines(
    name: str, checked: io.BytesIO, sheets: Iterable[str]
) -> dict[str, tuple[Lines, Sequence[Area]]]:
    found: dict[str, tuple[Lines, Sequence[Area]]] = {}
    try:
        workbook = CalamineWorkbook.from_filelike(checked)
        for sheet_name in sheets:
            sheet = workbook.get_sheet_by_name(sheet_name)
            lines: Lines = sheet.to_python(skip_empty_area=False)
            found[sheet_name] = lines, _merged(sheet)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic in there is no Exception
        raise tell_unreadable(name) from error
    return found


def _merged(sheet: CalamineSheet) -> list[Area]:
    return list(sheet.merged_cell_ranges or ())


def _read_folder(path: Path) -> dict[str, SheetTable]:
    tables = {}
    for file in sorted(path.glob("*.csv")):
        code = _code(file.stem)
        if code is None:
            raise _unknown(path.name, file.name)
        table = read_table(file.name, read_bytes(file))
        tables[code] = SheetTable(file.name, _without_examples(table))
    if not tables:
        raise Problem(N_("the folder holds no .csv file"), where=str(path))
    return tables


def _named(name: str, sheets: Mapping[str, tuple[Lines, Sequence[Area]]]) -> dict[str, SheetTable]:
    """Return the tables by code; the first sheet is the schools where no sheet has a name."""
    codes = {sheet: _code(sheet) for sheet in sheets if sheet not in (*NOTES, *RESULTS)}
    if not any(codes.values()) and codes:
        codes = {next(iter(codes)): SCHOOLS}
    unknown = [sheet for sheet, code in codes.items() if code is None]
    if unknown:
        raise _unknown(name, unknown[0])
    faults: list[Problem] = []
    tables = {}
    for sheet, code in codes.items():
        try:
            table = make_sheet(name, sheet, *sheets[sheet])
        except (Problem, Problems) as error:
            faults += _placed(error, f"{name} · {sheet}")
            continue
        if table is not None and code is not None:
            tables[code] = SheetTable(sheet, table)
    if faults:
        raise Problems(faults)
    return tables


def make_sheet(name: str, sheet: str, lines: Lines, merged: Sequence[Area]) -> Table | None:
    """Return a sheet as a table, None where it holds headers at most.

    Raises `Problem` or `Problems` for merged numbers, doubled headers and what no cell may hold.
    """
    place = f"{name} · {sheet}"
    _fill_merged(lines, merged)
    _drop_titles(lines)
    if sum(any(str(value).strip() for value in line) for line in lines) < 2:
        return None
    table = _without_examples(make_table(place, "xlsx", lines))
    return table if table.rows else None


def _fill_merged(lines: Lines, merged: Sequence[Area]) -> None:
    """Write a text merged over rows into each of them; raise `Problems` for merged numbers."""
    faults = []
    for area in merged:
        (top, left), (bottom, _) = area
        if bottom == top or top >= len(lines) or left >= len(lines[top]):
            continue
        value = lines[top][left]
        if isinstance(value, str) and not _is_number(value):
            for row in range(top, min(bottom + 1, len(lines))):
                lines[row][left] = value
        else:
            faults.append(
                Problem(
                    N_("a number is merged over rows {first} to {last}; give each row its own"),
                    first=top + 1,
                    last=bottom + 1,
                )
            )
    if faults:
        raise Problems(faults)


def _is_number(text: str) -> bool:
    return text.strip().replace(".", "", 1).isdigit()


def _drop_titles(lines: Lines) -> None:
    """Blank the lines above the headers that hold a single value, as titles of forms do."""
    for line in lines:
        filled = [value for value in line if str(value).strip()]
        if len(filled) > 1:
            return
        line[:] = [""] * len(line)


def _without_examples(table: Table) -> Table:
    rows = [row for row in table.rows if not _is_example(row)]
    return Table(table.filename, table.encoding, table.headers, rows)


def _is_example(row: Row) -> bool:
    return next(iter(row[1].values()), "").startswith(EXAMPLE)


def _code(name: str) -> str | None:
    """Return the code of a sheet by its code or title in either language."""
    words = {word.casefold(): code for code, title in TITLES.items()
             for word in (code, title.zh, title.en)}  # fmt: skip
    return words.get(name.strip().casefold())


def _unknown(name: str, sheet: str) -> Problem:
    return Problem(
        N_("unknown sheet {sheet!r}; known are: {known}"),
        where=name,
        sheet=sheet,
        known=", ".join(title.zh for title in TITLES.values()),
    )


def _placed(error: Problem | Problems, place: str) -> Iterator[Problem]:
    problems = error.problems if isinstance(error, Problems) else (error,)
    for problem in problems:
        here = problem.where
        where = here if here.startswith(place) else f"{place} · {here}".removesuffix(" · ")
        yield Problem(problem.message, where=where, **problem.values)
