"""A paper as everybody sees it first, rendered once for all who see the same.

It is most of the work of answering, and differs from one person to the next in two hidden fields.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

from survey.responses.form_token import form_token

MOST = 500  # pages kept: rounds x papers x languages x sizes of type
MARK_PLACE = "{mark of this paper}"
TOKEN_PLACE = "{token of this visitor}"  # noqa: S105 - where a token goes


class BlankPapers:
    """Rendered papers, by what they depend on."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: dict[Hashable, str] = {}

    def show(self, key: Hashable, mark: str, render: Callable[[str], str]) -> str:
        """Return the page for `key` with the visitor's mark and token; `render` takes a mark."""
        token = form_token()
        page = self._pages.get(key)
        if page is None:
            page = render(MARK_PLACE).replace(token, TOKEN_PLACE)
            with self._lock:
                if len(self._pages) >= MOST:
                    self._pages.clear()
                self._pages[key] = page
        return page.replace(MARK_PLACE, mark).replace(TOKEN_PLACE, token)


BLANK_PAPERS = BlankPapers()
