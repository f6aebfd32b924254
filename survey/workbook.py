"""Reading an uploaded .xlsx safely: what it unpacks to, how far it spans, whether it computes.

The library that reads the values believes the file: it makes room for as many strings as the file
says it has, and for every cell between the first and the last, and where there is no such room the
whole process ends. So it never sees the file itself, only a copy of the parts it needs, made of
bytes that were looked through while they were copied.
"""

from __future__ import annotations

import datetime
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from xml.parsers import expat

from python_calamine import CalamineWorkbook

from sampling.problems import N_, Problem, Problems

MAX_UNPACKED = 1_000_000_000  # bytes; a roster of a million people unpacks to about 600 million
MAX_EXTENT = 30_000_000  # cells: a million rows of thirty columns
MAX_BLANK = 10_000_000  # of these cells; a reader makes them all, out of next to nothing
MAX_FORMULAS_TOLD = 200
MAX_STRINGS_ABSENT = 1_000_000  # room for so many costs 24 MB; some writers count carelessly

WORKBOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
# Pictures, notes, other sheets and the rest of an archive are never unpacked.
OTHER_PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/styles.xml")

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
ROW_NUMBER = re.compile(r"[1-9][0-9]{0,6}")

# All that archives and XML of any damage were seen to raise, here and in the standard library.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    NotImplementedError,
    RuntimeError,
    LookupError,
    ValueError,
    EOFError,
    OSError,
)

Value = int | float | str | bool | datetime.date | datetime.time | datetime.timedelta
Handlers = Mapping[str, Callable[[dict[str, str]], None]]


def read_xlsx(name: str, content: bytes) -> list[list[Value]]:
    """Return the lines of the first sheet, after making sure that it is safe to unpack."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = N_("is protected by a password, or is an old .xls; save it as a plain .xlsx")
        raise Problem(message, where=name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(name, archive)
            checked = copy_workbook(name, archive)
    except (Problem, Problems):
        raise
    except DAMAGE as error:
        raise tell_unreadable(name) from error
    return read_lines(name, checked)


def tell_unreadable(name: str) -> Problem:
    """Return what is said of a file damaged in whatever way."""
    return Problem(N_("is not a readable .xlsx file"), where=name)


def read_lines(name: str, checked: io.BytesIO) -> list[list[Value]]:
    """Return the lines of the only sheet of a workbook that was looked through."""
    try:
        sheet = CalamineWorkbook.from_filelike(checked).get_sheet_by_index(0)
        lines: list[list[Value]] = sheet.to_python(skip_empty_area=False)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # a panic in there, as at a date out of range, is no Exception
        raise tell_unreadable(name) from error
    return lines


def check_archive(name: str, archive: zipfile.ZipFile) -> None:
    """Raise a Problem for an archive that is encrypted or unpacks to too much."""
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise Problem(N_("is protected by a password; save it without one"), where=name)
    # No more than the size declared is read of an entry, and none that is not true.
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Problem(N_("unpacks to more than {limit} bytes"), where=name, limit=MAX_UNPACKED)
    if any(entry.compress_type not in METHODS for entry in entries):
        raise tell_unreadable(name)


def copy_workbook(name: str, archive: zipfile.ZipFile) -> io.BytesIO:
    """Return a workbook of the first sheet and what it is read with, all of it looked through.

    Raises Problems naming the cells of the sheet that hold a formula, a Problem for its extent.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        parts = copy_common_parts(archive, copy)
        sheet = copy_sheet(parts, copy_index(parts))
    check_sheet(name, sheet)
    buffer.seek(0)
    return buffer


def copy_common_parts(archive: zipfile.ZipFile, copy: zipfile.ZipFile) -> Parts:
    """Copy what every sheet is read with; return the parts, of which sheets are copied next."""
    parts = Parts(archive, copy)
    for path in OTHER_PARTS:
        parts.copy(path, {})
    copy_strings(parts)
    return parts


class Parts:
    """The parts of an uploaded archive, and the archive they are copied to one by one."""

    def __init__(self, archive: zipfile.ZipFile, copy: zipfile.ZipFile) -> None:
        self._archive = archive
        self._copy = copy
        # Some writers spell the names in other letters, xl/SharedStrings.xml.
        self._entries = {entry.filename.lower(): entry for entry in archive.infolist()}

    def copy(self, path: str, starts: Handlers, ends: Handlers | None = None) -> bool:
        """Copy a part while its elements are told to the handlers; False if there is none."""
        entry = self._entries.get(path.lower())
        if entry is None:
            return False
        parser = make_parser(starts, ends or {})
        with self._archive.open(entry) as file, self._copy.open(path, "w") as target:
            while chunk := file.read(1 << 20):
                parser.Parse(chunk)
                target.write(chunk)
            parser.Parse(b"", True)
        return True


