"""What a respondent sees when something fails: a page of the survey, and nothing typed is lost."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus

import structlog
from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from sampling.problems import Problem
from survey.responses.notices import BY_HTTP_STATUS, SOMETHING_WRONG, Notice
from survey.responses.submission import Asked

log = structlog.get_logger()

SEND_AGAIN = (
    "responses.submit_paper",
    "responses.save_for_later",
    "responses.refuse_to_answer",
    "open_answers.submit_paper",
)
BY_SCRIPT = "responses.save"  # the paper's script tries again by itself
CSRF_FIELD = "csrf_token"
RETRY_SECONDS = 5


def handle_failures(
    pages: Blueprint,
    find_start: Callable[[], str],
    by_status: Mapping[int, Notice] = BY_HTTP_STATUS,
) -> None:
    """Let the respondent's pages end in pages of their own, whatever happens.

    `find_start` gives the address that tells how things stand now.
    """

    def show_problem(problem: Exception) -> ResponseReturnValue:
        """Answer what was overtaken (a close, a new card) with where things stand now."""
        if request.method != "POST":
            return show_failure(problem)
        return redirect(find_start(), HTTPStatus.SEE_OTHER)

    def show_http_error(error: Exception) -> ResponseReturnValue:
        """Show an error of the web as a page for phones; a redirect is no error."""
        assert isinstance(error, HTTPException)  # noqa: S101 - narrows the type for mypy
        if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
            return error.get_response()
        return show_notice(by_status.get(error.code, SOMETHING_WRONG)), error.code

    pages.register_error_handler(Problem, show_problem)
    pages.register_error_handler(HTTPException, show_http_error)
    pages.register_error_handler(Exception, show_failure)


def show_notice(notice: Notice, asked: Asked | None = None) -> str:
    """Return a page with a heading and a sentence."""
    return render_template("responses/notice.html", notice=notice, invitation=asked)


def show_failure(error: Exception) -> ResponseReturnValue:
    """Show a failure (a database that is down) as a page to be loaded, or sent, again.

    Logged are the kind and the lines of code. Flask's own log would hold the address, and a
    database's message the values: a code and an answer.
    """
    lines = [
        f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    log.error("respondent.page_failed", kind=type(error).__name__, lines=lines[-8:])
    answer: Response = make_response(render_failure(), HTTPStatus.SERVICE_UNAVAILABLE)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def render_failure() -> str:
    """Return the page of a failure; what was typed stands in it and is sent again by a button."""
    if request.endpoint == BY_SCRIPT:
        return ""
    if request.method != "POST" or request.endpoint not in SEND_AGAIN:
        return show_notice(SOMETHING_WRONG)
    fields = [field for field in request.form.items(multi=True) if field[0] != CSRF_FIELD]
    return render_template("responses/retry.html", fields=fields, address=request.full_path)
