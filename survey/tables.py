"""Tables that people upload and download (表格): .xlsx and .csv, cell by cell as text.

What a spreadsheet does to values is undone here, once: telephone numbers that became floats,
full-width digits, blanks round a name, decomposed letters. What cannot be undone is refused with
its cell: a formula (nobody can say what it showed to whom), a number that lost its last digits, a
line break or another character that makes a text look like what it is not.
"""

from __future__ import annotations

import csv
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

import xlsxwriter

from sampling.problems import N_, Problem, Problems
from survey.workbook import Lines, Value, open_xlsx, read_xlsx

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SAFE_DIGITS = 10**15  # a spreadsheet keeps 15 digits of a number, the rest become zeros
MAX_COLUMNS = 200  # no table here has thirty

Row = tuple[int, dict[str, str]]

# Full-width letters, digits, point and minus become narrow. Brackets and commas stay as they are:
# 中心小学（东校区） is how the school writes itself.
FULL_WIDTH = {
    code: code - 0xFEE0
    for code in (
        *range(0xFF10, 0xFF1A),
        *range(0xFF21, 0xFF3B),
        *range(0xFF41, 0xFF5B),
        0xFF0D,
        0xFF0E,
    )
}
NEUTRALISED = re.compile(r"'[=+@-]")  # what `write_xlsx` made harmless, on its way back
CODECS = {"UTF-8": "utf-8-sig", "GB18030": "gb18030"}
# Control characters, and those that turn the direction of the text after them.
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
# A line of these characters alone is clean as it is; most are, and need no more than this look.
PLAIN = re.compile(r"[!-&(-~一-龥（），。、·]*")
INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


