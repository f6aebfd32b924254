"""The poster (张贴单) that is put up at a place: one A4 page with a large QR code."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import urlsplit

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from survey.assessments.models import Round
from survey.open_answers.models import OpenPlace
from survey.samples.cards import (
    CATEGORY_WORDS,
    REHEARSAL,
    TITLE,
    Writer,
    draw_qr,
    load_font,
    measure,
)

PAGE_WIDTH, PAGE_HEIGHT = A4
QR_SIZE = 110 * mm
MARGIN = 20 * mm
WIDTH = PAGE_WIDTH - 2 * MARGIN

HOW_TO = "微信扫码作答，或在浏览器输入下面的网址。不记名，不需要卡片。"
APART = "任何人都可以在此作答。此处的答卷单独计数，不计入抽样得出的认可率，没有误差范围。"
SEALED = "答卷提交时即加密封存，截止后统一开封，不保存您的任何个人信息。"


def address_of(token: str, public_url: str) -> str:
    """Return the address behind a poster's QR code."""
    return f"{public_url}/o/{token}"


def make_poster(round_: Round, place: OpenPlace, public_url: str) -> bytes:
    """Return the PDF of a place's poster; the same place gives the same bytes."""
    load_font()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=1, invariant=1)
    canvas.setTitle(f"{round_.county} {round_.year} {place.name}")
    canvas.setCreator("Renkedu")
    address = address_of(place.token, public_url)
    draw_qr(canvas, (PAGE_WIDTH - QR_SIZE) / 2, PAGE_HEIGHT - 205 * mm, address, QR_SIZE)
    writer = Writer(canvas)
    for drop, size, text in describe_poster(round_, place, address):
        width = min(measure(text, size), WIDTH)
        writer.write((PAGE_WIDTH - width) / 2, PAGE_HEIGHT - drop * mm, text, size, WIDTH)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def describe_poster(
    round_: Round, place: OpenPlace, address: str
) -> Iterator[tuple[float, float, str]]:
    """Yield the lines of a poster: drop from the top in mm, size in points, text."""
    parts = urlsplit(address)
    yield 30, 26, f"{round_.county} {round_.year}"
    yield 45, 22, REHEARSAL if round_.is_rehearsal else TITLE
    yield 62, 20, f"请{CATEGORY_WORDS[place.category]}作答"
    yield 75, 14, place.name
    yield 88, 12, HOW_TO
    yield 215, 16, f"{parts.netloc}{parts.path}"
    yield 235, 12, APART
    yield 244, 12, SEALED
