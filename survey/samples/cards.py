"""Cards (二维码卡片): an A4 PDF of QR codes to cut and hand out, and the list of who gets one.

The only place where a code and a name stand side by side. The file is handed to the supervisor
and kept nowhere; the list behind the cards is without codes, to be signed at the hand-over.
Cards are in Chinese whatever language the supervisor's pages are in: respondents read them.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

import segno
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from survey.assessments.models import Round
from survey.assessments.window import window_on_paper
from survey.frames.roster import CATEGORIES
from survey.responses.codes import group_code
from survey.samples.links import IssuedLink, place_of
from survey.tables import write_xlsx

FONT = "card-sans"
FONT_FILE = Path(__file__).parent / "fonts" / "card-sans.ttf"
MISSING = "〓"  # the printer's sign for a character the case does not hold

COLUMNS, ROWS = 2, 5
PAGE_WIDTH, PAGE_HEIGHT = A4
CARD_WIDTH, CARD_HEIGHT = PAGE_WIDTH / COLUMNS, PAGE_HEIGHT / ROWS
PADDING = 7 * mm
QR_SIZE = 36 * mm
TEXT_WIDTH = CARD_WIDTH - QR_SIZE - 3 * mm - 2 * PADDING
LIST_LINES = 38

CATEGORY_WORDS = {code: word for word, code in CATEGORIES.items()}
TITLE = "义务教育社会认可度调查"
REHEARSAL = "演练 · 非正式调查"
PROMISE = "转交本卡的人看不到您的答卷。"  # true of whoever hands it over, and no more is said here
HOW_TO = "微信扫码作答，或在浏览器输入网址和答题码。每卡限答一次，请勿转借。"
LIST_TITLE = "发卡签收单(不含答题码)"
LIST_HEADS = ("序号", "姓名", "类别", "乡镇", "学校、班级", "签收")
LINK_HEADS = ("编号", "姓名", "电话", "类别", "乡镇", "学校", "班级", "链接", "答题码")


@dataclass(frozen=True, slots=True)
class Writer:
    """A canvas that writes in the card font, shortened to the space there is."""

    canvas: Canvas

    def write(self, left: float, base: float, text: str, size: float, width: float) -> None:
        """Write one line; what is too long is squeezed first and cut then."""
        printable = keep_printable(text)
        while size > 6 and measure(printable, size) > width:
            size -= 0.5
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(left, base, cut_to_width(printable, size, width))


def make_cards(round_: Round, links: Sequence[IssuedLink], public_url: str) -> bytes:
    """Return the PDF: the cards in the order of `links`, then the list without codes."""
    load_font()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(f"{round_.county} {round_.year}")
    canvas.setCreator("Renkedu")
    writer = Writer(canvas)
    per_page = COLUMNS * ROWS
    for start in range(0, len(links), per_page):
        draw_cut_lines(canvas)
        for place, link in enumerate(links[start : start + per_page]):
            draw_card(writer, place, link, round_, public_url)
        canvas.showPage()
    draw_list(writer, links, round_)
    canvas.save()
    return buffer.getvalue()


def make_cards_by_place(
    round_: Round, links: Sequence[IssuedLink], public_url: str
) -> tuple[bytes, int]:
    """Return a .zip with a PDF for each school or township, and how many there are."""
    buffer, made = io.BytesIO(), 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        by_place: dict[tuple[str, str], list[IssuedLink]] = {}
        for link in links:
            person = link.selection.person
            by_place.setdefault((person.township, place_of(person)), []).append(link)
        for made, ((township, place), own) in enumerate(by_place.items(), start=1):
            words = dict.fromkeys(filter(None, (township, place)))  # a township stands once
            name = "-".join([f"{made:03}", *(keep_file_name(word) for word in words)])
            archive.writestr(f"{name}-{len(own)}.pdf", make_cards(round_, own, public_url))
    return buffer.getvalue(), made


def keep_file_name(text: str) -> str:
    """Return `text` without what no file may be called.

    >>> keep_file_name("../第一小学")
    '第一小学'
    """
    return re.sub(r'[\\/:*?"<>|.\x00-\x1f]', "", text)[:60]


def write_link_file(links: Sequence[IssuedLink], public_url: str) -> bytes:
    """Return the link file (.xlsx): one row a link, in the order of the cards."""
    rows = (
        (
            link.identity.id,
            link.identity.name,
            link.identity.phone,
            CATEGORY_WORDS[link.selection.person.category],
            link.selection.person.township,
            link.selection.person.school,
            link.identity.class_name,
            address_of(link.code, public_url),
            group_code(link.code),
        )
        for link in links
    )
    return write_xlsx(LINK_HEADS, rows, "链接")


def address_of(code: str, public_url: str) -> str:
    """Return the address that a card's QR code holds."""
    return f"{public_url}/a/{code}"


# One card


def draw_cut_lines(canvas: Canvas) -> None:
    """Draw thin dashed lines where the page is cut."""
    canvas.setDash(2, 3)
    canvas.setLineWidth(0.3)
    for column in range(1, COLUMNS):
        canvas.line(column * CARD_WIDTH, 0, column * CARD_WIDTH, PAGE_HEIGHT)
    for row in range(1, ROWS):
        canvas.line(0, row * CARD_HEIGHT, PAGE_WIDTH, row * CARD_HEIGHT)
    canvas.setDash()


