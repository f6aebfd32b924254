"""The shell snippets of docs/draw-protocol.md print what the page says they print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sampling.commitments import make_commitment, write_line
from sampling.frame import Unit, frame_digest
from sampling.seed_sources import Reveal, commit, derive_value
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
    assert len(sessions) == 8
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


def test_the_page_agrees_with_the_code_about_commitments_and_seeds() -> None:
    line = write_line(("t-01", "teacher", "庆远镇", "urban", "", "一中"), "韦小明 4417")
    assert make_commitment("00112233445566778899aabbccddeeff", line) in PAGE
    reveals = [
        Reveal(party="督导办", text="春江水暖", nonce="0" * 32),
        Reveal(party="家长代表", text="鸭先知", nonce="1" * 32),
    ]
    parties = [{"party": r["party"], "commitment": commit(r)} for r in reveals]
    announced: dict[str, object] = {"source": "commit-reveal", "parties": parties}
    assert parties[0]["commitment"] in PAGE
    assert derive_value(announced, {"reveals": reveals}, "seed") in PAGE
