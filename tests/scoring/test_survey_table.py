"""A survey's CSV as columns: what is read, which line a row is on, what is refused."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from scoring import survey_table
from scoring.survey_table import SurveyTable, read_survey


def read(tmp_path: Path, content: str | bytes, *columns: str) -> SurveyTable:
    path = tmp_path / "survey.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_survey(path, columns)


def labels(table: SurveyTable, name: str) -> list[str | None]:
    column = table.columns[name]
    return [None if pd.isna(label) else str(label) for label in column]


def test_labels_are_trimmed_and_blanks_missing(tmp_path: Path) -> None:
    table = read(tmp_path, "id, area ,q\n1, town,1\n2,town ,\n3,  ,0\n", "area", "q")
    assert labels(table, "area") == ["town", "town", None]
    assert labels(table, "q") == ["1", None, "0"]
    assert (table.n, table.encoding, set(table.columns)) == (3, "utf-8", {"area", "q"})


@pytest.mark.parametrize(
    ("written", "ordered"),
    [
        ("b a c", "a b c"),
        ("10 9 1", "1 9 10"),
        ("10 9 x", "10 9 x"),
        ("student parent teacher", "parent teacher student"),
        ("乡村 城区 镇区", "城区 镇区 乡村"),
        ("学生 家长 别的", "别的 学生 家长"),
    ],
)
def test_labels_have_an_order(tmp_path: Path, written: str, ordered: str) -> None:
    table = read(tmp_path, "\n".join(["a", *written.split()]), "a")
    assert list(table.columns["a"].cat.categories) == ordered.split()
    assert labels(table, "a") == written.split()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    text = end.join(["区域,q", "城区,1", "镇区,0"])
    table = read(tmp_path, text.encode(encoding), "区域", "q")
    assert labels(table, "区域") == ["城区", "镇区"]
    assert table.encoding == ("gb18030" if encoding == "gb18030" else "utf-8")
    assert table.line(1) == 3


def test_chinese_below_a_header_without_any_is_found_to_be_gb18030(tmp_path: Path) -> None:
    table = read(tmp_path, "area\n城区\n".encode("gb18030"), "area")
    assert labels(table, "area") == ["城区"]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)


@given(rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=8))
def test_what_is_written_is_read_with_its_lines(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    """Cells with commas, quotes and line breaks, as any program writes them."""
    path = tmp_path_factory.mktemp("table") / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([("a", "b"), *rows])
    table = read_survey(path, ["b", "a"])
    for j, name in enumerate("ab"):
        assert [label or "" for label in labels(table, name)] == [row[j].strip() for row in rows]
    ends = np.cumsum([1 + sum(cell.count("\n") for cell in row) for row in rows]) + 1
    assert [table.line(row) for row in range(len(rows))] == ends.tolist()
    assert table.line(0) == ends[0]


def test_blank_lines_are_no_rows_and_rows_of_commas_are(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n\n1,2\n\n,\n3,4\n\n", "a")
    assert labels(table, "a") == ["1", None, "3"]
    assert [table.line(row) for row in (0, 1, 2)] == [3, 5, 6]


def test_a_large_file_is_read_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_table, "BLOCK", 64)
    seen: list[int] = []
    path = tmp_path / "x.csv"
    rows = [f"label {number % 7},{number}" for number in range(500)]
    path.write_text("\n".join(["a,b", *rows]), encoding="utf-8")
    table = read_survey(path, ["b", "a"], seen.append)
    assert labels(table, "a") == [f"label {number % 7}" for number in range(500)]
    assert table.numbers("b").tolist() == list(range(500))
    assert sum(seen) == path.stat().st_size


def test_numbers(tmp_path: Path) -> None:
    table = read(tmp_path, "w\n1\n0.5\n\n1e3\n-2\n +4 \n", "w")
    assert table.numbers("w").tolist() == [1, 0.5, 1000, -2, 4]
    table = read(tmp_path, "w,x\n１.５,1\n,1\n", "w")
    np.testing.assert_array_equal(table.numbers("w"), [1.5, np.nan])


@pytest.mark.parametrize("text", ["abc", "1,5", "1%", "nan", "inf", "0x10", "½", "1_000", "--1"])
def test_text_is_no_number(tmp_path: Path, text: str) -> None:
    table = read(tmp_path, f'w\n1\n"{text}"\n{2}\n', "w")
    with pytest.raises(Problem, match=f"line 3: column w: expected a number, got '{text}'"):
        table.numbers("w")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "expected a header"),
        (",\n1,2\n", "expected a header"),
        ("a,b\n", "has a header and no rows"),
        ("a,b\n\n\n", "has a header and no rows"),
        ("a,b\n1,2\n3\n", "line 3: expected 2 cells, as in the header, got 1"),
        ("a,b\n1,2\n\n3,4,5\n", "line 4: expected 2 cells, as in the header, got 3"),
        ('a,b\n1,"2\n3\n', "is not CSV: unexpected end of data"),
        ('a,b\n1,"2\n3,4\n', "is not CSV: unexpected end of data"),
        ('a,b\n1,"x"y\n\n3,4\n', "line 2 is not CSV"),
        ("a,b,a\n1,2,3\n", "2 columns are named 'a'"),
        ("A1,b\n1,2\n", "there is no column 'a'; did you mean 'A1'"),
        ("x,b\n1,2\n", "there is no column 'a'; the columns are 'x', 'b'"),
        ("a;b\n1;2\n", "not separated by commas"),
        ("a\tb\n1\t2\n", "not separated by commas"),
        (b"PK\x03\x04rest", "is a workbook or an archive"),
        ("a,b\n1,2\n".encode("utf-16"), "is UTF-16 text"),
        (b"a,b\n1,\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"\xff\xffa,b\n1,2\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_survey_is_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(Problem, match=message) as caught:
        read(tmp_path, content, "a", "b")
    assert str(tmp_path) in str(caught.value)


def test_a_long_header_is_cut_short(tmp_path: Path) -> None:
    header = ",".join(f"x{number}" for number in range(50))
    with pytest.raises(Problem, match=r"'x19', … \(50\)$"):
        read(tmp_path, f"{header}\n{header}\n", "question")
