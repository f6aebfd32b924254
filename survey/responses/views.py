"""Pages for respondents: the link, the introduction, the paper, the thanks.

A code travels in one address only, the card's: there it is taken into a cookie that no script can
read, and every later address is the same for everybody. Nothing here writes a code, an address or
an answer to a log.
"""

from __future__ import annotations

import hmac
import traceback
from http import HTTPStatus

import structlog
from flask import (
    Blueprint,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from sampling.problems import Problem
from survey.access import respondents
from survey.context import current_database, current_limiter, current_settings
from survey.localization import tell
from survey.questionnaires.edition import Paper, load_edition
from survey.responses.answers import FilledPaper, read_answers
from survey.responses.codes import is_well_formed, normalize_code
from survey.responses.notices import (
    BY_HTTP_STATUS,
    OTHER_CARD,
    RECEIVED,
    SOMETHING_WRONG,
    Notice,
    find_notice,
)
from survey.responses.operations import Invitation, find_invitation, refuse, submit_answers
from survey.samples.models import LINK_SPENT

responses = Blueprint("responses", __name__, url_prefix="/a")
log = structlog.get_logger()

CARD_COOKIE = "card"
CARD = "card"  # hidden in the paper's form: which card it was opened with
RECEIPT = "link_receipt"  # in the signed session: the link's number and its receipt
ANSWER_LIMIT = 64 * 1024  # bytes; a paper is a few thousand
# Typing slips are caught by the check character and cost nothing. What is left are guesses; a
# school behind one address may still have many cards of an older round.
WRONG_CODES = parse("100 per hour")


@responses.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Bound the body before anything reads it, the CSRF check included."""
    request.max_content_length = ANSWER_LIMIT


@responses.get("/enter")
@responses.get("")
@respondents
def enter() -> ResponseReturnValue:
    """Ask for the code of a card."""
    return render_template("responses/enter.html", fault="")


@responses.post("/enter")
@respondents
def enter_code() -> ResponseReturnValue:
    """Take a code that was typed."""
    return accept_code(request.form.get("code", ""))


@responses.get("/<code>")
@respondents
def open_link(code: str) -> ResponseReturnValue:
    """Take the code out of the address; nothing is spent by looking, people or scanners."""
    return accept_code(code)


def accept_code(typed: str) -> ResponseReturnValue:
    """Keep a known code in a cookie and go to the introduction; else say what is wrong."""
    code = normalize_code(typed)
    if not is_well_formed(code):
        return show_wrong_code(404)
    with current_database().sessions() as database:
        found = find_invitation(database, current_settings().link_key, code)
    if found is None:
        return show_wrong_code(count_wrong_code())
    drop_other_receipt(found)
    answer = redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        CARD_COOKIE,
        code,
        path="/a",
        secure=current_settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


def find_receipt(invitation: Invitation) -> str:
    """Return the receipt that this phone got for this link, or nothing."""
    link_id, receipt = session.get(RECEIPT, (None, ""))
    return str(receipt) if link_id == invitation.link_id else ""


def drop_other_receipt(invitation: Invitation) -> None:
    """Forget the receipt of the card before: phones are shared, and go from hand to hand."""
    if RECEIPT in session and not find_receipt(invitation):
        del session[RECEIPT]


def count_wrong_code() -> int:
    """Take a wrong guess off the address's budget: 404, or 429 when it is used up.

    Only wrong codes are counted and only wrong codes are turned away: whoever has a card gets in,
    whatever others behind the same address do.
    """
    within = current_limiter().limiter.hit(WRONG_CODES, "wrong-code", get_remote_address())
    return 404 if within else 429


def show_wrong_code(status: int) -> ResponseReturnValue:
    """Ask to check the letters; the code itself is not shown again."""
    fault = (
        gettext("There were too many wrong codes. Please wait a while and try again.")
        if status == HTTPStatus.TOO_MANY_REQUESTS
        else gettext("This code is not right. Please check the letters.")
    )
    return render_template("responses/enter.html", fault=fault), status


@responses.get("/")
@respondents
def introduce() -> ResponseReturnValue:
    """Say what this is, who asks, and what becomes of an answer."""
    invitation = find_own_invitation()
    if invitation is None:
        return redirect(url_for("responses.enter"), HTTPStatus.SEE_OTHER)
    notice = find_notice(invitation)
    if notice is not None:
        return show_notice(notice, invitation)
    return render_template(
        "responses/introduction.html", invitation=invitation, paper=find_paper(invitation)
    )


@responses.get("/paper")
@respondents
def show_paper() -> ResponseReturnValue:
    """Show the paper of the person's category."""
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation):
        return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)
    return render_paper(invitation, FilledPaper({}, {}))


