from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.amount_table import read_amounts


def read(tmp_path: Path, content: bytes) -> list[tuple[Fraction, int]]:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    return read_amounts(path, "books", "pupils")


def test_a_table_is_read_exactly(tmp_path: Path) -> None:
    text = "﻿school,pupils, books \r\n一,45.0,0.1\r\n\r\n , ,\r\n二,３７,1e3\r\n"
    assert read(tmp_path, text.encode()) == [(Fraction(1, 10), 45), (Fraction(1000), 37)]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("1,0,5", r"table\.csv line 2 column pupils: expected a whole number .* above 0, got '0'"),
        ("1,45,5\n2,-3,5", r"line 3 column pupils: expected .* got '-3'"),
        ("1,many,5", r"line 2 column pupils: expected .* got 'many'"),
        ("1,4.5,5", r"line 2 column pupils: expected a whole number .* got '4\.5'"),
        ("1,45,", r"line 2 column books: expected a number from 0 up, got ''"),
        ("1,45", r"table\.csv line 2: expected 3 cells, as in the header, got 2"),
        ("1,45,1,234", r"table\.csv line 2: expected 3 cells, as in the header, got 4"),
        ("1,45,5\n2,1,234,5", r"line 3: expected 3 cells, as in the header, got 4"),
        ("1,45,5,", r"line 2: expected 3 cells, as in the header, got 4"),
        ("1,45,5²", r"line 2 column books: expected a number from 0 up, got '5²'"),
        ("1,45,-0.01", r"line 2 column books: expected a number from 0 up, got '-0\.01'"),
        ('"1\n1",45,x', r"line 3 column books"),
        ('1,"45,5', r"line 2 is not CSV"),
        ("", "expected at least one row, got none"),
    ],
)
def test_a_bad_cell_is_told_with_file_line_and_column(
    tmp_path: Path, rows: str, message: str
) -> None:
    with pytest.raises(Problem, match=message):
        read(tmp_path, f"school,pupils,books\n{rows}".encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected one column 'books', got the columns -"),
        (b"school,pupils\n1,2", "expected one column 'books', got the columns school, pupils"),
        (b"books,pupils,books\n1,2,3", "expected one column 'books'"),
        ("school,pupils,books,宜州区\n".encode("gbk"), "is not UTF-8 text"),
    ],
)
def test_a_table_of_another_kind_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(Problem, match=message):
        read(tmp_path, content)


def test_amount_and_pupils_are_two_columns(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="same column"):
        read_amounts(tmp_path / "table.csv", "books", "books")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"table\.csv: cannot be read"):
        read_amounts(tmp_path / "table.csv", "books", "pupils")
