"""The QR code of a receipt, drawn as part of the page: no picture to load, no script."""

from __future__ import annotations

import segno
from markupsafe import Markup


def draw_receipt(address: str) -> Markup:
    """Return an SVG of the QR code of an address, dark on white whatever the page's colours."""
    code = segno.make(address, error="l", micro=False)
    return Markup(code.svg_inline(scale=4, border=4, light="#fff", lineclass=None, svgclass="qr"))  # noqa: S704 - segno's own marks
