"""What a respondent's form must carry to be taken: proof that this phone was shown it.

It is a keyed digest of the card that was open when the form was made. Another site cannot know it,
and its requests come without the card's cookie anyway (SameSite). Nothing is kept for it on either
side: no session, and a paper left open overnight is still taken. What a browser itself says to come
from another site, or from a sister of this one, is turned away whatever it carries.
"""

from __future__ import annotations

import hashlib
import hmac
from http import HTTPStatus

from flask import abort, request
from flask.typing import ResponseReturnValue

from survey.context import current_settings
from survey.responses.device import read_code
from survey.responses.failures import show_notice
from survey.responses.notices import OTHER_CARD

FIELD = "csrf_token"
HEADER = "X-CSRFToken"  # as a script may send it
FROM = "Sec-Fetch-Site"  # set by the browser, out of reach of scripts; old webviews have none
OWN_PAGE, TYPED = "same-origin", "none"
ENTRY = "responses.enter_code"  # its page may have been opened before any card was


def form_token() -> str:
    """Return the token of forms that are shown to the card that is open on this phone."""
    return token_for(read_code())


def token_for(code: str) -> str:
    """Return the token of forms for a card, or for nobody's (no code)."""
    key = bytes.fromhex(current_settings().session_key)
    return hashlib.blake2b(b"form\n" + code.encode(), key=key, digest_size=16).hexdigest()


def check_form_token() -> ResponseReturnValue | None:
    """Turn a form away that was not made for the card that is open here (before each request)."""
    if request.method != "POST":
        return None
    if request.headers.get(FROM, OWN_PAGE) not in (OWN_PAGE, TYPED):
        abort(HTTPStatus.BAD_REQUEST)
    sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if is_same(sent, form_token()) or (request.endpoint == ENTRY and is_same(sent, token_for(""))):
        return None
    if not sent or not read_code() or request.endpoint == ENTRY:
        abort(HTTPStatus.BAD_REQUEST)
    return show_notice(OTHER_CARD), HTTPStatus.CONFLICT


def is_same(sent: str, token: str) -> bool:
    """Compare without telling by the time it takes where the two differ."""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), token.encode())