@responses.post("/paper")
@respondents
def submit_paper() -> ResponseReturnValue:
    """Store the answer; the same answer sent twice is received once and thanked for twice."""
    invitation = find_own_invitation()
    if invitation is None or (find_notice(invitation) not in (None, RECEIVED)):
        return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)
    if request.form.get(CARD, mark_card(invitation)) != mark_card(invitation):
        # A paper left open by the person before must not be sent for whoever opened a card since.
        return show_notice(OTHER_CARD), HTTPStatus.CONFLICT
    if invitation.may_answer:
        filled = read_answers(find_paper(invitation), request.form)
        if filled.faults:
            return render_paper(invitation, filled), HTTPStatus.UNPROCESSABLE_ENTITY
        with current_database().transaction() as database:
            receipt = submit_answers(database, invitation, filled.answers)
        if receipt:
            session[RECEIPT] = [invitation.link_id, receipt]
    return redirect(url_for("responses.thank"), HTTPStatus.SEE_OTHER)


@responses.get("/thanks")
@respondents
def thank() -> ResponseReturnValue:
    """Say that the answer is there; show its receipt, to the card that it belongs to."""
    invitation = find_own_invitation()
    if invitation is None or invitation.state != LINK_SPENT:
        return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)
    return render_template(
        "responses/thanks.html", invitation=invitation, receipt=find_receipt(invitation)
    )


@responses.get("/refuse")
@respondents
def confirm_refusal() -> ResponseReturnValue:
    """Ask once more before a refusal is noted."""
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation):
        return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)
    return render_template("responses/refuse.html", invitation=invitation)


@responses.post("/refuse")
@respondents
def refuse_to_answer() -> ResponseReturnValue:
    """Note a refusal; the introduction then says so."""
    invitation = find_own_invitation()
    if invitation is not None and invitation.may_answer:
        with current_database().transaction() as database:
            refuse(database, invitation)
    return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)


def find_own_invitation() -> Invitation | None:
    """Return what the code in the visitor's cookie leads to, or None."""
    code = request.cookies.get(CARD_COOKIE, "")
    if not is_well_formed(code):
        return None
    with current_database().sessions() as database:
        return find_invitation(database, current_settings().link_key, code)


def mark_card(invitation: Invitation) -> str:
    """Return what ties a paper's form to the card it was opened with; it tells no code."""
    key = bytes.fromhex(current_settings().link_key)
    return hmac.new(key, f"paper {invitation.link_id}".encode(), "sha256").hexdigest()[:16]


def find_paper(invitation: Invitation) -> Paper:
    """Return the paper of the person's category."""
    return load_edition(invitation.edition).paper_for(invitation.category)


def render_paper(invitation: Invitation, filled: FilledPaper) -> str:
    """Return the paper's page, with what was filled in and what is wrong with it."""
    return render_template(
        "responses/paper.html",
        invitation=invitation,
        paper=find_paper(invitation),
        card=mark_card(invitation),
        answers=filled.answers,
        faults={item: tell(fault) for item, fault in filled.faults.items()},
    )


def show_notice(notice: Notice, invitation: Invitation | None = None) -> str:
    """Return a page with a heading and a sentence."""
    return render_template("responses/notice.html", notice=notice, invitation=invitation)


@responses.errorhandler(Problem)
def show_problem(problem: Problem) -> ResponseReturnValue:
    """Answer what was overtaken (a close, a new card) with where the link stands now."""
    if request.method != "POST":
        return show_failure(problem)
    return redirect(url_for("responses.introduce"), HTTPStatus.SEE_OTHER)


@responses.errorhandler(HTTPException)
def show_http_error(error: HTTPException) -> ResponseReturnValue:
    """Show an error of the web as a page for phones; a redirect is no error."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    return show_notice(BY_HTTP_STATUS.get(error.code, SOMETHING_WRONG)), error.code


@responses.errorhandler(Exception)
def show_failure(error: Exception) -> ResponseReturnValue:
    """Show a failure (a database that is down) as a page to be loaded again.

    Logged are the kind and the lines of code. Flask's own log would hold the address, and a
    database's message the values: a code and an answer.
    """
    lines = [
        f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("respondent.page_failed", kind=type(error).__name__, lines=lines[-8:])
    answer: Response = make_response(show_notice(SOMETHING_WRONG), HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = "5"
    return answer
