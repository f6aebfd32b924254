"""Pages behind the code on a poster: what this is, the paper, the thanks.

The token is on a wall for everybody to read and may stand in addresses. What holds somebody back
from answering twice is a cookie and a budget for each network; both are easily got round, and the
page says so. Nothing of who answered is stored.
"""

from __future__ import annotations

from http import HTTPStatus

import structlog
from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_limiter.util import get_remote_address
from limits import parse
from sqlalchemy.exc import IntegrityError
from werkzeug import Response

from scoring.merkle import HEX_DIGEST
from survey.access import respondents
from survey.context import current_database, current_limiter, current_settings
from survey.localization import tell
from survey.open_answers.operations import (
    Visit,
    find_open_receipt,
    find_visit,
    is_form_key,
    new_form_key,
    submit_open_answers,
)
from survey.responses.answers import FilledPaper, read_answers
from survey.responses.asked import find_edition, find_language, find_paper
from survey.responses.failures import handle_failures, show_notice
from survey.responses.flags import address_range
from survey.responses.notices import BY_HTTP_STATUS, BY_ROUND_STATUS, NOT_BEGUN, Notice
from survey.responses.receipts import group_receipt

open_answers = Blueprint("open_answers", __name__, url_prefix="/o")
log = structlog.get_logger()

ANSWER_LIMIT = 64 * 1024  # bytes
ANSWERED = "open"  # a cookie of one place's address: an answer was sent from this device
RECEIPT = "receipt"  # another one: the receipt of that answer, until the browser is closed
ANSWERED_SECONDS = 180 * 24 * 3600
PER_NETWORK = parse("200 per hour")  # a township's market behind one address stays below it

RECEIVED = Notice(
    lazy_gettext("An answer was sent from this device"),
    lazy_gettext("Thank you. Each device can be used once at this place."),
)
WITHDRAWN = Notice(
    lazy_gettext("Answers are no longer taken at this place"),
    lazy_gettext("The poster with this code was withdrawn. Thank you for coming."),
)
TOO_MANY = Notice(
    lazy_gettext("Too many answers came from this network"),
    lazy_gettext("Nothing was kept. Please try again in an hour, or over another network."),
)
NO_SUCH_PLACE = Notice(
    lazy_gettext("There is no such page"),
    lazy_gettext("Please scan the code on the poster again."),
)
handle_failures(
    open_answers,
    lambda: url_for("open_answers.introduce", **request.view_args or {}),
    BY_HTTP_STATUS | {HTTPStatus.NOT_FOUND: NO_SUCH_PLACE},
)


@open_answers.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Bound the body before anything reads it, the CSRF check included."""
    request.max_content_length = ANSWER_LIMIT


@open_answers.get("/<token>")
@respondents
def introduce(token: str) -> ResponseReturnValue:
    """Say what this is, what becomes of an answer, and what its count is not."""
    visit = load_visit(token)
    notice = find_notice(visit)
    if notice is not None:
        return show_notice(notice, visit)
    return render_template(
        "open_answers/introduction.html",
        invitation=visit,
        token=token,
        edition=find_edition(visit),
        language=find_language(visit),
        paper=find_paper(visit),
    )


@open_answers.get("/<token>/paper")
@respondents
def show_paper(token: str) -> ResponseReturnValue:
    """Show the paper of the category that is asked at this place."""
    visit = load_visit(token)
    if find_notice(visit):
        return redirect(url_for("open_answers.introduce", token=token), HTTPStatus.SEE_OTHER)
    return render_paper(visit, token, FilledPaper({}, {}), new_form_key())


@open_answers.post("/<token>/paper")
@respondents
def submit_paper(token: str) -> ResponseReturnValue:
    """Store the answer; a form sent twice is one answer."""
    visit = load_visit(token)
    if find_notice(visit):
        return redirect(url_for("open_answers.introduce", token=token), HTTPStatus.SEE_OTHER)
    form_key = request.form.get("form", "")
    filled = read_answers(find_paper(visit), request.form)
    if filled.faults or not is_form_key(form_key):
        page = render_paper(visit, token, filled, new_form_key())
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    if not count_answer():
        return show_notice(TOO_MANY, visit), HTTPStatus.TOO_MANY_REQUESTS
    receipt = store(visit, form_key, filled)
    answer = redirect(url_for("open_answers.thank", token=token), HTTPStatus.SEE_OTHER)
    keep_on_device(answer, token, ANSWERED, "1", ANSWERED_SECONDS)
    keep_on_device(answer, token, RECEIPT, receipt)
    return answer


def keep_on_device(
    answer: Response, token: str, name: str, value: str, seconds: int | None = None
) -> None:
    """Keep a cookie of one place's address; until the browser is closed, where no time is given."""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=url_for("open_answers.introduce", token=token),
        secure=current_settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )


@open_answers.get("/<token>/thanks")
@respondents
def thank(token: str) -> ResponseReturnValue:
    """Say that the answer is there, and show its receipt."""
    visit = load_visit(token)
    if ANSWERED not in request.cookies:
        return redirect(url_for("open_answers.introduce", token=token), HTTPStatus.SEE_OTHER)
    kept = request.cookies.get(RECEIPT, "")
    receipt = kept if HEX_DIGEST.fullmatch(kept) else ""
    address = url_for("public.check_round", round_id=visit.round_id) + f"#receipt={receipt}"
    return render_template(
        "open_answers/thanks.html",
        invitation=visit,
        receipt=group_receipt(receipt),
        address=address,
    )


def load_visit(token: str) -> Visit:
    """Return where a token leads to; anything else is answered with 404."""
    visit = current_database().read(lambda connection: find_visit(connection, token))
    if visit is None:
        abort(404)
    return visit


def find_notice(visit: Visit) -> Notice | None:
    """Return what to say instead of the paper, or None where it can be answered."""
    if not visit.may_answer:
        return WITHDRAWN if visit.is_withdrawn else BY_ROUND_STATUS.get(visit.status, NOT_BEGUN)
    return RECEIVED if ANSWERED in request.cookies else None


def store(visit: Visit, form_key: str, filled: FilledPaper) -> str:
    """Store the answer once and return its receipt.

    Of two of the same form at once, one meets the other's key; both are given one receipt.
    """
    database = current_database()
    try:
        return database.write(
            lambda connection: submit_open_answers(connection, visit, form_key, filled.answers)
        )
    except IntegrityError:
        log.info("open_answer.sent_twice")
        return database.read(
            lambda connection: find_open_receipt(connection, visit.round_id, form_key)
        )


def count_answer() -> bool:
    """Take an answer off the budget of the visitor's network; False when it is used up.

    Counted in memory, for an hour, by network and not by address; written nowhere.
    """
    network = address_range(get_remote_address()).hex()
    return current_limiter().limiter.hit(PER_NETWORK, "open-answer", network)


def render_paper(visit: Visit, token: str, filled: FilledPaper, form_key: str) -> str:
    """Return the paper's page, with what was filled in and what is wrong with it."""
    return render_template(
        "open_answers/paper.html",
        invitation=visit,
        token=token,
        paper=find_paper(visit),
        language=find_language(visit),
        form_key=form_key,
        answers=filled.answers,
        faults={item: tell(fault) for item, fault in filled.faults.items()},
    )
