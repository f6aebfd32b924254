"""Cards and link file: what stands on them, what the font lacks, how many fit on a page."""

from __future__ import annotations

import hashlib
import re
import subprocess
from pathlib import Path

import pytest

from survey.assessments.models import Round
from survey.frames.identity import Identity
from survey.frames.models import Person
from survey.responses.codes import group_code, new_code
from survey.samples.cards import (
    FONT_FILE,
    MISSING,
    cut_to_width,
    keep_printable,
    make_cards,
    measure,
    write_link_file,
)
from survey.samples.models import Selection
from survey.samples.operations import IssuedLink
from survey.tables import read_table

URL = "https://survey.example"
ROUND = Round(id="r", county="宜州区", year=2026, residents=1, is_rehearsal=True, public_key="")


def make_link(name: str, school: str = "第一小学") -> IssuedLink:
    """Return a link for somebody of that name."""
    person = Person(
        category="parent", township="庆远镇", school=school, unit_id="u1", area="", grade_band=""
    )
    return IssuedLink(new_code(), Selection(person=person), Identity("7", name, "0001", "3班"))


def read_pdf(content: bytes, path: Path) -> list[str]:
    """Return the text of each page."""
    path.write_bytes(content)
    output = subprocess.run(
        ["pdftotext", "-layout", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    return output.split("\f")[:-1]


def test_a_card_names_person_address_and_code(tmp_path: Path) -> None:
    link = make_link("韦昇")
    cards, listed = read_pdf(make_cards(ROUND, [link], URL), tmp_path / "cards.pdf")
    for expected in ("宜州区 2026", "韦昇", "家长", "第一小学 3班", "survey.example/a", "演练"):
        assert expected in cards
    assert group_code(link.code) in cards
    assert "韦昇" in listed
    assert link.code not in listed.replace("-", "")


def test_ten_cards_a_page_then_the_list(tmp_path: Path) -> None:
    pages = read_pdf(make_cards(ROUND, [make_link("王")] * 21, URL), tmp_path / "cards.pdf")
    assert [page.count("survey.example/a") for page in pages] == [10, 10, 1, 0]
    assert len(re.findall(r"^ *\d+ +王", pages[-1], re.MULTILINE)) == 21


@pytest.mark.parametrize("name", ["𠮷野", "名\x00字", "\ud83d\ude00", "김철수", ""])
def test_whatever_a_name_holds_a_card_comes_out(name: str) -> None:
    name = name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert make_cards(ROUND, [make_link(name, "很长的学校名称" * 17)], URL).startswith(b"%PDF")


def test_characters_the_font_lacks() -> None:
    assert keep_printable("𠮷野家") == f"{MISSING}野家"


def test_the_font_has_every_hanzi_of_gbk() -> None:
    pairs = (bytes((a, b)) for a in range(0x81, 0xFF) for b in range(0x40, 0xFF) if b != 0x7F)
    decoded = (pair.decode("gbk", "ignore") for pair in pairs)
    hanzi = "".join(char for char in decoded if "\u4e00" <= char <= "\u9fff")
    assert len(hanzi) > 20_000
    assert keep_printable(hanzi) == hanzi


def test_the_font_is_the_one_its_readme_names() -> None:
    digest = hashlib.sha256(FONT_FILE.read_bytes()).hexdigest()
    assert digest in (FONT_FILE.parent / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1, 20, 60, 400])
def test_a_line_never_leaves_its_space(width: float) -> None:
    line = cut_to_width("宜州区刘三姐镇中心小学", 9, width)
    assert line == "…" or measure(line, 9) <= width


def test_the_link_file_has_a_row_a_link() -> None:
    links = [make_link("王"), make_link("=HYPERLINK(1)")]
    rows = read_table("links.xlsx", write_link_file(links, URL)).rows
    assert [cells["链接"] for _, cells in rows] == [f"{URL}/a/{link.code}" for link in links]
    assert [cells["姓名"] for _, cells in rows] == ["王", "=HYPERLINK(1)"]
