"""Every command says how it is used and how it ends, and the offline ones stay light."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from survey.commands import main_group

PROMISED = [
    ("plan",),
    ("draw",),
    ("verify",),
    ("certificate", "show"),
    ("release", "reserves"),
    ("rate",),
    ("cv",),
    ("verdict", "verify"),
    ("serve",),
    ("db", "upgrade"),
    ("admin", "create"),
    ("demo",),
]


def walk_commands(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something, groups left out."""
    if not isinstance(command, click.Group):
        yield words
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from walk_commands(found, (*words, name))


COMMANDS = list(walk_commands(main_group))


def test_every_promised_command_exists() -> None:
    assert set(PROMISED) <= set(COMMANDS)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_has_an_example_and_the_exit_codes(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main_group, [*words, "--help"])
    assert result.exit_code == 0
    text = result.output.lower()
    assert "example" in text
    assert f"renkedu {' '.join(words)}" in text
    assert "exit code" in text


@pytest.mark.parametrize(
    "words", [("verify",), ("plan",), ("draw",), ("cv",), ("verdict", "verify")]
)
def test_an_outsider_needs_neither_web_nor_database(words: tuple[str, ...]) -> None:
    """Records outlive the program: checking one loads no Flask and no SQLAlchemy."""
    program = (
        "import sys\n"
        "from survey.commands import main_group\n"
        f"main_group([*{words!r}, '--help'], standalone_mode=False)\n"
        "sys.exit(' '.join({'flask', 'sqlalchemy'} & set(sys.modules)) or 0)\n"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
