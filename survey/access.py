"""Access marks: every endpoint says who may enter, or the site does not start.

A mark is put on a view by `public`, `respondents` or `roles`; views that come from libraries are
marked in `LIBRARY_MARKS`. `guard` checks the mark before each request, so that a view which forgets
to check cannot exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, abort, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_security import current_user

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

PUBLIC = "public"
RESPONDENTS = "respondents"
SIGNED_IN = "signed-in"
STRANGERS = "strangers"  # who is half-way through a log-in; whoever is signed in is led on
CLOSED = "closed"  # a page of a library that the site has no use for
MARK = "access_mark"

Mark = str | frozenset[str]

LIBRARY_MARKS: dict[str, Mark] = {
    "static": PUBLIC,
    "security.static": PUBLIC,
    "security.login": PUBLIC,
    "security.logout": SIGNED_IN,
    "security.change_password": SIGNED_IN,
    "security.verify": SIGNED_IN,
    "security.two_factor_setup": PUBLIC,  # at the first log-in; it looks itself who asks
    "security.two_factor_setup_validate": SIGNED_IN,
    "security.two_factor_token_validation": STRANGERS,
    "security.two_factor_rescue": CLOSED,
    "security.tf_select": CLOSED,
    "security.mf_recovery": STRANGERS,
    "security.mf_recovery_codes": SIGNED_IN,
}


class UnmarkedEndpointError(RuntimeError):
    """An endpoint without an access mark: the site must not start."""


def public(view: View) -> View:
    """Mark a view that anybody may open."""
    return set_mark(view, PUBLIC)


def respondents(view: View) -> View:
    """Mark a view of the answering pages: open to all, it looks at the code itself."""
    return set_mark(view, RESPONDENTS)


def roles(*names: str) -> Callable[[View], View]:
    """Mark a view for people who hold one of the named roles."""
    return lambda view: set_mark(view, frozenset(names))


def set_mark(view: View, mark: Mark) -> View:
    """Put `mark` on `view`."""
    setattr(view, MARK, mark)
    return view


def read_mark(app: Flask, endpoint: str) -> Mark | None:
    """Return the mark of an endpoint, or None."""
    mark: Mark | None = getattr(app.view_functions[endpoint], MARK, None)
    return mark or LIBRARY_MARKS.get(endpoint)


def check_marks(app: Flask) -> None:
    """Refuse to start with an endpoint that carries no mark."""
    unmarked = sorted(name for name in app.view_functions if read_mark(app, name) is None)
    if unmarked:
        raise UnmarkedEndpointError(f"endpoints without an access mark: {', '.join(unmarked)}")


def guard() -> ResponseReturnValue | None:
    """Let the request through if the visitor may open its endpoint (a before-request hook)."""
    endpoint = request.endpoint
    if endpoint is None:
        return None  # no such page: the 404 that follows is for everybody
    mark = read_mark(current_app, endpoint)
    if mark in (PUBLIC, RESPONDENTS):
        return None
    if mark == CLOSED:
        abort(404)
    if mark == STRANGERS:
        return redirect("/rounds", 303) if current_user.is_authenticated else None
    if not current_user.is_authenticated:
        refused: ResponseReturnValue = current_app.login_manager.unauthorized()  # type: ignore[attr-defined] # set by Flask-Login
        return refused
    if isinstance(mark, frozenset) and not any(current_user.has_role(name) for name in mark):
        abort(403)
    return None
