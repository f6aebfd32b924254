"""Margins from a file; more of what is refused stands with the command `rate`."""

from __future__ import annotations

from pathlib import Path

import pytest

from sampling.problems import Problem
from scoring.margin_table import read_margin_table


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "margins.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_totals(tmp_path: Path, encoding: str) -> None:
    text = 'column,value,total\n区域, 城区 ,１２\n区域,"镇区, 乡村",0.5\n性别,女,12.5\n'
    found = read_margin_table(write(tmp_path, text, encoding))
    assert found.totals(999) == {"区域": {"城区": 12, "镇区, 乡村": 0.5}, "性别": {"女": 12.5}}


def test_shares_are_taken_of_people_and_rounding_is_shared_out(tmp_path: Path) -> None:
    text = "column,value,share\na,x,0.333\na,y,0.333\na,z,0.3335\nb,x,1\n"
    found = read_margin_table(write(tmp_path, text)).totals(1000)
    assert sum(found["a"].values()) == pytest.approx(1000, rel=1e-12)
    assert found["a"]["x"] == pytest.approx(1000 * 0.333 / 0.9995, rel=1e-12)
    assert found["b"] == {"x": 1000}


@pytest.mark.parametrize("shares", ["0.4,0.59", "0.7,0.31", "70,30"])
def test_shares_that_do_not_add_up(tmp_path: Path, shares: str) -> None:
    first, second = shares.split(",")
    text = f"column,value,share\na,x,{first}\na,y,{second}\n"
    with pytest.raises(Problem, match="the shares of a add up to"):
        read_margin_table(write(tmp_path, text))
