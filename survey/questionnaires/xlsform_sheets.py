"""An XLSForm's three sheets as rows that know where they stand; pyxform says whether it is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sampling.problems import N_, Problem
from survey.questionnaires import xlsform as names
from survey.schools.county_workbook import read_sheets
from survey.workbook import Value


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet: its cells by header, as text, and where it stands."""

    file: str
    sheet: str
    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    @property
    def where(self) -> str:
        """The place in the user's terms."""
        return f"{self.file} · {self.sheet} row {self.number}"

    def problem(self, message: str, **values: object) -> Problem:
        """Return what to raise for this row."""
        return Problem(message, where=self.where, **values)


@dataclass(frozen=True, slots=True)
class Form:
    """A workbook: the rows of each sheet that hold anything; the headers are the columns'."""

    file: str
    sheets: Mapping[str, tuple[Row, ...]]
    headers: Mapping[str, tuple[str, ...]]

    def rows(self, sheet: str) -> tuple[Row, ...]:
        """Return the rows of a sheet."""
        return self.sheets.get(sheet, ())

    def choices(self, list_name: str) -> list[Row]:
        """Return the rows of a list of choices."""
        return [row for row in self.rows(names.CHOICE_SHEET) if row["list_name"] == list_name]


def read_form(name: str, content: bytes) -> Form:
    """Return a workbook's sheets; raise `Problem` or `Problems` unless pyxform takes them.

    The workbook is read by this program's own careful reader; pyxform is given the cells.
    """
    read = read_sheets(name, content)
    found = {sheet.strip().lower(): lines for sheet, (lines, _) in read.items()}
    sheets, headers = {}, {}
    for sheet in names.SHEETS:
        lines = [[_text(value) for value in line] for line in found.get(sheet, [])]
        headers[sheet] = tuple(_header(cell) for cell in lines[0]) if lines else ()
        sheets[sheet] = tuple(_rows(name, sheet, headers[sheet], lines[1:]))
    form = Form(name, sheets, headers)
    for sheet in (names.SURVEY, names.CHOICE_SHEET):
        if not form.rows(sheet):
            raise Problem(N_("the sheet {sheet!r} is missing or empty"), where=name, sheet=sheet)
    _compile(form)
    return form


def _header(cell: str) -> str:
    """Return a header as it is looked for: the part before a language in small letters."""
    column, mark, language = cell.strip().partition("::")
    small = column.strip().lower().replace(" ", "_")
    known = {"list": "list_name", "relevance": "relevant", "value": "name", "caption": "label"}
    return f"{known.get(small, small)}{mark}{language.strip()}"


def _rows(file: str, sheet: str, headers: Sequence[str], lines: list[list[str]]) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        cells = {header: value for header, value in zip(headers, line, strict=False) if header}
        if any(value.strip() for value in cells.values()):
            yield Row(file, sheet, number, cells)


def _text(value: Value) -> str:
    """Return a cell as text: a spreadsheet makes 1.0 of a choice called 1."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _compile(form: Form) -> None:
    """Raise `Problem` with pyxform's words unless it makes a form of these sheets."""
    from pyxform.errors import PyXFormError  # 0.3 s: only whoever imports a form waits for it
    from pyxform.xls2xform import convert

    workbook: dict[str, object] = {"fallback_form_name": "form"}
    for sheet in names.SHEETS:
        workbook[sheet] = _plain_rows(form.rows(sheet))
        workbook[f"{sheet}_header"] = [dict.fromkeys(filter(None, form.headers[sheet]))]
    try:
        convert(xlsform=workbook, validate=False, pretty_print=False)
    except PyXFormError as error:
        raise Problem(
            N_("pyxform takes it for no XLSForm: {reason}"), where=form.file, reason=error
        ) from error


def _plain_rows(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return rows as pyxform's own reader would: an empty one where the sheet has one."""
    plain: list[dict[str, str]] = [{} for _ in range(max((row.number for row in rows), default=1))]
    for row in rows:
        plain[row.number - 2] = {key: value for key, value in row.cells.items() if value.strip()}
    return plain[:-1]
