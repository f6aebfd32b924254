"""What every request would pay for and a respondent's page does not need is kept away from it.

Nobody logs in there and nothing is limited by address: the libraries' hooks for the two would take
as long as all the rest of such a page. Their forms carry a token that needs no session.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from itsdangerous import URLSafeTimedSerializer

from survey.access import RESPONDENTS, read_mark
from survey.responses.form_token import form_token

DESK_LIBRARIES = ("flask_login", "flask_principal", "flask_limiter")
RESPONDENT_PART = "responses"


def spare_respondents(app: Flask) -> None:
    """Let the desk's hooks pass respondents' requests by; call it when all are registered."""
    app.session_interface = SignedSessions()
    app.extensions["csrf"].exempt(app.blueprints[RESPONDENT_PART])  # it has a check of its own
    app.jinja_env.globals["csrf_token"] = write_token
    every_hook: list[list[Any]] = [
        app.before_request_funcs[None],
        app.after_request_funcs[None],
    ]
    for hooks in every_hook:
        hooks[:] = [for_desk(hook) if is_for_desk(hook) else hook for hook in hooks]


def write_token() -> str:
    """Return the token of the form that is being shown."""
    in_part = request.blueprint == RESPONDENT_PART
    return form_token() if in_part else str(generate_csrf())


def is_for_desk(hook: Callable[..., Any]) -> bool:
    """Say whether a hook is of a library that only the desk's pages need."""
    plain = hook.func if isinstance(hook, partial) else hook
    return plain.__module__.partition(".")[0] in DESK_LIBRARIES


def for_desk(hook: Callable[..., Any]) -> Callable[..., Any]:
    """Return a hook that lets a respondent's request, and the response to it, pass untouched."""

    def run(*response: Response) -> Any:
        if request.endpoint and read_mark(current_app, request.endpoint) == RESPONDENTS:
            return response[0] if response else None
        return hook(*response)

    return run


class SignedSessions(SecureCookieSessionInterface):
    """Flask's sessions, with the signer made once: the key does not change while the site runs."""

    signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer."""
        if self.signer is None:
            self.signer = super().get_signing_serializer(app)
        return self.signer
