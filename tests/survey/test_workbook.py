"""Workbooks that lie or are damaged: told as a problem, never a crash of the server."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem, Problems
from survey.tables import (
    read_table,
)
from tests.survey.workbooks import make_xlsx, rebuild

SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"


def change_part(path: str, old: bytes, new: bytes) -> bytes:
    """Return a workbook of one column, one of its parts changed."""

    def change(name: str, content: bytes) -> bytes:
        assert name != path or old in content
        return content.replace(old, new, 1) if name == path else content

    return rebuild(make_xlsx([["编号"], ["x7"]]), change)


@pytest.mark.parametrize("count", ["1000001", "99999999999", "18446744073709551615", "9" * 5000])
def test_strings_that_are_declared_and_not_there(count: str) -> None:
    """The reader would make room for all of them, and end the process where there is none."""
    declared = f'uniqueCount="{count}"'.encode()
    with pytest.raises(Problem, match="not a readable"):
        read_table("t.xlsx", change_part(STRINGS, b'uniqueCount="2"', declared))


@pytest.mark.parametrize("declared", [b'uniqueCount="5000"', b"", b'count="99999999999"'])
def test_strings_that_were_counted_carelessly(declared: bytes) -> None:
    table = read_table("t.xlsx", change_part(STRINGS, b'count="2" uniqueCount="2"', declared))
    assert table.rows == [(2, {"编号": "x7"})]


@pytest.mark.parametrize(
    ("cells", "extent"),
    [
        ('<c r="XFD1048576"><v>1</v></c>', 17179869184),  # whatever the row says that it is in
        ('<c r="A1048576"/><c r="XFD1"/>', 17179869184),
        ('</row><row r="1048576"><c r="AB1"/>', 29360128),  # next to no cell, 29 million blank
        ('<c r="ZZZ1"/></row><row r="9999999"/><row>', 182780000000),
        ('<c r="AAA1"/>' + "<c/>" * 30 + "</row>" + "<row/>" * 50000 + "<row>", 36651466),
    ],
)
def test_cells_that_stand_far_from_each_other(cells: str, extent: int) -> None:
    content = change_part(SHEET, b'</row><row r="2"', f'{cells}</row><row r="2"'.encode())
    with pytest.raises(Problem, match=f"spans {extent} cells"):
        read_table("t.xlsx", content)


def test_cells_without_a_reference_come_one_after_another() -> None:
    plain = (
        b"<row><c t='inlineStr'><is><t>id</t></is></c><c t='inlineStr'><is><t>b</t></is></c></row>"
    )
    rows = plain + b"<row/><row><c/><c><v>7</v></c></row>"

    def change(name: str, content: bytes) -> bytes:
        start, end = content.find(b"<sheetData>") + 11, content.find(b"</sheetData>")
        return content[:start] + rows + content[end:] if name == SHEET else content

    table = read_table("t.xlsx", rebuild(make_xlsx([["编号"], ["1"]]), change))
    assert table.rows == [(3, {"id": "", "b": "7"})]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (SHEET, b'<row r="2"', b'<row r="abc"'),
        (SHEET, b'<row r="2"', b'<row r="-1"'),
        (SHEET, b'<row r="2"', b'<row r="4294967298"'),
        (SHEET, b'<row r="2"', b'<row r="2"><row r="2"/'),
        (SHEET, b'<c r="A2"', b'<c r="A4294967298"'),
        (SHEET, b'<c r="A2"', b'<c r="AAAAAAAA2"'),
        (SHEET, b'<c r="A2"', b'<c r="2"'),
        (SHEET, b'<c r="A2"', '<c r="编2"'.encode()),
        (SHEET, b'encoding="UTF-8"', b'encoding="bogus"'),
        (SHEET, b'encoding="UTF-8"', b'encoding="gbk"'),
        (SHEET, b'encoding="UTF-8"', b'encoding="utf-16"'),
        (SHEET, b"</worksheet>", b""),
        (STRINGS, b'encoding="UTF-8"', b'encoding="gbk"'),
        (STRINGS, b'uniqueCount="2"', b'uniqueCount="many"'),
        (STRINGS, b"</sst>", b""),
        (STRINGS, b"<sst", b'<!DOCTYPE w [<!ENTITY a "b">]><sst'),
        ("xl/workbook.xml", b"r:id=", b"r:ix="),
        ("xl/_rels/workbook.xml.rels", b"Target=", b"Torget="),
        ("xl/styles.xml", b"<cellXfs", b"<cellXfs<"),
    ],
)
def test_damaged_parts(path: str, old: bytes, new: bytes) -> None:
    with pytest.raises(Problem, match="not a readable"):
        read_table("t.xlsx", change_part(path, old, new))


def test_a_date_before_all_dates() -> None:
    """The reader panics, which is no Exception."""
    dated = b'<c r="A2" s="0"><v>-1e18</v></c><c r="B2"'

    def change(name: str, content: bytes) -> bytes:
        if name == "xl/styles.xml":
            return content.replace(b'<cellXfs count="1"><xf numFmtId="0"',
                                   b'<cellXfs count="1"><xf numFmtId="14"')  # fmt: skip
        return content.replace(b'<c r="B2"', dated) if name == SHEET else content

    with pytest.raises(Problem, match="not a readable"):
        read_table("t.xlsx", rebuild(make_xlsx([["编号", "x"], [None, "1"]]), change))


def patch_directory(content: bytes, offset: int, value: bytes) -> bytes:
    """Return the archive with a field changed in every entry of its directory."""
    changed = bytearray(content)
    for found in re.finditer(b"PK\x01\x02", content):
        changed[found.start() + offset : found.start() + offset + len(value)] = value
    return bytes(changed)


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [
        (6, b"\xff\x00", "not a readable"),  # the version of the format needed
        (8, b"\x01\x00", "protected by a password"),
        (10, b"\x63\x00", "not a readable"),  # a method of compression nobody knows
        (10, b"\x0e\x00", "not a readable"),  # LZMA, which may ask for gigabytes
        (16, b"\x00" * 4, "not a readable"),  # the checksum
        (24, b"\x01\x00\x00\x00", "not a readable"),  # the size: less than there is
        (42, b"\x00\x00\xff\x00", "not a readable"),  # where it begins
    ],
)
def test_damaged_directories(offset: int, value: bytes, message: str) -> None:
    content = patch_directory(make_xlsx([["编号"], ["1"]]), offset, value)
    with pytest.raises(Problem, match=message):
        read_table("t.xlsx", content)


UNDAMAGED = make_xlsx([["编号", "姓名"], ["1", "王"]])


@given(st.data())
def test_whatever_the_damage_it_is_told_as_a_problem(data: st.DataObject) -> None:
    content = bytearray(UNDAMAGED)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        table = read_table("t.xlsx", bytes(content))
    except (Problem, Problems):
        return
    assert len(table.rows) >= 1


def test_part_names_in_other_letters() -> None:
    buffer = io.BytesIO()
    content = make_xlsx([["编号"], ["x7"]])
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name.replace("sharedStrings", "SharedStrings"), old.read(name))
    assert read_table("t.xlsx", buffer.getvalue()).rows == [(2, {"编号": "x7"})]


def test_a_document_type_is_refused() -> None:
    def add_entity(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        return content.replace(b"<worksheet", b'<!DOCTYPE w [<!ENTITY a "b">]><worksheet', 1)

    with pytest.raises(Problem, match="not a readable"):
        read_table("t.xlsx", rebuild(make_xlsx([["编号"], ["1"]]), add_entity))
