"""Tables as people upload them: what is mended, what is refused and with which cell."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sampling.problems import Problem, Problems
from survey import workbook
from survey.tables import (
    Column,
    clean,
    format_value,
    neutralise,
    read_table,
    rename_columns,
    write_xlsx,
)
from tests.survey.workbooks import Cell, make_xlsx, rebuild


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (13800000000.0, "13800000000"),
        (3.0, "3"),
        (-2.5, "-2.5"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (1234.0625, "1234.0625"),
        (0.0, "0"),
        (True, "TRUE"),
    ],
)
def test_numbers_come_back_as_the_spreadsheet_shows_them(value: float, text: str) -> None:
    table = read_table("t.xlsx", make_xlsx([["编号"], [value]]))
    assert table.rows == [(2, {"编号": text})]


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_a_whole_number_never_grows_a_point(number: int) -> None:
    assert format_value(float(number)) == str(number)


def test_a_number_that_lost_its_last_digits_is_refused() -> None:
    content = make_xlsx([["编号", "人员标识"], ["a", 451281199001011234.0]])
    with pytest.raises(Problems) as caught:
        read_table("t.xlsx", content)
    assert str(caught.value).startswith("2 · B: a number of more than 15 digits")


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("  王小明　", "王小明"),
        ("１３８００", "13800"),
        ("Ｋ７", "K7"),
        ("中心小学（东）", "中心小学（东）"),
        ("e\u0301", "é"),
        ("上\n下", "上 下"),
        ("\ufeffA\u200b", "A"),
        ("a\x00b", "ab"),
        ("'=1+1", "=1+1"),
    ],
)
def test_values_are_cleaned(typed: str, text: str) -> None:
    assert clean(typed) == text


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once or once.startswith("'")
    assert "\n" not in once
    assert "\x00" not in once


@pytest.mark.parametrize(
    ("codec", "encoding"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gbk", "GB18030")]
)
def test_csv_in_either_encoding(codec: str, encoding: str) -> None:
    table = read_table("名册.csv", "编号,姓名\r\n1,王小明\r\n".encode(codec))
    assert (table.encoding, table.rows) == (encoding, [(2, {"编号": "1", "姓名": "王小明"})])


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_delimiters(delimiter: str) -> None:
    content = f"编号{delimiter}姓名\n1{delimiter}王\n".encode()
    assert read_table("t.csv", content).rows == [(2, {"编号": "1", "姓名": "王"})]


def test_blank_rows_are_passed_over_and_numbers_stay_those_of_the_file() -> None:
    rows: list[list[Cell]] = [[None], ["编号", "姓名"], [None, None], ["1", "王"], [" ", ""], ["2"]]
    expected = [(4, {"编号": "1", "姓名": "王"}), (6, {"编号": "2", "姓名": ""})]
    assert read_table("t.xlsx", make_xlsx(rows)).rows == expected
    text = "\n编号,姓名\n,\n1,王\n , \n2\n"
    assert read_table("t.csv", text.encode()).rows == expected


def test_a_formula_is_refused_with_its_cell() -> None:
    content = make_xlsx([["编号", "x"], ["1", "2"]], {"B2": "=A2*2", "D9": "=1"})
    with pytest.raises(Problems) as caught:
        read_table("t.xlsx", content)
    assert [problem.where for problem in caught.value.problems] == ["t.xlsx B2", "t.xlsx D9"]
    assert "formula" in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["编号", "编号"], ["1", "2"]], "more than once"),
        ([["编号"], ["1", "2"]], "a column without a header"),
        ([["编号", ""], ["1", "2"]], "a column without a header"),
        ([["编号"]], "no rows"),
        ([[""]], "empty"),
    ],
)
def test_tables_that_are_none(rows: Sequence[Sequence[Cell]], message: str) -> None:
    with pytest.raises((Problem, Problems), match=message):
        read_table("t.xlsx", make_xlsx(rows))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.xlsx", b"", "empty"),
        ("t.csv", b"", "empty"),
        ("t.xls", b"x", "expected a file ending in"),
        ("t", b"x", "expected a file ending in"),
        ("t.xlsx", b"id,name\n1,a\n", "not a readable"),
        ("t.xlsx", b"PK\x03\x04 broken", "not a readable"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
        ("t.csv", b"\xff\xfe\x00", "neither UTF-8 nor GB18030"),
        ("t.csv", b'a,b\n"1,2\n', "cannot be read as a .csv"),
    ],
)
def test_files_that_are_no_tables(name: str, content: bytes, message: str) -> None:
    with pytest.raises(Problem, match=message):
        read_table(name, content)


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = make_xlsx([["编号"], ["x" * 30_000]])
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 20_000)
    with pytest.raises(Problem, match="unpacks to more than"):
        read_table("t.xlsx", content)


def test_a_sheet_of_billions_of_blank_cells_is_refused() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "编号")
        sheet.write("XFD1048576", "1")
    with pytest.raises(Problem, match="spans 17179869184 cells"):
        read_table("t.xlsx", buffer.getvalue())


@pytest.mark.parametrize("number", ["NaN", "inf", "1e400"])
def test_numbers_that_no_spreadsheet_writes(number: str) -> None:
    def put(name: str, content: bytes) -> bytes:
        wanted = name.endswith("sheet1.xml")
        return content.replace(b"<v>5</v>", f"<v>{number}</v>".encode()) if wanted else content

    content = rebuild(make_xlsx([["编号"], [5]]), put)
    if number == "NaN":
        assert read_table("t.xlsx", content).rows == [(2, {"编号": "nan"})]
    else:
        with pytest.raises(Problems, match="15 digits"):
            read_table("t.xlsx", content)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("1\x00", "U+0000"),
        ("王\n小明", "U+000A"),
        ("王\t小明", "U+0009"),
        ("a\x85b", "U+0085"),
        ("\u202e1382", "U+202E"),
        ("王\u2066小明\u2069", "U+2066"),
    ],
)
def test_a_character_that_nobody_sees_is_refused_with_its_cell(value: str, code: str) -> None:
    for table in (f'编号,姓名\n1,"{value}"\n', f'编号,"姓名{value}"\n1,2\n'):
        with pytest.raises(Problems) as caught:
            read_table("t.csv", table.encode())
        (problem,) = caught.value.problems
        assert problem.where in ("1 · B", "2 · B")
        assert code in str(problem)


def test_a_filename_is_cleaned_too() -> None:
    table = read_table("../\u202e名册\x00.csv", "编号\n1\n".encode())
    assert table.filename == "名册.csv"


def test_blanks_round_a_value_are_no_fault() -> None:
    table = read_table("t.csv", '编号,姓名\n"1\n","\t王　小明 "\n'.encode())
    assert table.rows == [(2, {"编号": "1", "姓名": "王 小明"})]


@pytest.mark.parametrize("line", [0, 1])
def test_more_columns_than_any_table_has(line: int) -> None:
    lines = ["id", "1"]
    lines[line] += "".join(f",h{index}" for index in range(30_000))
    began = time.process_time()
    with pytest.raises(Problem, match="more than 200 columns") as caught:
        read_table("t.csv", "\n".join(lines).encode())
    assert caught.value.where == str(line + 1)
    assert time.process_time() - began < 2  # it took 15 seconds when headers were counted in turn


def test_blank_columns_count_for_nothing() -> None:
    table = read_table("t.csv", f"id{',' * 300}\n1{',' * 300}\n".encode())
    assert table.rows == [(2, {"id": "1"})]


COLUMNS = (Column("id", "编号", required=True), Column("name", "姓名"))


@pytest.mark.parametrize("header", ["编号", "id"])
def test_a_header_is_the_chinese_or_the_code_name(header: str) -> None:
    table = read_table("t.csv", f"{header}\n7\n".encode())
    assert rename_columns(table, COLUMNS) == [(2, {"id": "7", "name": ""})]


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("姓名", "编号 is missing"),
        ("编号,备注", "unknown column 备注"),
        ("编号,id", "under both of its names"),
    ],
)
def test_header_faults(headers: str, message: str) -> None:
    with pytest.raises(Problems, match=message):
        rename_columns(read_table("t.csv", f"{headers}\n1,2\n".encode() if "," in headers
                                  else f"{headers}\n1\n".encode()), COLUMNS)  # fmt: skip


@pytest.mark.parametrize("dangerous", ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0"])
def test_what_looks_like_a_formula_is_written_harmless_and_read_back(dangerous: str) -> None:
    content = write_xlsx(["编号"], [[dangerous]])
    (raw,) = (
        CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1]
    )
    assert raw == f"'{dangerous}"
    assert read_table("t.xlsx", content).rows == [(2, {"编号": dangerous})]


@given(st.text(min_size=1))
def test_nothing_written_begins_like_a_formula(text: str) -> None:
    assert not neutralise(text).startswith(("=", "+", "@"))


def test_long_digits_written_stay_text() -> None:
    content = write_xlsx(["编号"], [["013800000000000123"], [5]])
    assert [cells["编号"] for _, cells in read_table("t.xlsx", content).rows] == [
        "013800000000000123",
        "5",
    ]
