"""Pages of one's own account: sessions, second factor, and the invitation that it began with."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import Problem
from survey.access import public, roles
from survey.accounts.forms import PasswordForm
from survey.accounts.invitations import accept, find_invitation, require_invitation
from survey.accounts.log_in import read_session_token
from survey.accounts.models import ROLES
from survey.accounts.operations import make_hash
from survey.accounts.sessions import digest_token, end_session, end_sessions, list_sessions
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import tell

my_account = Blueprint("my_account", __name__)

COOKIE = "invitation"
COOKIE_LIFE = 3600  # seconds in which a password is typed


@my_account.get("/account")
@roles(*ROLES)
def account() -> ResponseReturnValue:
    """Show who one is here, where one is logged in, and the second factor."""
    with current_database().sessions() as session:
        return render_template(
            "accounts/account.html",
            user=signed_in_user(),
            sessions=list_sessions(session, signed_in_user()),
            this=digest_token(read_session_token()),
        )


@my_account.post("/account/sessions/<digest>/end")
@roles(*ROLES)
def end_one(digest: str) -> ResponseReturnValue:
    """End one of one's own sessions."""
    user = signed_in_user()
    with current_database().transaction() as session:
        end_session(session, user, digest, user.username)
    return redirect(url_for("my_account.account"), HTTPStatus.SEE_OTHER)


@my_account.post("/account/sessions/end-others")
@roles(*ROLES)
def end_others() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    user = signed_in_user()
    with current_database().transaction() as session:
        end_sessions(session, user, user.username, keep=digest_token(read_session_token()))
    return redirect(url_for("my_account.account"), HTTPStatus.SEE_OTHER)


@my_account.get("/account/sessions/<digest>/end")
@my_account.get("/account/sessions/end-others")
@roles(*ROLES)
def go_to_account(digest: str = "") -> ResponseReturnValue:  # noqa: ARG001 - of the address
    """Lead from an address that takes a button back to the page it is on."""
    return redirect(url_for("my_account.account"), HTTPStatus.SEE_OTHER)


@my_account.get("/invitation/<token>")
@public
def open_invitation(token: str) -> ResponseReturnValue:
    """Take the token out of the address and into a cookie; this spends nothing."""
    answer = redirect(url_for("my_account.invitation"), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_LIFE,
        path=url_for("my_account.invitation"),
        httponly=True,
        samesite="Lax",
        secure=current_settings().secure_cookies,
    )
    return answer


@my_account.route("/invitation", methods=["GET", "POST"])
@public
def invitation() -> ResponseReturnValue:
    """Let somebody who was invited set a password of their own."""
    form = PasswordForm()
    messages: list[str] = []
    token = request.cookies.get(COOKIE, "")
    if form.is_submitted():
        try:
            if form.validate():
                return take_up(token, form.password.data or "")
        except Problem as problem:
            messages = [tell(problem)]
    with current_database().sessions() as session:
        found = find_invitation(session, token)
        page = render_template(
            "accounts/invitation.html",
            invitation=found,
            form=form,
            messages=messages,
        )
    return page, 422 if messages or form.errors else 200


def take_up(token: str, password: str) -> ResponseReturnValue:
    """Set the password and lead to the log-in."""
    with current_database().sessions() as session:
        require_invitation(session, token)  # before a hash is worked out for nothing
    password_hash = make_hash(password)
    with current_database().transaction() as session:
        user = accept(session, token, password_hash)
    flash(gettext("Your password is set, %(name)s. Please log in.", name=user.username))
    answer = redirect(url_for("security.login"), HTTPStatus.SEE_OTHER)
    answer.delete_cookie(COOKIE, path=url_for("my_account.invitation"))
    return answer
