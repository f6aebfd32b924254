"""What every request would pay for and a respondent's page does not need is kept away from it.

Nobody logs in there and nothing is limited by address: the libraries' hooks for the two would take
as long as all the rest of such a page. Their forms carry a token that needs no session, and their
receipt lies in a cookie of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

from survey.access import RESPONDENTS, read_mark
from survey.responses.form_token import form_token

DESK_LIBRARIES = ("flask_login", "flask_principal", "flask_limiter")
RESPONDENT_PART = "responses"


class Site(Flask):
    """Flask, for views and hooks none of which is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return `func`: Flask would look at each hook in each request whether it is one."""
        return func


def spare_respondents(app: Flask) -> None:
    """Let the desk's hooks pass respondents' requests by; call it when all are registered."""
    app.session_interface = SignedSessions()
    app.extensions["csrf"].exempt(app.blueprints[RESPONDENT_PART])  # it has a check of its own
    app.jinja_env.globals["csrf_token"] = write_token
    spared = frozenset(name for name in app.view_functions if read_mark(app, name) == RESPONDENTS)
    every_hook: list[list[Any]] = [
        app.before_request_funcs[None],
        app.after_request_funcs[None],
        app.teardown_request_funcs[None],
    ]
    for hooks in every_hook:
        hooks[:] = [for_desk(hook, spared) if is_for_desk(hook) else hook for hook in hooks]


def write_token() -> str:
    """Return the token of the form that is being shown."""
    in_part = request.blueprint == RESPONDENT_PART
    return form_token() if in_part else str(generate_csrf())


def is_for_desk(hook: Callable[..., Any]) -> bool:
    """Say whether a hook is of a library that only the desk's pages need."""
    plain = hook.func if isinstance(hook, partial) else hook
    return plain.__module__.partition(".")[0] in DESK_LIBRARIES


def for_desk(hook: Callable[..., Any], spared: frozenset[str]) -> Callable[..., Any]:
    """Return a hook that lets requests for `spared` endpoints, and their responses, pass."""

    def run(*given: Any) -> Any:  # nothing, the response, or the error that a request ended with
        if request.endpoint in spared:
            return given[0] if given else None
        return hook(*given)

    return run


class SignedSessions(SecureCookieSessionInterface):
    """Flask's sessions, with the signer made once: the key does not change while the site runs.

    One that nobody looked into is not saved; Flask would gather its settings to find that out.
    """

    signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie, if it changed."""
        if session.accessed or session.modified:
            super().save_session(app, session, response)
