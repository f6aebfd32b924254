"""Pages of the accounts: an administrator adds people."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from sampling.problems import N_, Problem
from survey.access import roles
from survey.accounts.forms import ROLE_NAMES, UserForm
from survey.accounts.models import ADMINISTRATOR, User
from survey.accounts.operations import create_user, make_password
from survey.context import current_database, signed_in_user
from survey.localization import tell

accounts = Blueprint("accounts", __name__)


@accounts.get("/users")
@roles(ADMINISTRATOR)
def users() -> ResponseReturnValue:
    """List who may log in, with a form for somebody new."""
    return render_users(UserForm())


@accounts.post("/users")
@roles(ADMINISTRATOR)
def add_user() -> ResponseReturnValue:
    """Add somebody; the password is made here and shown once, on this answer only."""
    form = UserForm()
    if not form.validate_on_submit():
        return render_users(form), 422
    region, administrator = (form.region.data or "").strip(), signed_in_user()
    password = make_password()
    try:
        if not administrator.may_see(region):
            raise Problem(N_("this region is not within your own"))
        with current_database().transaction() as session:
            user = create_user(
                session,
                (form.username.data or "").strip().lower(),
                form.role.data,
                region=region,
                password=password,
                actor=administrator.username,
            )
    except Problem as problem:
        return render_users(form, messages=[tell(problem)]), 422
    return render_users(UserForm(formdata=None), made=(user.username, password))


def render_users(
    form: UserForm, messages: list[str] | None = None, made: tuple[str, str] | None = None
) -> str:
    """Return the page of users."""
    with current_database().sessions() as session:
        mine = User.region.startswith(signed_in_user().region, autoescape=True)
        found = session.scalars(select(User).where(mine).order_by(User.username)).all()
        return render_template(
            "accounts/users.html",
            form=form,
            users=found,
            role_names=ROLE_NAMES,
            messages=messages or [],
            made=made,
        )
