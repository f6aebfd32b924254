"""Pages of paper mode: a clerk asks for a sheet's code, types the sheet in, goes on to the next.

The code is typed into a form and kept in a cookie of these pages that no script can read; it stands
in no address and no page. Who is behind it is not shown. Once a sheet is stored, nothing of it can
be seen again here.
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from limits import parse

from sampling.problems import Problem
from scoring.answers import CATEGORIES
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAFT, DRAWN, FIELD, FROZEN, Round
from survey.assessments.operations import load_round
from survey.context import current_database, current_limiter, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.localization import choose_language, tell
from survey.paper_entry.operations import type_sheet
from survey.paper_entry.sheets import make_blank_sheet
from survey.questionnaires.frozen import round_edition
from survey.questionnaires.paper import Edition, Paper
from survey.questionnaires.shelf import find_edition
from survey.responses.answers import FilledPaper, read_answers
from survey.responses.codes import is_well_formed, normalize_code
from survey.responses.hours import name_hour
from survey.responses.notices import OTHER_CARD, find_notice
from survey.responses.submission import Invitation, find_invitation

paper_entry = Blueprint("paper_entry", __name__)

SHEET_COOKIE = "sheet"
SHEET = "sheet"  # hidden in the form: which sheet it was opened for
SHEET_LIMIT = 64 * 1024  # bytes, as for respondents
WRONG_CODES = parse("100 per hour")  # of one clerk; slips are caught by the check character


@paper_entry.url_value_preprocessor
def limit_body(_endpoint: str | None, _values: dict[str, object] | None) -> None:
    """Bound the body before anything reads it: what is sent here is as large as an answer."""
    request.max_content_length = SHEET_LIMIT


@paper_entry.get("/rounds/<round_id>/sheets")
@roles(SUPERVISOR)
def ask_code(round_id: str) -> ResponseReturnValue:
    """Ask for the code of a returned sheet; hand out blank ones."""
    return show_asking(round_id)


@paper_entry.post("/rounds/<round_id>/sheets")
@roles(SUPERVISOR)
def take_code(round_id: str) -> ResponseReturnValue:
    """Keep a code of this round and go to its paper; else say what is wrong."""
    round_ = read_round(round_id)
    code = normalize_code(request.form.get("code", ""))
    if not is_well_formed(code):
        return show_asking(round_id, gettext("This code is not right. Please check the letters."))
    invitation = look_up(round_, code)
    if invitation is None:
        return show_asking(round_id, count_wrong_code())
    notice = find_notice(invitation)
    if notice is not None:
        return show_asking(round_id, f"{notice.title}. {notice.text}")
    answer = redirect(url_for("paper_entry.show_paper", round_id=round_id), 303)
    answer.set_cookie(
        SHEET_COOKIE,
        code,
        path=url_for("paper_entry.ask_code", round_id=round_id),
        secure=current_settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


@paper_entry.get("/rounds/<round_id>/sheets/paper")
@roles(SUPERVISOR)
def show_paper(round_id: str) -> ResponseReturnValue:
    """Show the paper of the sheet's category, to be filled in as the sheet is."""
    invitation = find_sheet(read_round(round_id))
    if invitation is None or find_notice(invitation):
        return redirect(url_for("paper_entry.ask_code", round_id=round_id), 303)
    return render_paper(round_id, invitation, FilledPaper({}, {}))


@paper_entry.post("/rounds/<round_id>/sheets/paper")
@roles(SUPERVISOR)
def store_sheet(round_id: str) -> ResponseReturnValue:
    """Store the sheet; the same sheet sent twice is stored once."""
    invitation = find_sheet(read_round(round_id))
    if invitation is None:
        return redirect(url_for("paper_entry.ask_code", round_id=round_id), 303)
    if request.form.get(SHEET, "") != mark_sheet(invitation):
        return show_asking(round_id, f"{OTHER_CARD.title}. {OTHER_CARD.text}", 409)
    notice = find_notice(invitation)
    if notice is not None:
        return forget_sheet(round_id, f"{notice.title}. {notice.text}")
    filled = read_answers(find_paper(invitation), request.form)
    if filled.faults:
        return render_paper(round_id, invitation, filled), 422
    clerk, hour = signed_in_user().username, name_hour(datetime.now(UTC))
    try:
        stored = current_database().write(
            lambda connection: type_sheet(connection, invitation, filled.answers, clerk, hour)
        )
    except Problem as problem:
        return show_asking(round_id, tell(problem))
    return forget_sheet(
        round_id,
        gettext("One sheet was typed in. It is sealed and cannot be shown again.")
        if stored
        else gettext("The person of this sheet had answered already; nothing was stored."),
    )


