"""Pages for respondents: the link, the introduction, the paper, the thanks.

A code travels in one address only, the card's: there it is taken into a cookie that no script can
read, and every later address is the same for everybody. Nothing here writes a code, an address or
an answer to a log.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_limiter.util import get_remote_address
from limits import parse
from werkzeug import Response

from survey.access import respondents
from survey.context import current_database, current_limiter, current_settings
from survey.localization import choose_language, tell
from survey.responses.answers import FilledPaper, read_answers
from survey.responses.asked import find_edition, find_language, find_paper
from survey.responses.blank_paper import BLANK_PAPERS
from survey.responses.codes import is_well_formed, normalize_code
from survey.responses.device import (
    draft_key,
    drop_other_receipt,
    find_receipt,
    forget_draft_key,
    has_large_type,
    is_mark_of,
    keep_code,
    keep_draft_key,
    keep_receipt,
    mark_new_paper,
    mark_paper,
    read_code,
    read_draft_key,
    remember_choices,
    seconds_since,
)
from survey.responses.drafts import read_draft, read_receipt, save_draft
from survey.responses.failures import handle_failures, show_notice
from survey.responses.flags import compute_flags
from survey.responses.form_token import check_form_token
from survey.responses.notices import OTHER_CARD, RECEIVED, find_notice
from survey.responses.receipt_picture import draw_receipt
from survey.responses.receipts import group_receipt
from survey.responses.submission import (
    Invitation,
    find_invitation,
    refuse,
    seal_answers,
    store_envelope,
)
from survey.samples.models import LINK_SPENT

responses = Blueprint("responses", __name__, url_prefix="/a")
handle_failures(responses, lambda: url_for("responses.introduce"))
responses.before_request(check_form_token)
responses.add_app_template_global(has_large_type)
responses.after_app_request(remember_choices)

MARK = "card"  # hidden in the paper's form: which card it was opened with, and when
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
    found = find_by_code(code)
    if found is None:
        return show_wrong_code(count_wrong_code())
    answer = go_to("responses.introduce")
    drop_other_receipt(answer, found)
    keep_code(answer, code)
    return answer


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
        return go_to("responses.enter")
    notice = find_notice(invitation)
    if notice is RECEIVED and read_draft_key(invitation):
        return go_to("responses.thank")
    if notice is not None:
        return show_notice(notice, invitation)
    return render_template(
        "responses/introduction.html",
        invitation=invitation,
        edition=find_edition(invitation),
        language=find_language(invitation),
        paper=find_paper(invitation),
        has_draft=bool(read_draft_key(invitation)),
    )


@responses.get("/paper")
@respondents
def show_paper() -> ResponseReturnValue:
    """Show the paper of the person's category, with what this phone has saved of it."""
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation):
        return go_to("responses.introduce")
    key = read_draft_key(invitation)
    saved = (
        current_database().read(lambda connection: read_draft(connection, invitation.link_id, key))
        if key
        else {}
    )
    # How long a paper took is not known of one that was begun before.
    mark = mark_paper(invitation) if saved else mark_new_paper(invitation)
    return render_paper(invitation, FilledPaper(saved, {}), mark)


@responses.post("/save")
@respondents
def save() -> ResponseReturnValue:
    """Keep what is filled in so far, for the page's script; 409 where the paper is no longer open.

    The whole paper is sent every time: a request that comes twice or late does no harm.
    """
    invitation = find_own_invitation()
    if invitation is None or not holds_paper_of(invitation):
        return "", HTTPStatus.CONFLICT
    answer = Response()  # 200, not 204: waitress would close the connection after each answer
    return answer if keep_draft(invitation, answer) else ("", HTTPStatus.CONFLICT)


@responses.post("/later")
@respondents
def save_for_later() -> ResponseReturnValue:
    """Keep what is filled in without a script, and never hand it in.

    A language or a size of type that was chosen on the paper comes this way, too: its answers are
    kept and it is shown again.
    """
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation):
        return go_to("responses.introduce")
    if not holds_paper_of(invitation):
        return show_notice(OTHER_CARD), HTTPStatus.CONFLICT
    after = "responses.show_paper" if request.args else "responses.go_on_later"
    answer = go_to(after)
    keep_draft(invitation, answer)
    return answer


@responses.get("/later")
@respondents
def go_on_later() -> ResponseReturnValue:
    """Say that the answers are kept, and how to come back to them."""
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation) or not read_draft_key(invitation):
        return go_to("responses.introduce")
    return render_template("responses/later.html", invitation=invitation)


@responses.post("/paper")
@respondents
def submit_paper() -> ResponseReturnValue:
    """Store the answer; the same answer sent twice is received once and thanked for twice."""
    invitation = find_own_invitation()
    if invitation is None or (find_notice(invitation) not in (None, RECEIVED)):
        return go_to("responses.introduce")
    if not holds_paper_of(invitation):
        # A paper left open by the person before must not be sent for whoever opened a card since.
        return show_notice(OTHER_CARD), HTTPStatus.CONFLICT
    receipt = None
    if invitation.may_answer:
        filled = read_answers(find_paper(invitation), request.form)
        if filled.faults:
            page = render_paper(invitation, filled, sent_mark(invitation))
            return page, HTTPStatus.UNPROCESSABLE_ENTITY
        receipt = store(invitation, filled)
    answer = go_to("responses.thank")
    if receipt:  # else the key stays, and opens the receipt that this phone never saw
        forget_draft_key(answer, invitation)
        keep_receipt(answer, invitation, receipt)
    return answer