def draw_card(writer: Writer, place: int, link: IssuedLink, round_: Round, public_url: str) -> None:
    """Draw the card at a place of the page: QR on the left, words on the right."""
    row, column = divmod(place, COLUMNS)
    left = column * CARD_WIDTH + PADDING
    top = PAGE_HEIGHT - row * CARD_HEIGHT - PADDING
    draw_qr(writer.canvas, left, top - QR_SIZE, address_of(link.code, public_url))
    text_left = left + QR_SIZE + 3 * mm
    for drop, size, text in describe_card(link, round_):
        writer.write(text_left, top - drop * mm, text, size, TEXT_WIDTH)
    for drop, size, text in describe_foot(link, public_url):
        writer.write(left, top - QR_SIZE - drop * mm, text, size, CARD_WIDTH - 2 * PADDING)


def describe_card(link: IssuedLink, round_: Round) -> Iterator[tuple[float, float, str]]:
    """Yield what stands beside the QR code: drop from the top in mm, size in points, text."""
    person = link.selection.person
    yield 4, 11, f"{round_.county} {round_.year}"
    yield 9, 9, REHEARSAL if round_.is_rehearsal else TITLE
    yield 13, 7.5, window_on_paper(round_)
    yield 18, 12, link.identity.name or link.identity.id
    yield 22.5, 9, CATEGORY_WORDS[person.category]
    where = " ".join(filter(None, (person.school or person.township, link.identity.class_name)))
    first, rest = split_line(where, 9, TEXT_WIDTH)
    yield 26.5, 9, first
    yield 30.5, 9, rest
    yield 34.5, 7, PROMISE


def describe_foot(link: IssuedLink, public_url: str) -> Iterator[tuple[float, float, str]]:
    """Yield what stands below the QR code, for whoever cannot scan it."""
    parts = urlsplit(public_url)
    yield 4, 9.5, f"{parts.netloc}{parts.path}/a    {group_code(link.code)}"
    yield 8, 7, HOW_TO


def draw_qr(canvas: Canvas, left: float, bottom: float, text: str, size: float = QR_SIZE) -> None:
    """Draw a QR code with its quiet zone; neighbouring dark modules of a line are one stroke."""
    matrix = segno.make_qr(text, error="m", boost_error=False).matrix
    quiet = 2
    module = size / (len(matrix) + 2 * quiet)
    canvas.saveState()
    canvas.translate(left, bottom)
    canvas.scale(module, module)  # so that modules are whole numbers in the file
    path = canvas.beginPath()
    for row, line in enumerate(reversed(matrix), start=quiet):
        column = quiet
        for is_dark, run in groupby(line):
            length = len(list(run))
            if is_dark:
                path.rect(column, row, length, 1)
            column += length
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()


# The list


def draw_list(writer: Writer, links: Sequence[IssuedLink], round_: Round) -> None:
    """Draw the hand-over list: who gets a card where, room to sign, no codes."""
    pages = [links[start : start + LIST_LINES] for start in range(0, len(links), LIST_LINES)]
    edges = [18 * mm, 30 * mm, 58 * mm, 84 * mm, 114 * mm, 166 * mm, 192 * mm]
    for number, page in enumerate(pages):
        writer.write(
            edges[0],
            PAGE_HEIGHT - 15 * mm,
            f"{round_.county} {round_.year} · {LIST_TITLE} · {number + 1}/{len(pages)}",
            11,
            edges[-1] - edges[0],
        )
        draw_line(writer, edges, 22 * mm, LIST_HEADS)
        for index, link in enumerate(page):
            order = number * LIST_LINES + index + 1
            draw_line(writer, edges, (29 + 6.5 * index) * mm, describe_line(order, link))
        writer.canvas.showPage()


def describe_line(order: int, link: IssuedLink) -> tuple[str, ...]:
    """Return the cells of one line of the list."""
    person, identity = link.selection.person, link.identity
    return (
        str(order),
        identity.name or identity.id,
        CATEGORY_WORDS[person.category],
        person.township,
        " ".join(filter(None, (person.school, identity.class_name))),
        "",
    )


def draw_line(writer: Writer, edges: Sequence[float], drop: float, cells: Sequence[str]) -> None:
    """Draw one line of the list with a rule below it."""
    base = PAGE_HEIGHT - drop
    for left, right, text in zip(edges, edges[1:], cells, strict=False):
        writer.write(left, base, text, 9, right - left - 1 * mm)
    writer.canvas.setLineWidth(0.2)
    writer.canvas.line(edges[0], base - 1.8 * mm, edges[-1], base - 1.8 * mm)


# The font


@lru_cache(maxsize=1)
def load_font() -> frozenset[int]:
    """Register the card font and return the characters it has."""
    font = TTFont(FONT, str(FONT_FILE))
    pdfmetrics.registerFont(font)
    return frozenset(font.face.charToGlyph)


def keep_printable(text: str) -> str:
    """Return `text` with a sign in place of each character the font lacks."""
    known = load_font()
    return "".join(character if ord(character) in known else MISSING for character in text)


def measure(text: str, size: float) -> float:
    """Return the width of a line in points."""
    return float(pdfmetrics.stringWidth(text, FONT, size))


def split_line(text: str, size: float, width: float) -> tuple[str, str]:
    """Return what of `text` fits on a line, and the rest.

    >>> split_line("宜州区刘三姐镇中心小学", 9, 60)
    ('宜州区刘三姐', '镇中心小学')
    """
    printable, end = keep_printable(text), len(text)
    while end and measure(printable[:end], size) > width:
        end -= 1
    return text[:end], text[end:].strip()


def cut_to_width(text: str, size: float, width: float) -> str:
    """Return as much of `text` as fits, with dots where it was cut.

    >>> _ = load_font()
    >>> cut_to_width("宜州区刘三姐镇中心小学", 9, 60)
    '宜州区刘三…'
    """
    if measure(text, size) <= width:
        return text
    while text and measure(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"