@paper_entry.get("/rounds/<round_id>/sheets/<category>.pdf")
@roles(SUPERVISOR)
def blank_sheet(round_id: str, category: str) -> ResponseReturnValue:
    """Hand out a blank sheet of a category, the code to be written in by hand."""
    round_ = read_round(round_id)
    edition = find_edition_of(round_)
    if category not in CATEGORIES:
        abort(404)
    language = edition.find_language(request.args.get("paper"), choose_language())
    return hand_out(
        make_blank_sheet(round_, edition.paper_for(category), language, category),
        f"sheet-{category}.pdf",
        "application/pdf",
    )


def read_round(round_id: str) -> Round:
    """Return a round of the clerk's region; anything else is answered with 404."""
    with current_database().sessions() as session:
        return load_round(session, round_id, signed_in_user())


def look_up(round_: Round, code: str) -> Invitation | None:
    """Return what a code leads to if it belongs to this round."""
    key = current_settings().link_key
    found = current_database().read(lambda connection: find_invitation(connection, key, code))
    return found if found and found.round_id == round_.id else None


def find_sheet(round_: Round) -> Invitation | None:
    """Return what the code in the clerk's cookie leads to, or None."""
    code = request.cookies.get(SHEET_COOKIE, "")
    return look_up(round_, code) if is_well_formed(code) else None


def count_wrong_code() -> str:
    """Take a wrong code off the clerk's budget; return what to say."""
    hit = current_limiter().limiter.hit(WRONG_CODES, "wrong-sheet", signed_in_user().username)
    if hit:
        return str(gettext("No sheet of this round has this code."))
    return str(gettext("There were too many wrong codes. Please wait a while and try again."))


def forget_sheet(round_id: str, message: str) -> Response:
    """Go on to the next sheet, with a word on the last one."""
    flash(message)
    address = url_for("paper_entry.ask_code", round_id=round_id)
    answer = make_response(redirect(address, 303))
    answer.delete_cookie(SHEET_COOKIE, path=address, httponly=True, samesite="Lax")
    return answer


def mark_sheet(invitation: Invitation) -> str:
    """Return what ties a form to the sheet it was opened for; it tells no code."""
    key = bytes.fromhex(current_settings().link_key)
    return hmac.new(key, f"sheet {invitation.link_id}".encode(), "sha256").hexdigest()[:16]


def find_paper(invitation: Invitation) -> Paper:
    """Return the paper of the sheet's category."""
    return find_wording(invitation).paper_for(invitation.category)


def find_wording(invitation: Invitation) -> Edition:
    """Return what the round asks; read only in the field, where its wording is fixed."""
    return round_edition(current_database(), invitation.round_id, invitation.edition)


def find_edition_of(round_: Round) -> Edition:
    """Return the edition of a round: as it is in the field, or as it will go there."""
    if round_.status in (DRAFT, FROZEN, DRAWN):
        return find_edition(current_settings().editions, round_.edition)
    return round_edition(current_database(), round_.id, round_.edition)


def show_asking(round_id: str, fault: str = "", status: int = 422) -> tuple[str, int]:
    """Return the page that asks for a code."""
    round_ = read_round(round_id)
    page = render_template(
        "paper_entry/code.html",
        round=round_,
        fault=fault,
        is_open=round_.status == FIELD,
        categories=CATEGORIES,
        languages_of_papers=find_edition_of(round_).languages,
    )
    return page, status if fault else 200


def render_paper(round_id: str, invitation: Invitation, filled: FilledPaper) -> str:
    """Return the page with the paper, what was typed and what is wrong with it."""
    return render_template(
        "paper_entry/paper.html",
        invitation=invitation,
        round_id=round_id,
        paper=find_paper(invitation),
        language=find_wording(invitation).find_language(choose_language()),
        sheet=mark_sheet(invitation),
        answers=filled.answers,
        faults={item: tell(fault) for item, fault in filled.faults.items()},
    )
