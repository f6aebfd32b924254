"""The application: parts put together, guarded by default."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue, RouteCallable
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from sampling.problems import Problem, Problems
from survey import access, tries
from survey.accounts.log_in import init_log_in
from survey.accounts.second_factor import name_visitor
from survey.database import Database
from survey.folders import HERE, find_folder
from survey.localization import LANGUAGE_COOKIE, LANGUAGES, init_languages, tell_all
from survey.respondent_path import Site, spare_respondents
from survey.responses.hours import keep_hours
from survey.settings import Settings, load_settings
from survey.text import holds_control_characters

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FORM_LIMIT = 256 * 1024  # bytes; no form of the site comes near it
UPLOAD_LIMIT = 64 * 1024 * 1024  # a roster of a million lines fits
UPLOADS = (
    "frames.upload",
    "frames.correct",
    "schools.upload",
    "procedures.decide",
    "procedures.submit",
)

TRIES_AT_LOG_IN = "20 per minute"
TRIES_AT_SECOND_FACTOR = "10 per 10 minutes"  # for one person, from wherever
PASSWORD_PAGES = (
    "security.login",
    "security.change_password",
    "security.verify",
    "my_account.invitation",
)
SECOND_FACTOR_PAGES = ("security.two_factor_token_validation", "security.mf_recovery")

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # same-origin, not no-referrer: the strict CSRF check under TLS needs a Referer of our own
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings | None = None) -> Flask:
    """Return the site for one installation; refuses to with an endpoint nobody marked."""
    settings = settings or load_settings()
    app = Site("survey", root_path=str(HERE), template_folder=str(find_folder("templates")))
    configure(app, settings)
    app.extensions["renkedu_settings"] = settings
    database = Database(settings.database_url)
    app.extensions["renkedu_database"] = database
    init_languages(app)
    init_log_in(app, settings)
    guard_requests(app)
    storage: dict[str, Any] = {"database": database, "key": settings.link_key}
    limiter = Limiter(
        get_remote_address, app=app, storage_uri=f"{tries.SCHEME}://", storage_options=storage
    )
    app.extensions["renkedu_limiter"] = limiter
    register_parts(app)
    limit_passwords(app, limiter)
    if not settings.testing:
        app.before_request(partial(keep_hours, database))
    app.url_defaults(add_version)
    spare_respondents(app)
    app.after_request(add_headers)
    register_errors(app)
    access.check_marks(app)
    app.wsgi_app = secure(app.wsgi_app)  # type: ignore[method-assign,assignment] # Flask's own way of wrapping
    if settings.proxies:  # each adds the address it was asked from; whoever asked added the rest
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign] # Flask's own way of wrapping
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Set what Flask and its extensions read."""
    app.config.update(
        SECRET_KEY=settings.session_key,
        TESTING=settings.testing,
        PROXIES=settings.proxies,
        MAX_CONTENT_LENGTH=FORM_LIMIT,
        MAX_FORM_MEMORY_SIZE=FORM_LIMIT,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=settings.secure_cookies,
        SECURITY_PASSWORD_SALT=settings.password_salt,
        WTF_CSRF_TIME_LIMIT=None,  # a paper left open overnight must still be taken
        BABEL_DEFAULT_LOCALE="zh",
        BABEL_TRANSLATION_DIRECTORIES=str(HERE / "translations"),
        RATELIMIT_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=False,
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def guard_requests(app: Flask) -> None:
    """Look at each request before anything costly: size, who asks, odd characters, then CSRF.

    The CSRF check parses the whole form, so it comes last.
    """
    app.url_value_preprocessor(bound_body)
    app.before_request(access.guard)
    app.before_request(refuse_json)
    app.before_request(refuse_control_characters)
    CSRFProtect(app)


def bound_body(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Let a large body in only where a file is uploaded."""
    if endpoint in UPLOADS:
        request.max_content_length = UPLOAD_LIMIT


def refuse_json() -> None:
    """Refuse JSON where forms are taken: the form libraries read it, and fail at what is no table.

    No page sends any.
    """
    if request.method == "POST" and request.is_json:
        abort(415)


def refuse_control_characters() -> None:
    """Refuse control characters in addresses and forms: no page has a use for them.

    A respondent's paper is left to its own check, which names the question and loses nothing.
    """
    if holds_control_characters(request.path):
        abort(404)
    if request.endpoint and access.read_mark(current_app, request.endpoint) == access.RESPONDENTS:
        return
    values = [*request.args.values(), *request.form.values()]
    if any(holds_control_characters(value, allowed="\t\r\n") for value in values):
        abort(400)


def limit_passwords(app: Flask, limiter: Limiter) -> None:
    """Let one address try few passwords: each try costs an argon2, and somebody may be guessing."""
    for endpoint in PASSWORD_PAGES:
        limited = limiter.limit(TRIES_AT_LOG_IN, methods=["POST"])
        app.view_functions[endpoint] = cast(RouteCallable, limited(app.view_functions[endpoint]))
    for endpoint in SECOND_FACTOR_PAGES:
        limited = limiter.limit(TRIES_AT_SECOND_FACTOR, key_func=name_visitor, methods=["POST"])
        app.view_functions[endpoint] = cast(RouteCallable, limited(app.view_functions[endpoint]))


def register_parts(app: Flask) -> None:
    """Register every part of the domain; imported late, for views use what is set up above."""
    from survey.accounts.my_account import my_account
    from survey.accounts.views import accounts
    from survey.assessments.views import assessments
    from survey.audit.views import audit
    from survey.frames.views import frames
    from survey.open_answers.desk import places
    from survey.open_answers.views import open_answers
    from survey.paper_entry.views import paper_entry
    from survey.procedures.pages import procedures
    from survey.public.views import public_pages
    from survey.questionnaires.views import questionnaires
    from survey.reaching.views import reaching
    from survey.responses.views import responses
    from survey.results.pages import results
    from survey.samples.views import samples
    from survey.schools.views import schools

    desk = (
        public_pages,
        accounts,
        my_account,
        audit,
        assessments,
        frames,
        samples,
        schools,
        reaching,
    )
    officials = (results, procedures)
    answering = (responses, open_answers, places, paper_entry, questionnaires)
    for part in (*desk, *officials, *answering):
        app.register_blueprint(part)


def add_version(endpoint: str, values: dict[str, Any]) -> None:
    """Put a static file's digest into its address: it may then be cached for a year."""
    if endpoint == "static":
        values.setdefault("v", digest_file(HERE / "static" / values["filename"]))


@cache
def digest_file(path: Path) -> str:
    """Return the first letters of a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def add_headers(response: Response) -> Response:
    """Keep pages out of caches, remember a language that was chosen."""
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("Expires", None)
    chosen = request.args.get(LANGUAGE_COOKIE) if request.args else None
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, str(chosen), max_age=31_536_000, samesite="Lax")
    return response


def secure(site: WSGIApplication) -> WSGIApplication:
    """Return the site with the security headers on every answer, whatever made it.

    They are put on at the outermost layer, as a list: Flask would look each of them up anew.
    """
    headers = list(SECURITY_HEADERS.items())

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, given: list[tuple[str, str]], *error: Any) -> Any:
            return start_response(status, given + headers, *error)

        return site(environ, start)

    return answer


def register_errors(app: Flask) -> None:
    """Show errors as pages of the site, never as traces."""

    def show_problem(error: Exception) -> ResponseReturnValue:
        assert isinstance(error, Problem | Problems)  # noqa: S101 - narrows the type for mypy
        return render_template("layouts/problem.html", messages=tell_all(error)), 400

    def show_http_error(error: Exception) -> ResponseReturnValue:
        assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type for mypy
        if isinstance(error, CSRFError):
            return render_template("layouts/form_expired.html"), 400
        if error.code is None or error.code < 400:
            return error.get_response()
        return render_template("layouts/error.html", code=error.code), error.code

    app.register_error_handler(Problem, show_problem)
    app.register_error_handler(Problems, show_problem)
    app.register_error_handler(HTTPException, show_http_error)
