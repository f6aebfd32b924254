"""Corrected rows taken back (更正): a file of faulty rows, mended, merged into what was held.

The file is the one that `survey.schools.faulty_rows` wrote: the reason and the row's number come
first. A row takes the place of the row with its number; one that was emptied but for the number is
taken out; one without a number is added at the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sampling.problems import N_, Problem, Problems
from scoring.county_sheets import SCHOOLS, TITLES
from survey.schools.county_workbook import SheetTable, make_sheet, read_sheets
from survey.schools.faulty_rows import LONGEST_NAME, REASON, ROW
from survey.tables import Row, Table

Tables = Mapping[str, SheetTable]


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of the file: which row of which sheet it is for (0: a new one), and its cells."""

    sheet: str
    line: int
    row: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Merged:
    """The tables after the merge, and how many rows were replaced, added and taken out."""

    tables: dict[str, SheetTable]
    replaced: int
    added: int
    removed: int

    @property
    def rows(self) -> int:
        """How many rows of the corrected file were used."""
        return self.replaced + self.added + self.removed


def find_corrections(name: str, content: bytes) -> list[Correction] | None:
    """Return the rows of a file of corrected rows; None for a file of any other kind.

    Raises `Problem` or `Problems` for one that cannot be read, or with a row number that is none.
    """
    if not content or PurePath(name).suffix.lower() != ".xlsx":
        return None
    sheets = read_sheets(name, content)
    marked = {
        sheet: parts
        for sheet, parts in sheets.items()
        if [str(cell).strip() for cell in next(iter(parts[0]), [])[:2]] == [REASON, ROW]
    }
    if not marked:
        return None
    found: list[Correction] = []
    for sheet, (lines, merged) in marked.items():
        table = make_sheet(name, sheet, lines, merged)
        if table is not None:
            found += _read_rows(name, sheet, table)
    return found


def merge_corrections(tables: Tables, corrections: Sequence[Correction]) -> Merged:
    """Return the held tables with the corrected rows in place.

    Raises `Problems` with every row that belongs to no sheet or row that is held, and every column
    that the sheet does not have: nothing is merged then.
    """
    places = _by_name(tables)
    problems = [problem for one in corrections for problem in _faults(one, places, tables)]
    if problems:
        raise Problems(problems)
    rows = {code: dict(one.table.rows) for code, one in tables.items()}
    counts = {"replaced": 0, "added": 0, "removed": 0}
    for one in corrections:
        own = rows[places[one.sheet]]
        headers = tables[places[one.sheet]].table.headers
        if not one.row:
            own[max(own, default=1) + 1] = {h: one.cells.get(h, "") for h in headers}
            counts["added"] += 1
        elif any(one.cells.values()):
            own[one.row] = {**own[one.row], **one.cells}
            counts["replaced"] += 1
        else:
            del own[one.row]
            counts["removed"] += 1
    merged = {code: _with_rows(one, sorted(rows[code].items())) for code, one in tables.items()}
    return Merged(merged, **counts)


def _read_rows(name: str, sheet: str, table: Table) -> list[Correction]:
    found, problems = [], []
    for line, cells in table.rows:
        number = cells.get(ROW, "")
        if number and not (number.isascii() and number.isdecimal()):
            problems.append(
                Problem(
                    N_("expected the number of a row, got {got!r}"),
                    where=f"{name} · {sheet} · {line} · {ROW}",
                    got=number,
                )
            )
            continue
        own = {header: text for header, text in cells.items() if header not in (REASON, ROW)}
        if number or any(own.values()):
            found.append(Correction(sheet, line, int(number or 0), own))
    if problems:
        raise Problems(problems)
    return found


def _by_name(tables: Tables) -> dict[str, str]:
    """Return the codes of the sheets by the name that the file of faulty rows gave them."""
    found = {}
    for code, one in tables.items():
        found[(one.name or one.table.filename)[:LONGEST_NAME]] = code
        found.setdefault(TITLES[code].zh, code)
    if len(tables) == 1 and SCHOOLS in tables:
        found.setdefault("Sheet1", SCHOOLS)
    return found


def _faults(one: Correction, places: Mapping[str, str], tables: Tables) -> list[Problem]:
    """Return why a corrected row cannot be merged."""
    where = f"{one.sheet} · {one.line}"
    if one.sheet not in places:
        return [Problem(N_("no sheet of this name is held"), where=where)]
    table = tables[places[one.sheet]].table
    if one.row and one.row not in dict(table.rows):
        return [Problem(N_("no row {row} is held"), where=where, row=one.row)]
    return [
        Problem(N_("the sheet has no column {column!r}"), where=where, column=header)
        for header in one.cells
        if header not in table.headers
    ]


def _with_rows(sheet: SheetTable, rows: list[Row]) -> SheetTable:
    table = sheet.table
    return SheetTable(sheet.name, Table(table.filename, table.encoding, table.headers, rows))
