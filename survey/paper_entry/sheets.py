"""Printed sheets (纸质问卷): a paper on A4, with its code on it or room to copy one from a card.

Whose sheet it is stands on a strip that is torn off before the sheet goes back: a name beside
answers would be what the whole survey avoids. What ties a sheet to its person is the code alone.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from sampling.problems import N_, Problem
from survey.assessments.models import Round
from survey.questionnaires.paper import LTR, MULTIPLE, NUMBER, TEXT, Edition, Item, Language, Paper
from survey.responses.codes import LENGTH, group_code
from survey.samples.cards import (
    CATEGORY_WORDS,
    FONT,
    REHEARSAL,
    TITLE,
    Writer,
    address_of,
    draw_qr,
    load_font,
    measure,
)
from survey.samples.links import IssuedLink

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 18 * mm
WIDTH = PAGE_WIDTH - 2 * MARGIN
BOTTOM = 18 * mm
STRIP = 20 * mm  # to be torn off
QR_SIZE = 26 * mm
LINE = 5.4 * mm
TEXT_SIZE = 10.5
BOX = 3.4 * mm
WRITING_LINES = 4

# Words around the paper; in English for the English paper, in Chinese for all others.
WORDS = {
    "zh": {
        "title": TITLE,
        "rehearsal": REHEARSAL,
        "tear": "本条请撕下自留，勿与问卷一同交回",
        "code": "答题码",
        "how": "请在所选答案前的方框内打勾，每题选一项；填好后封入信封交回。",
        "by_code": "请照卡片填写答题码；没有答题码的问卷不能录入。",
        "several": "可选多项",
        "must": "必答",
        "names": "请勿写姓名",
        "when": "仅第 {number} 题选“{choices}”者回答",
    },
    "en": {
        "title": "Survey of public recognition of compulsory education",
        "rehearsal": "REHEARSAL · not a real survey",
        "tear": "Tear this strip off and keep it; do not return it with the sheet",
        "code": "Code",
        "how": "Tick one answer to each question; return the sheet in a sealed envelope.",
        "by_code": "Copy the code from your card; a sheet without a code cannot be counted.",
        "several": "several may be chosen",
        "must": "must be answered",
        "names": "please write no names",
        "when": "only if question {number} is answered with: {choices}",
    },
}


def make_sheets(
    round_: Round,
    edition: Edition,
    links: Sequence[IssuedLink],
    public_url: str,
    language: Language,
) -> bytes:
    """Return the PDF of one sheet for each link, in the order of `links`, each on pages of its own.

    Raises `Problem` for a language that the font cannot print.
    """
    press = Press(round_, language)
    for link in links:
        category = link.selection.person.category
        press.print_sheet(edition.paper_for(category), category, link, public_url)
    return press.finish()


def make_blank_sheet(round_: Round, paper: Paper, language: Language, category: str) -> bytes:
    """Return the PDF of a paper without a code; it has room to copy one from a card."""
    press = Press(round_, language)
    press.print_sheet(paper, category)
    return press.finish()


@dataclass
class Press:
    """Prints sheets one after the other; `base` is the line that is written next."""

    round_: Round
    language: Language
    buffer: io.BytesIO = field(default_factory=io.BytesIO)
    base: float = 0.0
    foot: str = ""

    def __post_init__(self) -> None:
        load_font()
        self.canvas = Canvas(self.buffer, pagesize=A4, pageCompression=1, invariant=1)
        self.canvas.setTitle(f"{self.round_.county} {self.round_.year}")
        self.canvas.setCreator("Renkedu")
        self.writer = Writer(self.canvas)
        self.words = WORDS["en" if self.language.code == "en" else "zh"]

    def finish(self) -> bytes:
        """Return the PDF."""
        self.canvas.save()
        return self.buffer.getvalue()

    def print_sheet(
        self, paper: Paper, category: str, link: IssuedLink | None = None, public_url: str = ""
    ) -> None:
        """Print a paper: with a link its strip, QR and code, without one boxes for a code."""
        check_printable(paper, self.language)
        self.foot = group_code(link.code) if link else ""
        self.base = PAGE_HEIGHT - 12 * mm
        if link:
            self.print_strip(category, link)
        self.print_head(paper, link, public_url)
        for number, item in enumerate(paper.items, start=1):
            self.print_item(item, describe(paper, number, item, self.words, self.language))
        self.end_page()

    def print_strip(self, category: str, link: IssuedLink) -> None:
        """Print who gets the sheet, above a dashed line."""
        person, identity = link.selection.person, link.identity
        where = " ".join(filter(None, (person.school or person.township, identity.class_name)))
        name = identity.name or identity.id
        self.write(MARGIN, f"{name}  {CATEGORY_WORDS[category]}  {where}", 12)
        self.base -= LINE
        self.write(MARGIN, self.words["tear"], 8)
        edge = PAGE_HEIGHT - STRIP
        self.canvas.setDash(2, 3)
        self.canvas.line(0, edge, PAGE_WIDTH, edge)
        self.canvas.setDash()
        self.base = edge - 9 * mm

    def print_head(self, paper: Paper, link: IssuedLink | None, public_url: str) -> None:
        """Print what the paper is and its code."""
        top = self.base
        width = WIDTH - (QR_SIZE + 4 * mm if link else 0)
        heading = self.words["rehearsal" if self.round_.is_rehearsal else "title"]
        for size, text in (
            (14, f"{self.round_.county} {self.round_.year}  {heading}"),
            (12, paper.title[self.language.code]),
        ):
            self.print_text(text, size, width)
        self.print_text(paper.note[self.language.code], TEXT_SIZE, width)
        self.print_text(self.words["how"], TEXT_SIZE, width)
        if link:
            right = PAGE_WIDTH - MARGIN - QR_SIZE
            draw_qr(
                self.canvas, right, top - QR_SIZE + LINE, address_of(link.code, public_url), QR_SIZE
            )
            self.base -= LINE / 2
            self.print_text(f"{self.words['code']}  {group_code(link.code)}", 13, width)
            self.base = min(self.base, top - QR_SIZE)
        else:
            self.print_code_boxes()
        self.base -= LINE / 2

    def print_code_boxes(self) -> None:
        """Print thirteen boxes to write a card's code into."""
        self.base -= LINE / 2
        self.write(MARGIN, self.words["code"], 12)
        side, left = 7 * mm, MARGIN + 16 * mm
        for place in range(LENGTH):
            gap = 3 * mm * (min(place // 4, 2))
            self.canvas.rect(left + place * side + gap, self.base - 2 * mm, side, side)
        self.base -= 1.6 * LINE
        self.print_text(self.words["by_code"], 8.5, WIDTH)

    def print_item(self, item: Item, question: str) -> None:
        """Print a question and what it is answered in, on one page."""
        lines = list(wrap(question, TEXT_SIZE, WIDTH))
        rows = list(arrange([option.text[self.language.code] for option in item.options]))
        room = {TEXT: WRITING_LINES * 1.5, NUMBER: 1.5}.get(item.kind, float(len(rows)))
        if self.base - (len(lines) + room + 0.6) * LINE < BOTTOM:
            self.end_page()
        for line in lines:
            self.write(MARGIN, line, TEXT_SIZE)
            self.base -= LINE
        for row in rows:
            for left, text in row:
                self.canvas.rect(MARGIN + left, self.base - 0.6 * mm, BOX, BOX)
                self.write(MARGIN + left + BOX + 1.5 * mm, text, TEXT_SIZE)
            self.base -= LINE
        if item.kind in (TEXT, NUMBER):
            self.print_rules(WRITING_LINES if item.kind == TEXT else 1)
        self.base -= 0.6 * LINE

    def print_rules(self, count: int) -> None:
        """Print lines to write on."""
        self.canvas.setLineWidth(0.3)
        for _ in range(count):
            self.base -= 0.5 * LINE
            self.canvas.line(MARGIN, self.base, PAGE_WIDTH - MARGIN, self.base)
            self.base -= LINE

    def print_text(self, text: str, size: float, width: float) -> None:
        """Print a paragraph."""
        for line in wrap(text, size, width):
            self.write(MARGIN, line, size)
            self.base -= max(LINE, size * 1.35)

    def write(self, left: float, text: str, size: float) -> None:
        """Write one line at the present height."""
        self.writer.write(left, self.base, text, size, PAGE_WIDTH - MARGIN - left)

    def end_page(self) -> None:
        """End the page; its foot says which sheet it belongs to."""
        self.canvas.setFont(FONT, 8)
        self.canvas.drawRightString(PAGE_WIDTH - MARGIN, 10 * mm, self.foot)
        self.canvas.showPage()
        self.base = PAGE_HEIGHT - MARGIN


def check_printable(paper: Paper, language: Language) -> None:
    """Raise `Problem` for a language whose letters or direction the printed sheet does not have."""
    known = load_font()
    texts = [paper.title, paper.note, *(item.text for item in paper.items)]
    texts += [item.hint for item in paper.items if item.hint]
    texts += [option.text for item in paper.items for option in item.options]
    letters = {ord(letter) for text in texts for letter in text[language.code]} - {ord("\n")}
    if language.direction != LTR or letters - known:
        raise Problem(
            N_("sheets in {language} cannot be printed here: the font lacks its letters"),
            language=language.name,
        )


def describe(
    paper: Paper, number: int, item: Item, words: Mapping[str, str], language: Language
) -> str:
    """Return a question as it is printed: number, words, when it is asked, what to keep in mind."""
    marks = [words["must"]] if item.required else []
    marks += {MULTIPLE: [words["several"]], TEXT: [words["names"]]}.get(item.kind, [])
    marks += [f"{item.least}-{item.most}"] if item.kind == NUMBER else []
    marks += [item.hint[language.code]] if item.hint else []
    if item.when:
        asked = paper.find_item(item.when.item)
        chosen = [option for option in asked.options if option.id in item.when.options]
        choices = " / ".join(option.text[language.code] for option in chosen)
        marks.append(words["when"].format(number=paper.number_of(asked), choices=choices))
    note = f"  ({'; '.join(marks)})" if marks else ""
    return f"{number}. {item.text[language.code]}{note}"


def arrange(texts: Sequence[str]) -> Iterator[list[tuple[float, str]]]:
    """Yield rows of options: each with its distance from the left, as many as fit."""
    row: list[tuple[float, str]] = []
    left = 0.0
    for text in texts:
        width = BOX + 1.5 * mm + measure(text, TEXT_SIZE) + 4.5 * mm
        if row and left + width > WIDTH:
            yield row
            row, left = [], 0.0
        row.append((left, text))
        left += width
    if row:
        yield row


def wrap(text: str, size: float, width: float) -> Iterator[str]:
    """Yield the lines of a text: broken at a blank where a word would be cut, else anywhere.

    >>> _ = load_font()
    >>> list(wrap("one two three", 10, 45)), list(wrap("宜州区刘三姐镇", 10, 45))
    (['one two', 'three'], ['宜州区刘', '三姐镇'])
    """
    for paragraph in text.split("\n"):
        rest = paragraph.strip()
        while rest:
            end = len(rest)
            while end > 1 and measure(rest[:end], size) > width:
                end -= 1
            if end < len(rest) and rest[end - 1].isascii() and rest[end].isascii():
                blank = rest.rfind(" ", 0, end + 1)
                end = blank if blank > 0 else end
            yield rest[:end].rstrip()
            rest = rest[end:].lstrip()
