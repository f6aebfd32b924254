"""The shell snippets of docs/draw-protocol.md print what the page says they print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sampling.frame import Unit, frame_digest
from sampling.verification import redraw

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "draw-protocol.md").read_text("utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)


def read_sessions(block: str) -> Iterator[tuple[str, str]]:
    """Split a block into commands ("$ " and "> " lines) and what they print."""
    for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = session.splitlines()
        more = [line[2:] for line in lines[1:] if line.startswith("> ")]
        yield "\n".join([lines[0], *more]), "\n".join(lines[1 + len(more) :])


def test_the_page_can_be_redone_in_a_shell(tmp_path: Path) -> None:
    sessions = [session for block in BLOCKS for session in read_sessions(block)]
    assert len(sessions) == 4
    for command, printed in sessions:
        result = subprocess.run(
            ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert result.stdout.strip() == printed


def test_the_page_agrees_with_the_code() -> None:
    rows = [
        ("t-01", "庆远镇", "urban", "一中"),
        ("t-02", "庆远镇", "urban", "一中"),
        ("t-03", "德胜镇", "town", "二中"),
        ("t-04", "德胜镇", "town", "二中"),
        ("t-05", "石别镇", "rural", "三小"),
    ]
    units = [Unit(name, "teacher", place, area, "", school) for name, place, area, school in rows]
    assert frame_digest(units) in PAGE
    order = re.findall(r"^[0-9a-f]{64} (t-0\d)$", PAGE, re.MULTILINE)
    assert redraw(units, 5, "宜州区 2026 示例") == order