@responses.get("/thanks")
@respondents
def thank() -> ResponseReturnValue:
    """Say that the answer is there; show its receipt, to the card that it belongs to."""
    invitation = find_own_invitation()
    if invitation is None or invitation.state != LINK_SPENT:
        return go_to("responses.introduce")
    key = read_draft_key(invitation)
    receipt = find_receipt(invitation) or current_database().read(
        lambda connection: read_receipt(connection, invitation.link_id, key)
    )
    shown = {"invitation": invitation, "receipt": group_receipt(receipt)}
    answer = make_response(render_template("responses/thanks.html", **shown))
    forget_draft_key(answer, invitation)
    if receipt:
        keep_receipt(answer, invitation, receipt)
    return answer


@responses.get("/receipt")
@respondents
def show_receipt() -> ResponseReturnValue:
    """Show the receipt as a QR code, on a page of its own: drawing takes longer than storing."""
    invitation = find_own_invitation()
    receipt = find_receipt(invitation) if invitation else ""
    if invitation is None or not receipt:
        return go_to("responses.introduce")
    path = url_for("public.check_round", round_id=invitation.round_id)
    address = f"{path}#receipt={receipt}"
    return render_template(
        "responses/receipt.html",
        invitation=invitation,
        receipt=group_receipt(receipt),
        address=address,
        picture=draw_receipt(current_settings().public_url + address),
    )


@responses.get("/refuse")
@respondents
def confirm_refusal() -> ResponseReturnValue:
    """Ask once more before a refusal is noted."""
    invitation = find_own_invitation()
    if invitation is None or find_notice(invitation):
        return go_to("responses.introduce")
    return render_template("responses/refuse.html", invitation=invitation)


@responses.post("/refuse")
@respondents
def refuse_to_answer() -> ResponseReturnValue:
    """Note a refusal; the introduction then says so."""
    answer = go_to("responses.introduce")
    invitation = find_own_invitation()
    if invitation is not None and invitation.may_answer:
        current_database().write(lambda connection: refuse(connection, invitation))
        forget_draft_key(answer, invitation)
    return answer


def go_to(endpoint: str) -> Response:
    """Return the answer that leads to another page, with a GET; browsers show nothing of it."""
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": url_for(endpoint)})


def find_own_invitation() -> Invitation | None:
    """Return what the code in the visitor's cookie leads to, or None."""
    code = read_code()
    return find_by_code(code) if code else None


def find_by_code(code: str) -> Invitation | None:
    """Return what a well-formed code leads to, or None."""
    link_key = current_settings().link_key
    return current_database().read(lambda connection: find_invitation(connection, link_key, code))


def holds_paper_of(invitation: Invitation) -> bool:
    """Say whether the form that was sent was opened with this card, as far as it tells."""
    mark = request.form.get(MARK)
    return mark is None or is_mark_of(invitation, mark)


def sent_mark(invitation: Invitation) -> str:
    """Return the mark of the form that was sent; call it after `holds_paper_of`."""
    return request.form.get(MARK) or mark_paper(invitation)


def keep_draft(invitation: Invitation, answer: Response) -> bool:
    """Keep the answers that were sent as this phone's draft; False if the link is open no more."""
    if not invitation.may_answer:
        return False
    key = draft_key(invitation)
    filled = read_answers(find_paper(invitation), request.form)
    is_kept = current_database().write(
        lambda connection: save_draft(connection, invitation.link_id, key, filled.answers)
    )
    if is_kept and key != read_draft_key(invitation):
        keep_draft_key(answer, invitation, key)
    return is_kept


def store(invitation: Invitation, filled: FilledPaper) -> str | None:
    """Seal the answer and store it; return its receipt, or None if there was an answer already.

    It is sealed before it stands in the line of writers, who would all wait for it there.
    """
    flags = compute_flags(
        find_paper(invitation),
        filled.answers,
        seconds=seconds_since(sent_mark(invitation)),
        address=get_remote_address(),
    )
    envelope, key = seal_answers(invitation, filled.answers, flags), read_draft_key(invitation)
    return current_database().write(
        lambda connection: store_envelope(connection, invitation, envelope, key)
    )


def render_paper(invitation: Invitation, filled: FilledPaper, mark: str) -> str:
    """Return the paper's page, with what was filled in and what is wrong with it."""
    edition = find_edition(invitation)
    language = find_language(invitation)

    def render(mark: str) -> str:
        return render_template(
            "responses/paper.html",
            invitation=invitation,
            edition=edition,
            paper=edition.paper_for(invitation.category),
            language=language,
            card=mark,
            answers=filled.answers,
            faults={item: tell(fault) for item, fault in filled.faults.items()},
        )

    if filled.answers or filled.faults:
        return render(mark)
    shown = (invitation.round_id, invitation.county, invitation.year, invitation.is_rehearsal)
    look = (invitation.category, language.code, choose_language(), has_large_type())
    return BLANK_PAPERS.show((edition.digest, shown, look), mark, render)
