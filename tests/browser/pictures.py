"""The pictures of the Chinese guide, kept on the way of the browser tests (`make pictures`).

They are taken only when the variable PICTURES names a folder: few colours, one width, so that the
guide stays light.
"""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

FOLDER = os.environ.get("PICTURES", "")
WIDTH, HIGHEST, COLOURS = 1000, 1150, 24
# That the tests log in without a second factor is no part of a county's page.
DROP_WARNING = "document.querySelector('header.site + aside.rehearsal')?.remove()"
FROM_BELOW = frozenset(("ceremony-draw",))  # what matters stands at the end
IN_GUIDE = frozenset(
    (
        "round",
        "roster-columns",
        "plan",
        "ceremony-source",
        "ceremony-draw",
        "links",
        "texts-sent",
        "find-found",
        "outcomes",
        "progress-lost",
        "close",
        "hand-over",
        "results",
    )
)


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture of the page now shown if the guide has one of that name."""
    if not FOLDER or name not in IN_GUIDE:
        return
    before = page.viewport_size
    page.set_viewport_size({"width": WIDTH, "height": 700})
    page.evaluate(DROP_WARNING)
    shot = Image.open(BytesIO(page.screenshot(full_page=True)))
    top = max(shot.height - HIGHEST, 0) if name in FROM_BELOW else 0
    cut = shot.convert("RGB").crop((0, top, WIDTH, min(shot.height, top + HIGHEST)))
    cut.quantize(COLOURS, dither=Image.Dither.NONE).save(
        Path(FOLDER) / f"{name}.png", optimize=True
    )
    if before:
        page.set_viewport_size(before)
