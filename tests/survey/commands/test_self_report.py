"""`renkedu self-report`: a Word file of the same bytes each time, or plain text."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from docx import Document

from sampling.problems import Problem
from sampling.record import write_record
from survey.commands import main_group
from tests.scoring.test_self_report import make_record


def run(*words: object) -> str:
    result = CliRunner().invoke(main_group, ["self-report", *map(str, words)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_the_same_verdict_gives_the_same_bytes(tmp_path: Path) -> None:
    write_record(make_record(), tmp_path / "verdict.json")
    first, second = tmp_path / "a.docx", tmp_path / "b.docx"
    assert "verdict not_met" in run(tmp_path / "verdict.json", "--out", first)
    run(tmp_path / "verdict.json", "--out", second)
    assert first.read_bytes() == second.read_bytes()
    document = Document(str(first))
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[0] == "宜州区自评报告"
    assert "二、自评结论" in words
    assert document.tables[0].rows[0].cells[0].text == "学段"
    run(tmp_path / "verdict.json", "--out", tmp_path / "a.txt")
    assert "自评结论：未达到申报要求。" in (tmp_path / "a.txt").read_text()


def test_another_format_is_refused_and_nothing_written(tmp_path: Path) -> None:
    write_record(make_record(), tmp_path / "verdict.json")
    with pytest.raises(Problem, match=r"ending in \.docx or \.txt"):
        run(tmp_path / "verdict.json", "--out", tmp_path / "report.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["verdict.json"]
