"""The Chinese guide names buttons as the pages do, and its pictures stay few and light."""

from __future__ import annotations

import re

from babel.messages.pofile import read_po

from tests.guards import ROOT

GUIDE = ROOT / "docs" / "zh" / "guide.md"
CATALOGUE = ROOT / "survey" / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
PICTURES = GUIDE.parent / "pictures"
QUOTED = re.compile("“([^”]+)”")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MOST_PICTURES, MOST_BYTES = 15, 60_000


def test_every_word_in_quotes_stands_on_a_page() -> None:
    with CATALOGUE.open("rb") as file:
        said = "\n".join(str(message.string) for message in read_po(file, locale="zh"))
    quoted = {word for word in QUOTED.findall(GUIDE.read_text("utf-8")) if CHINESE.search(word)}
    assert len(quoted) > 50
    assert {word for word in quoted if word not in said} == set()


def test_each_picture_is_shown_and_light() -> None:
    pictures = {file.name: file.stat().st_size for file in PICTURES.glob("*.png")}
    shown = set(re.findall(r"\(pictures/([\w-]+\.png)\)", GUIDE.read_text("utf-8")))
    assert shown == set(pictures)
    assert 5 < len(pictures) <= MOST_PICTURES
    assert {name: size for name, size in pictures.items() if size > MOST_BYTES} == {}