def make_parser(starts: Handlers, ends: Handlers) -> expat.XMLParserType:
    """Return a parser that hands the elements' attributes to handlers by the local name.

    Refused is what another reader may understand in another way: an encoding other than UTF-8,
    and a document type. A workbook has none, and entities are what bombs are made of.
    """

    def start(tag: str, attributes: dict[str, str]) -> None:
        handle = starts.get(tag.rpartition(":")[2] if ":" in tag else tag)
        if handle:
            handle(attributes)

    def end(tag: str) -> None:
        handle = ends.get(tag.rpartition(":")[2] if ":" in tag else tag)
        if handle:
            handle({})

    def declare(_: str, encoding: str | None, __: int) -> None:
        if encoding and encoding.lower() != "utf-8":
            raise expat.ExpatError("encoding")

    def refuse(*_: object) -> None:
        raise expat.ExpatError("document type")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    if ends:
        parser.EndElementHandler = end
    parser.XmlDeclHandler = declare
    parser.StartDoctypeDeclHandler = refuse
    return parser


def copy_index(parts: Parts) -> str:
    """Copy the lists of the sheets and of the parts; return the path of the first sheet."""
    sheets: list[dict[str, str]] = []
    links: list[dict[str, str]] = []
    parts.copy(WORKBOOK, {"sheet": sheets.append})
    parts.copy(LINKS, {"Relationship": links.append})
    wanted = next((value for key, value in sheets[0].items() if key.endswith(":id")), "")
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    return str(PurePosixPath("/xl") / targets[wanted]).lstrip("/")


def copy_strings(parts: Parts) -> None:
    """Copy the strings that cells share, if there are any, and as many as the part says."""
    declared: list[int] = []
    present: list[None] = []
    parts.copy(
        STRINGS,
        {
            "sst": lambda attributes: declared.append(int(attributes.get("uniqueCount", "0"))),
            "si": lambda _: present.append(None),
        },
    )
    if max(declared, default=0) > max(len(present), MAX_STRINGS_ABSENT):
        raise expat.ExpatError("strings declared that are not there")


def copy_sheet(parts: Parts, path: str) -> Sheet:
    """Copy a sheet; return what was seen of it."""
    sheet = Sheet()
    starts = {"row": sheet.start_row, "c": sheet.take_cell, "f": sheet.take_formula}
    if not parts.copy(path, starts, {"row": sheet.end_row}):
        raise KeyError(path)
    return sheet


class Sheet:
    """How far a sheet spans and where it computes; filled while its elements go by.

    A cell stands where its own reference says, whatever the row says that it is in; without one
    it comes next in its row, and a row without a number next below.
    """

    def __init__(self) -> None:
        self.formulas: list[str] = []
        self.cells = 0
        self.last_row = 1
        self.last_column = 1
        self._column = 0
        self._cell = "?"
        self._in_row = False

    @property
    def extent(self) -> int:
        """Rows times columns."""
        return self.last_row * self.last_column

    def start_row(self, attributes: dict[str, str]) -> None:
        if self._in_row:
            raise expat.ExpatError("a row within a row")
        self._in_row = True
        self._column = 0
        number = attributes.get("r")
        if number is None:
            self.last_row += 1
        elif ROW_NUMBER.fullmatch(number):
            self.last_row = max(self.last_row, int(number))
        else:
            raise expat.ExpatError("row number")

    def end_row(self, _: dict[str, str]) -> None:
        self._in_row = False

    def take_cell(self, attributes: dict[str, str]) -> None:
        self.cells += 1
        self._cell = attributes.get("r", "?")
        if "r" in attributes:
            found = REFERENCE.fullmatch(self._cell)
            if not found:
                raise expat.ExpatError("cell reference")
            letters, row = found.groups()
            self._column = column_number(letters)
            self.last_row = max(self.last_row, int(row))
        else:
            self._column += 1
        self.last_column = max(self.last_column, self._column)

    def take_formula(self, _: dict[str, str]) -> None:
        if len(self.formulas) < MAX_FORMULAS_TOLD:
            self.formulas.append(self._cell)


def check_sheet(name: str, sheet: Sheet) -> None:
    """Raise Problems naming the cells that hold a formula, or a Problem for the extent.

    Two far cells span billions of blank ones between them, which a reader would have to make.
    """
    if sheet.extent > min(MAX_EXTENT, sheet.cells + MAX_BLANK):
        raise Problem(
            N_("the sheet spans {extent} cells, blank ones included; delete what is far outside"),
            where=name,
            extent=sheet.extent,
        )
    if sheet.formulas:
        raise Problems(
            Problem(N_("the cell holds a formula; paste its value"), where=f"{name} {cell}")
            for cell in sheet.formulas
        )


@lru_cache(maxsize=1024)
def column_number(letters: str) -> int:
    """Return the number of a column.

    >>> column_number("A"), column_number("AB"), column_number("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number
