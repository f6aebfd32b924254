"""Cards and link file: what stands on them, what the font lacks, how many fit on a page."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
import segno
from reportlab.pdfgen.canvas import Canvas

from survey.assessments.models import Round
from survey.frames.identity import Identity
from survey.frames.models import Person
from survey.responses.codes import group_code, new_code
from survey.samples.cards import (
    FONT_FILE,
    MISSING,
    REHEARSAL,
    TEXT_WIDTH,
    cut_to_width,
    describe_card,
    describe_foot,
    describe_line,
    draw_qr,
    keep_printable,
    make_cards,
    measure,
    write_link_file,
)
from survey.samples.links import IssuedLink
from survey.samples.models import Selection
from survey.tables import read_table

URL = "https://survey.example"
ROUND = Round(id="r", county="宜州区", year=2026, residents=1, is_rehearsal=True, public_key="")


def make_link(name: str, school: str = "第一小学") -> IssuedLink:
    """Return a link for somebody of that name."""
    person = Person(
        category="parent", township="庆远镇", school=school, unit_id="u1", area="", grade_band=""
    )
    return IssuedLink(new_code(), Selection(person=person), Identity("7", name, "0001", "3班"))


def test_a_card_names_person_address_and_code() -> None:
    link = make_link("韦昇")
    texts = [text for _, _, text in (*describe_card(link, ROUND), *describe_foot(link, URL))]
    for expected in ("宜州区 2026", "韦昇", "家长", "第一小学 3班", REHEARSAL):
        assert expected in texts
    assert f"survey.example/a    {group_code(link.code)}" in texts


def test_a_card_says_when_to_answer() -> None:
    days = {"opens_on": "2026-11-02", "closes_on": "2026-11-06"}
    round_ = Round(id="r", county="宜州区", year=2026, is_rehearsal=False, **days)
    lines = list(describe_card(make_link("韦昇"), round_))
    told = [size for _, size, text in lines if text == "答题时间：2026年11月2日至11月6日"]
    assert told
    assert measure("答题时间：2026年11月2日至11月6日", told[0]) <= TEXT_WIDTH  # whole, not squeezed
    round_.opens_on = round_.closes_on = None
    assert "答题时间" not in "".join(text for *_, text in describe_card(make_link("韦昇"), round_))


def test_the_list_has_names_and_no_codes() -> None:
    link = make_link("韦昇")
    line = describe_line(1, link)
    assert line[:3] == ("1", "韦昇", "家长")
    assert link.code not in "".join(line)
    assert group_code(link.code) not in line


def count_pages(content: bytes) -> int:
    """Return the number of pages of a PDF as reportlab writes it."""
    return len(re.findall(rb"/Type /Page\b", content))


@pytest.mark.parametrize(("links", "pages"), [(1, 2), (10, 2), (11, 3), (39, 4 + 2)])
def test_ten_cards_a_page_then_the_list(links: int, pages: int) -> None:
    assert count_pages(make_cards(ROUND, [make_link("王")] * links, URL)) == pages


def test_the_qr_code_is_drawn_module_by_module() -> None:
    address = f"{URL}/a/{new_code()}"
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pageCompression=0)
    draw_qr(canvas, 0, 0, address)
    canvas.save()
    rectangles = re.findall(rb"(\S+) (\S+) (\S+) 1 re", buffer.getvalue())
    dark = {
        (int(bottom), int(left) + step)
        for left, bottom, width in rectangles
        for step in range(int(width))
    }
    matrix = segno.make_qr(address, error="m", boost_error=False).matrix
    height = len(matrix)
    assert dark == {
        (height - 1 - row + 2, column + 2)  # two modules of quiet zone, rows from the bottom up
        for row, line in enumerate(matrix)
        for column, is_dark in enumerate(line)
        if is_dark
    }


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
