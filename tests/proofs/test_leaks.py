"""No code, name or telephone in pages, addresses, logs, exports or pages of errors.

The way of a card and of a sheet is gone on a served site and in this process, with every log at
its most talkative, and with errors provoked on the way.
"""

from __future__ import annotations

import http.client
import logging
import re
import threading
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import structlog
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from structlog.typing import EventDict
from werkzeug.test import TestResponse

from survey.assessments.models import FIELD, RECORD_KINDS
from survey.database import Database
from survey.questionnaires.edition import load_edition
from survey.responses.codes import group_code
from survey.serving import find_free_port, make_server
from tests.proofs.county import COLLEAGUE, PERSONAL, County
from tests.proofs.walk import read_all
from tests.survey.conftest import read_token
from tests.survey.responses.conftest import fill
from tests.survey.samples.desk import read_hidden

TYPED = "quagga"  # what is typed into an open question
LOUD = ("", "flask.app", "survey", "waitress", "waitress.queue", "werkzeug", "sqlalchemy.engine")
KEPT_HEADERS = ("set-cookie",)  # the one place for a code: a cookie that no script can read


def take_code(county: County) -> str:
    """Return the code of a card that nobody has used, and take it off the heap."""
    field = county.stages[FIELD]
    code = next(code for code in field.codes if code not in field.spent)
    field.spent.append(code)
    return code


def spell(code: str) -> tuple[str, ...]:
    """Return a code in every way in which it may be written."""
    return code, code.lower(), group_code(code), group_code(code).lower()


