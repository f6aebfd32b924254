"""Access marks: no endpoint without one, and each is kept."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey.access import (
    CLOSED,
    PUBLIC,
    RESPONDENTS,
    STRANGERS,
    UnmarkedEndpointError,
    check_marks,
    read_mark,
)
from survey.accounts.models import ADMINISTRATOR, OFFICIAL, ROLES, SUPERVISOR

pytestmark = pytest.mark.one_engine


def test_an_unmarked_endpoint_stops_the_start(app: Flask) -> None:
    app.view_functions["forgotten"] = lambda: "anything"
    with pytest.raises(UnmarkedEndpointError, match="forgotten"):
        check_marks(app)


def parameterless_gets(app: Flask) -> list[tuple[str, str]]:
    return [
        (rule.endpoint, rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]


@pytest.mark.parametrize("username", ["", *ROLES])
def test_every_page_is_kept_from_who_may_not_see_it(
    app: Flask, log_in: Callable[[str], FlaskClient], username: str
) -> None:
    client = log_in(username) if username else app.test_client()
    for endpoint, path in parameterless_gets(app):
        mark = read_mark(app, endpoint)
        status = client.get(path).status_code
        if isinstance(mark, frozenset) and username and username not in mark:
            assert status == 403, path
        elif mark == CLOSED:
            assert status == 404, path
        elif mark not in (PUBLIC, RESPONDENTS) and not username:
            assert status == 302, path
        else:
            assert status in (200, 302, 303), path


@pytest.mark.parametrize("role", [SUPERVISOR, OFFICIAL, ADMINISTRATOR])
def test_somebody_from_elsewhere_finds_no_round(
    log_in: Callable[[str], FlaskClient], role: str
) -> None:
    assert log_in(role).get("/rounds/0123456789abcdef").status_code == 404


def test_every_post_needs_a_csrf_token(app: Flask, supervisor: FlaskClient) -> None:
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) > 10
    for rule in posts:
        path = rule.rule.replace("<round_id>", "0" * 16).replace("<code>", "X")
        mark = read_mark(app, rule.endpoint)
        may_open = not isinstance(mark, frozenset) or SUPERVISOR in mark
        refused = 404 if mark == CLOSED else 303 if mark == STRANGERS else 400
        assert supervisor.post(path).status_code == (refused if may_open else 403), path


def test_pages_carry_the_headers(client: FlaskClient) -> None:
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