class CellProblem(Problem):
    """Something wrong in one cell; `row` is as the spreadsheet counts, `column` a header."""

    def __init__(self, message: str, row: int, column: str, **values: object) -> None:
        super().__init__(message, where=f"{row} · {column}" if column else str(row), **values)
        self.row = row
        self.column = column


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text: `rows` pairs the row's number in the file with header -> value."""

    filename: str
    encoding: str  # "xlsx", "UTF-8" or "GB18030"
    headers: tuple[str, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """A column somebody has to fill in: its name in code, its header, whether it may be missing."""

    name: str
    header: str
    required: bool = False


def read_table(filename: str, content: bytes) -> Table:
    """Return the table in an uploaded file; raise `Problem` or `Problems` when there is none.

    An .xlsx gives its first sheet. A .csv is read as UTF-8, and as GB18030 if it is not UTF-8;
    `Table.encoding` says which. The first row that is not blank holds the headers.
    """
    name = clean(PurePath(filename).name) or "?"
    if not content:
        raise Problem(N_("the file is empty"), where=name)
    suffix = PurePath(name).suffix.lower()
    if suffix == ".xlsx":
        return make_table(name, "xlsx", read_xlsx(name, content))
    if suffix == ".csv":
        encoding, text = decode(name, content)
        return make_table(name, encoding, read_csv(name, text))
    raise Problem(N_("expected a file ending in .xlsx or .csv"), where=name)


def make_table(name: str, encoding: str, lines: Iterable[Sequence[Value]]) -> Table:
    """Return the table whose first line that is not blank holds the headers."""
    faults: list[Problem] = []
    numbered = read_cells(lines, faults)
    number, headers = next(numbered, (0, []))
    check_headers(name, number, headers)
    rows = [(row, match_headers(row, headers, cells, faults)) for row, cells in numbered]
    if not rows:
        raise Problem(N_("the table has headers but no rows"), where=name)
    if faults:
        raise Problems(faults)
    return Table(name, encoding, tuple(headers), rows)


def read_cells(
    lines: Iterable[Sequence[Value]], faults: list[Problem]
) -> Iterator[tuple[int, list[str]]]:
    """Yield number and clean cells of each line that is not blank; raise Problem for a wide one."""
    for number, line in enumerate(lines, start=1):
        cells = [value if isinstance(value, str) else format_value(value) for value in line]
        if not PLAIN.fullmatch("".join(cells)):
            cells = [
                clean(value) if isinstance(value, str) else format_value(value) for value in line
            ]
            faults.extend(find_controls(number, line))
        if any(cells):
            check_width(number, cells)
            if cells != line:  # some value was a number, or not clean
                faults.extend(find_lost_digits(number, line))
            yield number, cells


def check_width(row: int, cells: Sequence[str]) -> None:
    """Raise a Problem for a line that no table is as wide as."""
    if any(cells[MAX_COLUMNS:]):
        message = N_("has values in more than {limit} columns; delete what does not belong here")
        raise CellProblem(message, row, "", limit=MAX_COLUMNS)


def find_lost_digits(row: int, line: Sequence[Value]) -> Iterator[CellProblem]:
    """Yield a problem for each number too long for a spreadsheet to have kept."""
    for index, value in enumerate(line):
        if isinstance(value, float | int) and abs(value) >= SAFE_DIGITS:
            yield CellProblem(
                N_("a number of more than 15 digits has lost its end; enter it as text"),
                row,
                column_letters(index),
            )


def find_controls(row: int, line: Sequence[Value]) -> Iterator[CellProblem]:
    """Yield a problem for each text that holds a control character; blanks round it are none."""
    if not CONTROLS.search("".join(value for value in line if isinstance(value, str))):
        return
    for index, value in enumerate(line):
        found = CONTROLS.search(value.strip()) if isinstance(value, str) else None
        if found:
            yield CellProblem(
                N_("holds a line break or another invisible character ({code}); type it anew"),
                row,
                column_letters(index),
                code=f"U+{ord(found[0]):04X}",
            )


def check_headers(name: str, row: int, headers: Sequence[str]) -> None:
    """Raise a Problem unless there are headers and each is there once."""
    if not row:
        raise Problem(N_("the table is empty"), where=name)
    times = Counter(header for header in headers if header)
    twice = sorted(header for header, count in times.items() if count > 1)
    if twice:
        raise Problem(
            N_("row {row}: the header {header} is there more than once"),
            where=name,
            row=row,
            header=", ".join(twice),
        )


def match_headers(
    row: int, headers: Sequence[str], cells: Sequence[str], faults: list[Problem]
) -> dict[str, str]:
    """Return header -> value; a value that stands below no header is a fault."""
    for index, value in enumerate(cells):
        if value and not (index < len(headers) and headers[index]):
            message = N_("a value stands in a column without a header")
            faults.append(CellProblem(message, row, column_letters(index)))
    padded = [*cells, *[""] * (len(headers) - len(cells))]
    return {header: value for header, value in zip(headers, padded, strict=False) if header}


def rename_columns(table: Table, columns: Sequence[Column]) -> list[Row]:
    """Return the rows under the columns' code names; a header may be the Chinese or the code name.

    Raises `Problems` for columns that are missing, unknown, or there under both names.
    """
    names = {key: column for column in columns for key in (column.header, column.name)}
    found = {header: names[header].name for header in table.headers if header in names}
    faults = [*find_header_faults(table, columns, found)]
    if faults:
        raise Problems(faults)
    blank = {column.name: "" for column in columns}
    return [
        (row, blank | {found[header]: value for header, value in cells.items()})
        for row, cells in table.rows
    ]


def find_header_faults(
    table: Table, columns: Sequence[Column], found: Mapping[str, str]
) -> Iterator[Problem]:
    """Yield what is wrong with the headers as a whole."""
    known = ", ".join(column.header for column in columns)
    for header in table.headers:
        if header and header not in found:
            yield Problem(
                N_("unknown column {header}; the columns are {known}"),
                where=table.filename,
                header=header,
                known=known,
            )
    times = Counter(found.values())
    for column in columns:
        if times[column.name] > 1:
            message = N_("the column {header} is there under both of its names")
            yield Problem(message, where=table.filename, header=column.header)
        if column.required and not times[column.name]:
            message = N_("the column {header} is missing")
            yield Problem(message, where=table.filename, header=column.header)


# Values


@lru_cache(maxsize=65536)
def clean(text: str) -> str:
    """Return a value trimmed, NFC, its full-width letters and digits narrow, on one line.

    >>> clean(" １３８－０００ 王\\u3000小明 \\n")
    '138-000 王 小明'
    """
    if not (text.isascii() and text.isprintable()):
        text = text.translate(FULL_WIDTH).translate(INVISIBLE)
        text = "".join(c if c.isprintable() or c.isspace() else "" for c in text)
        text = unicodedata.normalize("NFC", text)  # last: what stood between two may be gone
    text = " ".join(text.split())
    return text[1:] if NEUTRALISED.match(text) else text


def format_value(value: Value) -> str:
    """Return what a spreadsheet shows for a number, date or truth value.

    >>> [format_value(v) for v in (13800000000.0, 3.0, 0.1 + 0.2, 1e-7, True)]
    ['13800000000', '3', '0.3', '0.0000001', 'TRUE']
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float | int):
        return format_number(value)
    return value if isinstance(value, str) else str(value)


def format_number(number: float) -> str:
    """Return the shortest decimal text of a number, at most 15 digits as a spreadsheet keeps."""
    if not math.isfinite(number):
        return str(number)  # no spreadsheet writes one; whoever reads the column refuses it
    if number == int(number) and abs(number) < SAFE_DIGITS:
        return str(int(number))
    digits = f"{number:.15g}"
    if "e" not in digits:
        return digits
    places = max(0, 14 - int(digits.partition("e")[2]))
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def column_letters(index: int) -> str:
    """Return a column's letters.

    >>> column_letters(0), column_letters(27)
    ('A', 'AB')
    """
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# Files


def decode(name: str, content: bytes) -> tuple[str, str]:
    """Return encoding and text of a .csv."""
    if content.startswith(b"PK\x03\x04"):
        raise Problem(N_("is a workbook under another name; let it end in .xlsx"), where=name)
    for encoding, codec in CODECS.items():
        try:
            return encoding, content.decode(codec)
        except UnicodeDecodeError:
            continue
    raise Problem(N_("the text is neither UTF-8 nor GB18030"), where=name)


def read_csv(name: str, text: str) -> list[list[str]]:
    """Return the lines of a .csv separated by commas, semicolons or tabs."""
    return list(split_csv(name, io.StringIO(text, newline=""), find_delimiter(text)))


def find_delimiter(text: str) -> str:
    """Return what separates the values of the first line that is not blank."""
    first = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first.count)


def split_csv(name: str, file: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    """Yield the lines of a .csv; raise `Problem` where it is none."""
    try:
        yield from csv.reader(file, delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise Problem(N_("cannot be read as a .csv: {reason}"), where=name, reason=error) from error


def open_lines(name: str, content: bytes) -> tuple[str, Lines]:
    """Return the encoding of a file and its lines one by one; nothing holds all of them."""
    if PurePath(name).suffix.lower() == ".xlsx":
        return "xlsx", open_xlsx(name, content)
    encoding, text = decode(name, content)
    file = io.TextIOWrapper(io.BytesIO(content), CODECS[encoding], newline="")
    lines = split_csv(name, file, find_delimiter(text))
    return encoding, Lines(text.count("\n") + 1, lines)


def write_xlsx(
    headers: Sequence[str], rows: Iterable[Sequence[str | int]], title: str = "Sheet1"
) -> bytes:
    """Return a workbook of one sheet, every text a text.

    A text that a spreadsheet might take for a formula (= + - @ in front) is led by an apostrophe:
    so it stays harmless when the file is saved as .csv and opened again.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as workbook:
        sheet = workbook.add_worksheet(title)
        bold, text = workbook.add_format({"bold": True}), workbook.add_format({"num_format": "@"})
        widths = [len(header) * 2 for header in headers]
        sheet.write_row(0, 0, headers, bold)
        for number, row in enumerate(rows, start=1):
            for index, value in enumerate(row):
                if isinstance(value, int):
                    sheet.write_number(number, index, value)
                else:
                    sheet.write_string(number, index, neutralise(value), text)
        for index, width in enumerate(widths):
            # the whole column is text, so that what is typed below stays as it was typed
            sheet.set_column(index, index, max(12, width), text)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def neutralise(text: str) -> str:
    """Return `text` so that no spreadsheet runs it.

    >>> neutralise("=1+1"), neutralise("王"), neutralise("-")
    ("'=1+1", '王', '-')
    """
    return f"'{text}" if re.match(r"[=+@\t\r]|-(?=.)", text) else text
