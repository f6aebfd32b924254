"""Pages of an administrator: who may log in, invitations, rights, other people's sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.access import roles
from survey.accounts.forms import InvitationForm, RightsForm
from survey.accounts.invitations import invite as invite_user
from survey.accounts.invitations import list_pending, reset
from survey.accounts.models import ADMINISTRATOR, User
from survey.accounts.regions import Region, children_of, name_region, path_to, read_region
from survey.accounts.rights import (
    activate,
    change_rights,
    deactivate,
    describe_rights,
    find_user,
    list_users,
)
from survey.accounts.sessions import end_sessions, list_sessions
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import tell

accounts = Blueprint("accounts", __name__)
accounts.add_app_template_global(name_region)

AT = "at"  # the button of a place in the tree; the form is then shown again with it


@accounts.get("/users")
@roles(ADMINISTRATOR)
def users() -> ResponseReturnValue:
    """List who may log in."""
    with current_database().sessions() as session:
        found = list_users(session, signed_in_user())
        return render_template(
            "accounts/users.html", users=found, pending=list_pending(session, found)
        )


@accounts.route("/users/new", methods=["GET", "POST"])
@roles(ADMINISTRATOR)
def invite() -> ResponseReturnValue:
    """Invite somebody; the link is shown once, on this answer only."""
    form = InvitationForm()
    if not form.is_submitted():
        form.region.data = signed_in_user().region
        return render_invitation(form)
    if AT in request.form:
        return render_invitation(form, at=request.form[AT])
    if not form.validate():
        return render_invitation(form), 422
    username = (form.username.data or "").strip().lower()
    actor = signed_in_user()
    try:
        region = read_region(form.region.data or "", actor.region)
        with current_database().transaction() as session:
            token = invite_user(session, actor, username, form.role.data, region)
    except Problem as problem:
        return render_invitation(form, messages=[tell(problem)]), 422
    return show_link(username, token)


def render_invitation(
    form: InvitationForm, messages: Sequence[str] = (), at: str | None = None
) -> str:
    """Return the page on which somebody is invited."""
    return render_template(
        "accounts/invite.html", form=form, messages=messages, **browse_places(form, at)
    )


def browse_places(form: RightsForm, at: str | None) -> dict[str, object]:
    """Return the tree as it is opened, and put a place that was chosen into the form."""
    own = signed_in_user().region
    if at is not None and at.startswith(own):
        form.region.data = at
    opened = find_opened(form.region.data or "", own)
    path: list[Region] = [step for step in path_to(opened) if step.code.startswith(own)]
    return {"path": path, "places": children_of(opened), "is_chosen": at is not None}


def find_opened(typed: str, own: str) -> str:
    """Return the place at which the tree is open: what was typed if it is one, else the own."""
    try:
        return read_region(typed, own)
    except Problem:
        return own


def show_link(username: str, token: str) -> str:
    """Return the page that shows the link of an invitation, this once."""
    link = current_settings().public_url + url_for("my_account.open_invitation", token=token)
    return render_template("accounts/invited.html", username=username, link=link)


@accounts.route("/users/<username>", methods=["GET", "POST"])
@roles(ADMINISTRATOR)
def user(username: str) -> ResponseReturnValue:
    """Show somebody, and give them another role or region."""
    form = RightsForm()
    with current_database().sessions() as session:
        found = find_user(session, username, signed_in_user())
        if not form.is_submitted():
            form.role.data, form.region.data = found.role, found.region
            form.seen.data = describe_rights(found)
            return render_user(session, found, form)
        if AT in request.form or not form.validate():
            page = render_user(session, found, form, at=request.form.get(AT))
            return page, 422 if form.errors else 200
    try:
        region = read_region(form.region.data or "", signed_in_user().region)
        with current_database().transaction() as session:
            change_rights(
                session,
                signed_in_user(),
                find_user(session, username, signed_in_user()),
                role=form.role.data,
                region=region,
                seen=form.seen.data or "",
            )
    except Problem as problem:
        with current_database().sessions() as session:
            found = find_user(session, username, signed_in_user())
            return render_user(session, found, form, messages=[tell(problem)]), 422
    return redirect(url_for("accounts.user", username=username), 303)


def render_user(
    session: Session,
    found: User,
    form: RightsForm,
    messages: Sequence[str] = (),
    at: str | None = None,
) -> str:
    """Return the page of one person."""
    return render_template(
        "accounts/user.html",
        user=found,
        form=form,
        messages=messages,
        pending=list_pending(session, [found]).get(found.id),
        sessions=list_sessions(session, found),
        is_self=found.id == signed_in_user().id,
        **browse_places(form, at),
    )


@accounts.post("/users/<username>/deactivate")
@roles(ADMINISTRATOR)
def deactivate_user(username: str) -> ResponseReturnValue:
    """Let somebody in no more."""
    return act_on(username, deactivate)


@accounts.post("/users/<username>/activate")
@roles(ADMINISTRATOR)
def activate_user(username: str) -> ResponseReturnValue:
    """Let somebody in again."""
    return act_on(username, activate)


@accounts.post("/users/<username>/sessions/end")
@roles(ADMINISTRATOR)
def end_user_sessions(username: str) -> ResponseReturnValue:
    """Log somebody out everywhere."""
    return act_on(
        username, lambda session, actor, found: end_sessions(session, found, actor.username)
    )


@accounts.post("/users/<username>/reset")
@roles(ADMINISTRATOR)
def reset_user(username: str) -> ResponseReturnValue:
    """Void password and second factor; the new link is shown once, on this answer only."""
    actor = signed_in_user()
    with current_database().transaction() as session:
        token = reset(session, actor, find_user(session, username, actor))
    return show_link(username, token)


@accounts.get("/users/<username>/deactivate")
@accounts.get("/users/<username>/activate")
@accounts.get("/users/<username>/sessions/end")
@accounts.get("/users/<username>/reset")
@roles(ADMINISTRATOR)
def go_to_user(username: str) -> ResponseReturnValue:
    """Lead from an address that takes a button back to the page it is on."""
    return redirect(url_for("accounts.user", username=username), 303)


def act_on(username: str, act: Callable[[Session, User, User], object]) -> ResponseReturnValue:
    """Do something about somebody of the own region, and lead back to their page."""
    actor = signed_in_user()
    with current_database().transaction() as session:
        act(session, actor, find_user(session, username, actor))
    return redirect(url_for("accounts.user", username=username), 303)
