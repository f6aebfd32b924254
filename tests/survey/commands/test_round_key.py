"""`renkedu round-key new`: a key that only its owner reads, and that is never overwritten."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from sampling.problems import Problem
from survey.commands.round_key import round_key
from survey.responses.envelope import find_public_key, read_public_key


def test_the_key_pair_fits_and_only_the_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "yizhou.key"
    result = CliRunner().invoke(round_key, ["new", str(file)], catch_exceptions=False)
    public_key = read_public_key(result.stdout)
    assert find_public_key(file.read_text()) == public_key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().strip() not in result.output


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "yizhou.key"
    file.write_text("precious")
    with pytest.raises(Problem, match="never overwritten"):
        CliRunner().invoke(round_key, ["new", str(file)], catch_exceptions=False)
    assert file.read_text() == "precious"


def test_a_file_without_a_name_is_told() -> None:
    with pytest.raises(Problem, match="name of the file is empty"):
        CliRunner().invoke(round_key, ["new", ""], catch_exceptions=False)


def test_no_web_and_no_database_is_needed() -> None:
    """The level above makes its key on a machine that has nothing to do with the site."""
    program = (
        "import sys, survey.commands.round_key; "
        "print([name for name in ('flask', 'sqlalchemy', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_words_are_the_key(tmp_path: Path) -> None:
    file, sheet = tmp_path / "yizhou.key", tmp_path / "sheet.html"
    result = CliRunner().invoke(
        round_key, ["new", str(file), "--sheet", str(sheet)], catch_exceptions=False
    )
    public_key = result.stdout.strip()
    chinese, english = result.stderr.splitlines()
    for number, words in enumerate((chinese, chinese.replace(" ", ""), english.upper())):
        other = tmp_path / f"words-{number}.txt"
        other.write_text(f"{words}\n", encoding="utf-8")
        told = CliRunner().invoke(round_key, ["public", str(other)], catch_exceptions=False)
        assert told.stdout.strip() == public_key
    page = sheet.read_text(encoding="utf-8")
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600
    assert "".join(f"<li>{word}</li>" for word in english.split()) in page
    assert public_key in page
    assert "http" not in page
    again = CliRunner().invoke(round_key, ["words", str(file)], catch_exceptions=False)
    assert again.stdout.splitlines() == [chinese, english]


def test_quiet_shows_no_secret(tmp_path: Path) -> None:
    file = tmp_path / "yizhou.key"
    result = CliRunner().invoke(round_key, ["new", str(file), "--quiet"], catch_exceptions=False)
    assert result.output == f"{find_public_key(file.read_text())}\n"
