"""Reading an uploaded .xlsx safely: what it unpacks to, how far it spans, whether it computes.

The library that reads the values believes the file: it makes room for as many strings as the file
says it has, and for every cell between the first and the last, and where there is no such room the
whole process ends. So it never sees the file itself, only a copy of the parts it needs, made of
bytes that were looked through while they were copied.
"""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from xml.parsers import expat

from python_calamine import CalamineSheet, CalamineWorkbook

from sampling.problems import N_, Problem, Problems
from survey.sheets import PlainSheet, PlainStrings, Seen, Sheet, TagReader, UnusualError

MAX_UNPACKED = 1_000_000_000  # bytes; a roster of a million people unpacks to about 600 million
MAX_EXTENT = 30_000_000  # cells: a million rows of thirty columns
MAX_BLANK = 10_000_000  # of these cells; a reader makes them all, out of next to nothing
MAX_STRINGS_ABSENT = 1_000_000  # room for so many costs 24 MB; some writers count carelessly

WORKBOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
# Pictures, notes, other sheets and the rest of an archive are never unpacked.
OTHER_PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/styles.xml")

CHUNK = 1 << 20  # bytes looked at in one go
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
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


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a table one by one, and how many they are, or about."""

    count: int
    lines: Iterator[Sequence[Value]]


Handlers = Mapping[str, Callable[[dict[str, str]], None]]


def read_xlsx(name: str, content: bytes) -> list[list[Value]]:
    """Return the lines of the first sheet, after making sure that it is safe to unpack."""
    return [list(line) for line in open_xlsx(name, content).lines]


def open_xlsx(name: str, content: bytes) -> Lines:
    """Return the lines of the first sheet one by one; as `read_xlsx`, in a third of the memory."""
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
    with tell_panics(name):
        sheet = CalamineWorkbook.from_filelike(checked).get_sheet_by_index(0)
    return Lines(sheet.end[0] + 1 if sheet.end else 0, read_lines(name, sheet))


def tell_unreadable(name: str) -> Problem:
    """Return what is said of a file damaged in whatever way."""
    return Problem(N_("is not a readable .xlsx file"), where=name)


def read_lines(name: str, sheet: CalamineSheet) -> Iterator[list[Value]]:
    """Yield the lines of a sheet from its first cell on, blank ones included."""
    with tell_panics(name):
        blank: list[Value] = [""] * (sheet.start[1] if sheet.start else 0)
        for line in sheet.iter_rows():
            yield blank + line if blank else line


@contextmanager
def tell_panics(name: str) -> Iterator[None]:
    """Tell whatever the reading library ends with as a damaged file."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in there, as at a date out of range, is no Exception
        raise tell_unreadable(name) from error


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
            while chunk := file.read(CHUNK):
                parser.Parse(chunk)
                target.write(chunk)
            parser.Parse(b"", True)
        return True

    def scan(self, path: str, reader: TagReader) -> bool:
        """Look at the bytes of a part; False if there is none, or something unusual in it."""
        entry = self._entries.get(path.lower())
        if entry is None:
            return False
        try:
            with self._archive.open(entry) as file:
                while chunk := file.read(CHUNK):
                    reader.feed(chunk)
            reader.close()
        except UnusualError:
            return False
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
    if starts:
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
    plain = PlainStrings()
    if parts.scan(STRINGS, plain):
        parts.copy(STRINGS, {})
        declared, present = plain.declared, plain.present
    else:
        counts: list[int] = []
        strings: list[None] = []
        parts.copy(
            STRINGS,
            {
                "sst": lambda attributes: counts.append(int(attributes.get("uniqueCount", "0"))),
                "si": lambda _: strings.append(None),
            },
        )
        declared, present = max(counts, default=0), len(strings)
    if declared > max(present, MAX_STRINGS_ABSENT):
        raise expat.ExpatError("strings declared that are not there")


def copy_sheet(parts: Parts, path: str) -> Seen:
    """Copy a sheet; return what was seen of it."""
    plain = PlainSheet()
    if parts.scan(path, plain):
        parts.copy(path, {})
        return plain
    sheet = Sheet()
    starts = {"row": sheet.start_row, "c": sheet.take_cell, "f": sheet.take_formula}
    if not parts.copy(path, starts, {"row": sheet.end_row}):
        raise KeyError(path)
    return sheet


def check_sheet(name: str, sheet: Seen) -> None:
    """Raise Problems naming the cells that hold a formula, or a Problem for the extent.

    Two far cells span billions of blank ones between them, which a reader would have to make.
    """
    extent = sheet.last_row * sheet.last_column
    if extent > min(MAX_EXTENT, sheet.cells + MAX_BLANK):
        raise Problem(
            N_("the sheet spans {extent} cells, blank ones included; delete what is far outside"),
            where=name,
            extent=extent,
        )
    if sheet.formulas:
        raise Problems(
            Problem(N_("the cell holds a formula; paste its value"), where=f"{name} {cell}")
            for cell in sheet.formulas
        )