@pytest.fixture
def written(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[list[str]]:
    """Everything that a test has logged or printed; read it by calling `collect`."""
    levels = {name: logging.getLogger(name).level for name in LOUD}
    for name in LOUD:
        if name != "sqlalchemy.engine":  # its values are hidden by the engine, its noise is not
            logging.getLogger(name).setLevel(1)
    lines: list[str] = []

    def keep_event(_logger: object, _method: str, event: EventDict) -> str:
        lines.append(repr(event))
        return lines[-1]

    structlog.configure(processors=[keep_event])
    yield lines
    structlog.reset_defaults()
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def collect(
    lines: list[str], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> str:
    """Return all that was logged and printed so far."""
    return "\n".join([*lines, caplog.text, *capfd.readouterr()])


def list_addresses(page: str) -> list[str]:
    """Return every address that a page leads to: what would stand in a Referer."""
    return re.findall(r'(?:href|src|action|content)="([^"]*)"', page)


def go_the_way(client: FlaskClient, code: str) -> list[TestResponse]:
    """Open a card, err on every page that can be erred on, save, answer, look back."""
    seen = [client.get(f"/a/{code}"), client.get(f"/a/{code.lower()}?lang=en")]
    seen += [client.get(page) for page in ("/a/", "/a/paper", "/a/refuse", "/a/later")]
    page = client.get("/a/paper").text
    paper = load_edition("national-2026").paper_for("parent")
    form = {"csrf_token": read_token(page), "card": read_hidden(page, "card")}
    answers = {**fill(paper, "mostly", TYPED), **form}
    seen.append(client.post("/a/save", data=answers))
    seen.append(client.post("/a/paper", data={**answers, "overall": "excellent"}))
    seen.append(client.post("/a/paper", data={**answers, "csrf_token": ""}))
    seen.append(client.post("/a/paper", data={**answers, "suggestion": "x" * 70_000}))
    seen.append(client.post(f"/a/{code}", data=answers))  # 405
    seen.append(client.get(f"/a/{code}/paper"))  # 404
    seen.append(client.get(f"/a/{code}x"))  # 404, a code of another length
    seen.append(client.post("/a/enter", data={"code": code + "2", **form}))
    seen.append(client.post("/a/enter", data={"code": group_code(code), **form}))
    seen.append(client.post("/a/paper", data=answers))
    seen += [client.get(page) for page in ("/a/thanks", "/a/receipt", "/a/", "/a/paper")]
    seen.append(client.get(f"/a/{code}"))
    return seen


def test_the_way_of_a_card_lets_nothing_out(
    county: County,
    written: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = take_code(county)
    client = county.browser()
    seen = go_the_way(client, code)
    assert {303, 200, 404, 405, 413, 422, 400} <= {answer.status_code for answer in seen}
    assert not any(answer.status_code >= 500 for answer in seen)
    for answer in seen:
        text = read_all(answer)
        assert not any(form in text for form in (*spell(code), *PERSONAL)), answer.request.path
        assert not any(code in address for address in list_addresses(answer.text))
    assert TYPED in seen[7].text  # given back with its fault, and nowhere else
    logged = collect(written, caplog, capfd)
    assert not any(form in logged for form in (*spell(code), TYPED, *PERSONAL))


@pytest.mark.parametrize("method", ["read", "write"])
def test_a_database_that_fails_tells_no_code(
    county: County,
    written: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
) -> None:
    code = take_code(county)
    client = county.browser()
    client.get(f"/a/{code}")
    page = client.get("/a/paper").text
    form = {"csrf_token": read_token(page), "card": read_hidden(page, "card")}

    def fail(*_: object) -> None:
        values = {"code": code, "answers": TYPED}
        raise OperationalError(f"SELECT {code}", values, Exception(f"no {code} {TYPED}"))

    monkeypatch.setattr(Database, method, fail)
    answers = {**form, "overall": "mostly", "suggestion": TYPED}
    failed = [client.post("/a/paper", data=answers), client.post("/a/save", data=answers)]
    failed.append(client.post("/a/refuse", data=form))
    if method == "read":
        failed += [client.get(f"/a/{code}"), client.get("/a/")]
    assert {answer.status_code for answer in failed} == {503}
    logged = collect(written, caplog, capfd)
    assert "respondent.page_failed" in logged
    for text in [logged, *map(read_all, failed)]:
        assert not any(form in text for form in spell(code))
    assert TYPED not in logged


def test_typing_a_sheet_in_lets_nothing_out(
    county: County,
    written: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    code = take_code(county)
    clerk = county.log_in("supervisor")
    way = f"/rounds/{county.stages[FIELD].round_id}/sheets"
    token = read_token(clerk.get(way).text)
    seen = [clerk.post(way, data={"csrf_token": token, "code": code})]
    page = clerk.get(f"{way}/paper")
    form = {"csrf_token": token, "sheet": read_hidden(page.text, "sheet")}
    seen += [page, clerk.post(f"{way}/paper", data={**form, "overall": "", "suggestion": TYPED})]
    seen.append(clerk.post(f"{way}/paper", data={**form, "overall": "x" * 70_000}))
    seen.append(clerk.post(f"{way}/paper", data={**form, "overall": "mostly"}))
    seen += [clerk.get(way), clerk.post(way, data={"csrf_token": token, "code": code})]
    seen.append(clerk.post(way, data={"csrf_token": token, "code": code + "2"}))
    assert [answer.status_code for answer in seen] == [303, 200, 422, 413, 303, 200, 422, 422]
    for answer in seen:
        assert not any(form in read_all(answer) for form in (*spell(code), *PERSONAL))
    logged = collect(written, caplog, capfd)
    assert not any(form in logged for form in (*spell(code), TYPED))


def test_no_export_holds_a_code_or_a_person(county: County) -> None:
    desk = {role: county.log_in(role) for role in ("supervisor", "official")}
    read = 0
    for stage in county.stages.values():
        names = [f"records/{kind}.json" for kind in RECORD_KINDS]
        for name in (*names, "frame.csv", "roster/template.xlsx", "schools/template.xlsx"):
            for client in desk.values():
                answer = client.get(f"/rounds/{stage.round_id}/{name}")
                text = read_all(answer)
                assert not any(word in text for word in PERSONAL), name
                assert not any(code in text for code in county.codes), name
                read += answer.status_code == 200
    assert read > 30


def test_the_database_itself_holds_no_code_and_nobody_in_the_open(county: County) -> None:
    county.browser().get(f"/a/{county.stages[FIELD].codes[0]}")
    files = [path for path in county.settings.home.iterdir() if path.is_file()]
    assert len(files) > 2
    for path in files:
        content = path.read_bytes()
        for code in county.codes:
            assert code.encode() not in content, path.name
        for word in PERSONAL:
            assert word.encode() not in content, path.name


def test_passwords_and_links_of_invitations_are_logged_nowhere(
    county: County,
    written: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    administrator, guest = county.log_in("administrator"), county.browser()
    sent = {"csrf_token": read_token(administrator.get("/users").text)}
    page = administrator.post(f"/users/{COLLEAGUE}/reset", data=sent).text
    found = re.search(r"/invitation/([\w-]+)", page)
    assert found
    token, password = found[1], "okapi-zebra-giraffe-gnu"
    guest.get(f"/invitation/{token}")
    form = {"csrf_token": read_token(guest.get("/invitation").text)}
    short = {"password": "gnu-ibis-x", "again": "gnu-ibis-x"}
    texts = [guest.post("/invitation", data=form | short).text]
    assert (
        guest.post("/invitation", data=form | {"password": password, "again": password}).status_code
        == 303
    )
    form = {"csrf_token": read_token(guest.get("/login").text)}
    for name in (COLLEAGUE, password):  # in the wrong field, too
        tried = form | {"username": name, "password": "gnu-ibis-x"}
        texts.append(guest.post("/login", data=tried).text)
    texts.append(administrator.get("/audit").text)
    texts.append(collect(written, caplog, capfd))
    for word in (token, "gnu-ibis-x"):
        assert not any(word in text for text in texts)
    assert password not in texts[-2] + texts[-1]


def test_a_served_site_logs_no_code(
    county: County,
    written: list[str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Over waitress, with whatever it makes of broken requests."""
    code = take_code(county)
    port = find_free_port("127.0.0.1", 0)
    server = make_server(county.app, "127.0.0.1", port)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    texts = []
    for method, path, body, headers in (
        ("GET", f"/a/{code}", None, {}),
        ("HEAD", f"/a/{code}", None, {}),
        ("GET", f"/a/{code}", None, {"Cookie": f"card={code}"}),
        ("GET", f"/nowhere/{code}", None, {}),
        ("GET", f"/a/{code}%00", None, {}),
        ("GET", f"/a/{code}?x=%ff%fe", None, {}),
        ("DELETE", f"/a/{code}", None, {}),
        ("POST", f"/a/{code}", "x", {"Content-Length": "x"}),
        ("POST", "/a/enter", urlencode({"code": code}), {}),
        ("GET", f"/a/{code}", None, {"X-Forwarded-For": "8.8.8.8", "Referer": f"http://e/{code}"}),
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        kept = [f"{n}: {v}" for n, v in answer.getheaders() if n.lower() not in KEPT_HEADERS]
        texts.append("\n".join(kept) + answer.read().decode("utf-8", "replace"))
        assert answer.status < 500, (method, path)
        connection.close()
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=2)
    logged = collect(written, caplog, capfd)
    for text in [logged, *texts]:
        assert not any(form in text for form in spell(code))
