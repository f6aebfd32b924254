"""Reading an uploaded .xlsx safely: what it unpacks to, how far it spans, whether it computes."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from sampling.problems import N_, Problem, Problems

MAX_UNPACKED = 1_000_000_000  # bytes; a roster of a million people unpacks to about 600 million
MAX_EXTENT = 30_000_000  # cells: a million rows of thirty columns
MAX_FORMULAS_TOLD = 200

Value = int | float | str | bool | datetime.date | datetime.time | datetime.timedelta


def read_xlsx(name: str, content: bytes) -> list[list[Value]]:
    """Return the lines of the first sheet, after making sure that it is safe to unpack."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = N_("is protected by a password, or is an old .xls; save it as a plain .xlsx")
        raise Problem(message, where=name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            check_archive(name, archive)
            check_sheet(name, archive)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        lines: list[list[Value]] = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (zipfile.BadZipFile, CalamineError, KeyError, expat.ExpatError, OSError) as error:
        raise Problem(N_("is not a readable .xlsx file"), where=name) from error
    return lines


def check_archive(name: str, archive: zipfile.ZipFile) -> None:
    """Raise a Problem for an archive that is encrypted, damaged, or unpacks to too much."""
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise Problem(N_("is protected by a password; save it without one"), where=name)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Problem(N_("unpacks to more than {limit} bytes"), where=name, limit=MAX_UNPACKED)
    # Reads no more than the sizes declared, and finds those that are not true.
    if archive.testzip() is not None:
        raise Problem(N_("is not a readable .xlsx file"), where=name)


def check_sheet(name: str, archive: zipfile.ZipFile) -> None:
    """Raise Problems naming the cells of the first sheet that hold a formula, or for its extent.

    Two far cells span billions of blank ones between them, which a reader would have to make.
    """
    formulas, extent = scan_sheet(archive, find_first_sheet(archive))
    if extent > MAX_EXTENT:
        raise Problem(
            N_("the sheet spans {extent} cells, blank ones included; delete what is far outside"),
            where=name,
            extent=extent,
        )
    if formulas:
        raise Problems(
            Problem(N_("the cell holds a formula; paste its value"), where=f"{name} {cell}")
            for cell in formulas[:MAX_FORMULAS_TOLD]
        )


def scan_sheet(archive: zipfile.ZipFile, sheet: str) -> tuple[list[str], int]:
    """Return the references of the cells with a formula, and rows times columns of the sheet."""
    formulas: list[str] = []
    columns: set[str] = {"A"}
    cell, last_row = "", 1
    for tag, attributes in read_elements(archive, sheet, ("row", "c", "f")):
        if tag == "c":
            cell = attributes.get("r", "?")
            columns.add(cell.rstrip("0123456789"))
        elif tag == "row":
            last_row = max(last_row, int(attributes.get("r", "0")))
        else:
            formulas.append(cell)
    return formulas, last_row * max(map(column_number, columns))


def column_number(letters: str) -> int:
    """Return the number of a column.

    >>> column_number("A"), column_number("AB"), column_number("XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter.upper()) - 64
    return number


def find_first_sheet(archive: zipfile.ZipFile) -> str:
    """Return the path of the first sheet within the archive."""
    sheets = read_elements(archive, "xl/workbook.xml", ("sheet",))
    _, sheet = next(sheets, ("", {}))
    wanted = next((value for key, value in sheet.items() if key.endswith(":id")), "")
    for _, link in read_elements(archive, "xl/_rels/workbook.xml.rels", ("Relationship",)):
        if link.get("Id") == wanted:
            return str(PurePosixPath("/xl") / link["Target"]).lstrip("/")
    raise KeyError(wanted)


def read_elements(
    archive: zipfile.ZipFile, path: str, tags: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield local name and attributes of the elements called one of `tags`, in document order.

    A document type is refused: a workbook has none, and entities are what bombs are made of.
    """
    found: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local in tags:
            found.append((local, attributes))

    def refuse(*_: object) -> None:
        raise expat.ExpatError("document type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    with archive.open(path) as file:
        while chunk := file.read(1 << 20):
            parser.Parse(chunk)
            yield from found
            found.clear()
        parser.Parse(b"", True)
    yield from found
