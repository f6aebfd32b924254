"""What a phone keeps between two pages: its card, the key of its draft, a receipt, large type.

Scripts can read none of it, and nothing is kept in the storage of the browser, which webviews wipe
or do not have.
"""

from __future__ import annotations

import hashlib
import hmac
import time

from flask import request
from werkzeug import Response

from survey.context import current_settings
from survey.localization import LANGUAGE_COOKIE
from survey.questionnaires.edition import LANGUAGE_CODE
from survey.responses.codes import is_well_formed
from survey.responses.drafts import is_key, new_key
from survey.responses.submission import Invitation

PATH = "/a"
CARD_COOKIE = "card"
DRAFT_COOKIE = "draft-"  # and what tells one link from another: a shared phone has several drafts
DRAFT_SECONDS = 14 * 24 * 3600  # longer than any survey is in the field
MOST_DRAFTS = 8  # on one phone; cookies must not outgrow what a server takes
RECEIPT_COOKIE = "receipt"  # the receipt, and what ties it to its link
SIZE_COOKIE = "size"
LARGE = "large"
PAPER_COOKIE = "paper"  # the language that papers are shown in
YEAR = 365 * 24 * 3600


def read_code() -> str:
    """Return the code of the card that was opened last on this phone, or nothing."""
    code = request.cookies.get(CARD_COOKIE, "")
    return code if is_well_formed(code) else ""


def keep_code(answer: Response, code: str) -> None:
    """Keep a code until the browser is closed."""
    _set_cookie(answer, CARD_COOKIE, code)


def read_draft_key(invitation: Invitation) -> str:
    """Return the key of this phone's draft of a paper, or nothing."""
    key = request.cookies.get(name_draft(invitation), "")
    return key if is_key(key) else ""


def keep_draft_key(answer: Response, invitation: Invitation, key: str) -> None:
    """Keep the key of a draft, also when the browser is closed in between."""
    others = [name for name in request.cookies if name.startswith(DRAFT_COOKIE)]
    if len(others) >= MOST_DRAFTS:
        for name in others:
            answer.delete_cookie(name, path=PATH)
    _set_cookie(answer, name_draft(invitation), key, DRAFT_SECONDS)


def forget_draft_key(answer: Response, invitation: Invitation) -> None:
    """Drop the key of a draft: nothing of the person remains on the phone."""
    if name_draft(invitation) in request.cookies:
        answer.delete_cookie(name_draft(invitation), path=PATH)


def draft_key(invitation: Invitation) -> str:
    """Return the key of this phone's draft of a paper, a new one where there is none."""
    return read_draft_key(invitation) or new_key()


def name_draft(invitation: Invitation) -> str:
    """Return the name of the cookie with the key of a draft; it tells no code."""
    return DRAFT_COOKIE + _sign(f"draft {invitation.link_id}")[:8]


def mark_paper(invitation: Invitation, opened: str = "") -> str:
    """Return what ties a form to its card, and when it was opened (seconds; nothing if unknown)."""
    return f"{opened}.{_sign(f'paper {invitation.link_id} {opened}')}"


def mark_new_paper(invitation: Invitation) -> str:
    """Return the mark of a paper that is opened now."""
    return mark_paper(invitation, str(int(time.time())))


def is_mark_of(invitation: Invitation, mark: str) -> bool:
    """Say whether a form was made for this card."""
    opened = mark.partition(".")[0][:16]
    return hmac.compare_digest(mark.encode(), mark_paper(invitation, opened).encode())


def seconds_since(mark: str) -> float | None:
    """Return how long ago a marked paper was opened; None if that is not known."""
    opened = mark.partition(".")[0]
    seconds = time.time() - int(opened) if opened else -1
    return seconds if seconds >= 0 else None  # a clock that was set back tells nothing


def find_receipt(invitation: Invitation) -> str:
    """Return the receipt that this phone got for this link, or nothing."""
    kept = request.cookies.get(RECEIPT_COOKIE, "")
    receipt = kept.partition(".")[0]
    is_own = kept.isascii() and hmac.compare_digest(kept, tie_receipt(invitation, receipt))
    return receipt if is_own else ""


def keep_receipt(answer: Response, invitation: Invitation, receipt: str) -> None:
    """Keep a receipt until another card is opened or the browser is closed."""
    _set_cookie(answer, RECEIPT_COOKIE, tie_receipt(invitation, receipt))


def drop_other_receipt(answer: Response, invitation: Invitation) -> None:
    """Forget the receipt of the card before: phones are shared, and go from hand to hand."""
    if RECEIPT_COOKIE in request.cookies and not find_receipt(invitation):
        answer.delete_cookie(RECEIPT_COOKIE, path=PATH)


def tie_receipt(invitation: Invitation, receipt: str) -> str:
    """Return a receipt with what ties it to its link: no other card shows it, nor one made up."""
    return f"{receipt}.{_sign(f'receipt {invitation.link_id} {receipt}')}"


def has_large_type() -> bool:
    """Say whether this phone shows large type (长辈模式)."""
    return request.args.get(SIZE_COOKIE, request.cookies.get(SIZE_COOKIE)) == LARGE


def read_paper_language() -> str:
    """Return the code of the language that papers were asked for in, or nothing."""
    return request.args.get(LANGUAGE_COOKIE) or request.cookies.get(PAPER_COOKIE, "")


def remember_choices(answer: Response) -> Response:
    """Keep what was chosen by a link or a button: the size of type, the language of papers.

    The site's own languages are few and remembered elsewhere; a paper may be worded in others.
    """
    if not request.args:
        return answer
    size, language = request.args.get(SIZE_COOKIE), request.args.get(LANGUAGE_COOKIE)
    if size is not None:
        kept = LARGE if size == LARGE else "normal"
        answer.set_cookie(SIZE_COOKIE, kept, max_age=YEAR, samesite="Lax")
    if language is not None and LANGUAGE_CODE.fullmatch(language):
        answer.set_cookie(PAPER_COOKIE, language, max_age=YEAR, samesite="Lax")
    return answer


def _set_cookie(answer: Response, name: str, value: str, seconds: int | None = None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=PATH,
        secure=current_settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )


def _sign(text: str) -> str:
    key = bytes.fromhex(current_settings().link_key)
    return hashlib.blake2b(text.encode(), key=key, digest_size=8).hexdigest()
