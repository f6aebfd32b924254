"""Whatever is sent to a form is answered with a page that says what is wrong, never with a failure.

The forms are found in the site's own map. Sent are huge bodies, wrong types, nulls, marks that turn
the direction of writing, control characters, broken multipart and JSON, with a valid token and
without. A failure of the site would be raised here, not turned into a page.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_from_bytes

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from survey.access import CLOSED, PUBLIC, RESPONDENTS, STRANGERS, read_mark
from survey.accounts.models import ROLES
from survey.app import UPLOADS
from survey.assessments.models import FIELD
from tests.proofs.county import MARKS, PERSONAL, County
from tests.proofs.walk import LOGGING_OUT, list_values, read_all
from tests.survey.conftest import read_token

EXAMPLES = 10  # on average for each form
ANSWER_LIMIT = 64 * 1024
HUGE = 10 * 1024 * 1024
HANDED_OVER = ("samples.make_links", "reaching.outstanding")  # names stand in these
BY_SCRIPT = "responses.save"  # answers its script with a status, and no page
NOT_LOGGED_IN = (PUBLIC, RESPONDENTS, STRANGERS)
SHARED = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)

# Names of fields of all forms: what is sent under another name is looked at by nobody.
NAMES = (
    "act", "answers", "card", "category", "code", "county", "csrf_token", "edition", "file",
    "files", "form", "frame_digest", "medium", "moral", "name", "nonce", "overall", "parent",
    "password", "people", "place", "private_key", "public_key", "reason", "region", "residents",
    "residents_source", "role", "scope", "seed", "sheet", "suggestion", "teacher", "username",
    "new_password", "new_password_confirm", "year", "is_rehearsal",
)  # fmt: skip
NASTY = (
    "", "\x00", "a\x00b", "\u202eevil\u202c", "\u2066\u2067", "\ufeff", "\ud83d", "\uffff",
    "\r\nSet-Cookie: x=1", "' OR 1=1 --", "{{7*7}}", "<script>", "%00", "../../etc/passwd",
    "-1", "0", "1e400", "NaN", "9" * 400, "１２", "null", "[]", "=1+1", "Ω" * 700, "字" * 5000,
    "satisfied", "mostly", "parent", "resident", "freeze", "withdraw", "cards", "sheets",
)  # fmt: skip


@dataclass(repr=False)
class Forms:
    """Browsers at the forms of a county, one for each kind of visitor."""

    county: County
    browsers: dict[str, FlaskClient] = field(default_factory=dict)

    def browser(self, rule: Rule) -> FlaskClient:
        """Return the browser of somebody who may send this form."""
        mark = read_mark(self.county.app, rule.endpoint)
        who = next(role for role in ROLES if not isinstance(mark, frozenset) or role in mark)
        who = mark if isinstance(mark, str) and mark in NOT_LOGGED_IN else who
        if who not in self.browsers:
            self.browsers[who] = self.county.log_in(who) if who in ROLES else self.county.browser()
        client = self.browsers[who]
        if mark == RESPONDENTS:
            stage = self.county.stages[FIELD]
            open_card = next(code for code in stage.codes if code not in stage.spent)
            client.set_cookie("card", open_card, path="/a")
        return client

    def address(self, rule: Rule) -> str:
        """Return the form's address in the round that is in the field."""
        stage = self.county.stages[FIELD]
        values = {name: list_values(name, stage, self.county.log_id)[0] for name in rule.arguments}
        return self.county.app.url_map.bind("localhost").build(rule.endpoint, values)

    def token(self, rule: Rule, client: FlaskClient) -> str:
        """Return a token with which the form is taken."""
        mark = read_mark(self.county.app, rule.endpoint)
        shown = "/a" if rule.rule.startswith("/a/") else "/rounds"
        return read_token(client.get("/login" if mark in (PUBLIC, STRANGERS) else shown).text)


@pytest.fixture(scope="module")
def forms(county: County) -> Forms:
    return Forms(county)


def list_forms(county: County) -> list[Rule]:
    """Return every route that takes a form, but for logging out."""
    rules = county.app.url_map.iter_rules()
    taken = [rule for rule in rules if "POST" in (rule.methods or ())]
    return sorted(
        (rule for rule in taken if rule.endpoint != LOGGING_OUT), key=lambda rule: rule.rule
    )


def send(forms: Forms, rule: Rule, make: Callable[[str], Mapping[str, object]]) -> None:
    """Send to a form what `make` gives for a token; check what comes back."""
    client = forms.browser(rule)
    if rule.rule.startswith("/o/"):
        token = read_token(forms.county.app.test_client().get("/login").text)
    else:
        token = forms.token(rule, client)
    answer = client.post(forms.address(rule), **make(token))
    check(rule, answer)


def check(rule: Rule, answer: TestResponse) -> None:
    """Check that an answer is no failure, says something, and gives nothing away."""
    assert answer.status_code < 500, (rule.rule, answer.status_code)
    if answer.status_code >= 400 and rule.endpoint != BY_SCRIPT:
        assert "<h1" in answer.text, (rule.rule, answer.status_code)
    if rule.endpoint not in HANDED_OVER:
        text = read_all(answer)
        assert not any(word in text for word in (*MARKS, *PERSONAL)), rule.rule


values = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
fields = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), values, max_size=9)


def as_form(sent: Mapping[str, str], token: str) -> bytes:
    """Return fields as a body, half surrogates and all, the token last so that it stands."""

    def quote(text: str) -> str:
        return quote_from_bytes(text.encode("utf-8", "surrogatepass"))

    pairs = [
        f"{quote(name)}={quote(value)}" for name, value in sent.items() if name != "csrf_token"
    ]
    return "&".join([*pairs, f"csrf_token={token}"]).encode()


@settings(max_examples=EXAMPLES * 25, suppress_health_check=SHARED)
@given(data=st.data(), sent=fields)
def test_odd_fields(forms: Forms, data: st.DataObject, sent: dict[str, str]) -> None:
    rule = data.draw(st.sampled_from(list_forms(forms.county)))
    send(
        forms,
        rule,
        lambda token: {
            "data": as_form(sent, token),
            "content_type": "application/x-www-form-urlencoded",
        },
    )


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(NASTY)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=8,
)


@settings(max_examples=EXAMPLES * 10, suppress_health_check=SHARED)
@given(data=st.data(), value=json_values, cut=st.integers(0, 30))
def test_json_whole_and_broken(forms: Forms, data: st.DataObject, value: object, cut: int) -> None:
    rule = data.draw(st.sampled_from(list_forms(forms.county)))
    text = json.dumps(value)
    send(
        forms,
        rule,
        lambda token: {
            "data": text[: len(text) - cut] if cut < len(text) else text,
            "content_type": "application/json",
            "headers": {"X-CSRFToken": token},
        },
    )


@settings(max_examples=EXAMPLES * 10, suppress_health_check=SHARED)
@given(
    data=st.data(),
    body=st.binary(max_size=300),
    kind=st.sampled_from(
        (
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=x",
            "multipart/form-data; boundary=\xff",
            "application/x-www-form-urlencoded; charset=utf-16",
            "text/plain",
            "",
        )
    ),
    opened=st.booleans(),
)
def test_broken_bodies(
    forms: Forms, data: st.DataObject, body: bytes, kind: str, opened: bool
) -> None:
    rule = data.draw(st.sampled_from(list_forms(forms.county)))
    start = b'--x\r\nContent-Disposition: form-data; name="overall"\r\n\r\n' if opened else b""
    send(
        forms,
        rule,
        lambda token: {
            "data": start + body,
            "content_type": kind,
            "headers": {"X-CSRFToken": token},
        },
    )


@settings(max_examples=EXAMPLES * 5, suppress_health_check=SHARED)
@given(
    data=st.data(),
    content=st.one_of(st.binary(max_size=400), st.sampled_from((b"", b"PK\x03\x04", b"\xff\xfe"))),
    name=st.one_of(
        st.sampled_from(("a.csv", "a.xlsx", "edition.toml", "a.xls", "..", "", "\x00.csv")),
        st.text(max_size=12),
    ),
)
def test_odd_files(forms: Forms, data: st.DataObject, content: bytes, name: str) -> None:
    rules = [rule for rule in list_forms(forms.county) if not rule.rule.startswith(("/a/", "/o/"))]
    rule = data.draw(st.sampled_from(rules))
    send(
        forms,
        rule,
        lambda token: {
            "data": {
                "csrf_token": token,
                "act": "import",
                "file": (io.BytesIO(content), name),
                "files": (io.BytesIO(content), name),
            },
            "content_type": "multipart/form-data",
        },
    )


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_ten_megabytes_are_turned_away_unread(forms: Forms, kind: str) -> None:
    for rule in list_forms(forms.county):
        if rule.endpoint in UPLOADS:
            continue
        client = forms.browser(rule)
        answer = client.post(forms.address(rule), data=b"overall=" + b"x" * HUGE, content_type=kind)
        closed = read_mark(forms.county.app, rule.endpoint) == CLOSED
        assert answer.status_code in ((404,) if closed else (400, 413, 415)), rule.rule
        check(rule, answer)


def list_respondent_forms(county: County) -> list[Rule]:
    """Return the forms that anybody may send, and the one that is as large as theirs."""
    return [
        rule
        for rule in list_forms(county)
        if read_mark(county.app, rule.endpoint) == RESPONDENTS
        or rule.endpoint.startswith("paper_entry.")
    ]


def test_a_respondents_body_has_64_kib(forms: Forms) -> None:
    rules = list_respondent_forms(forms.county)
    assert {rule.rule.split("/")[1] for rule in rules} == {"a", "o", "rounds"}
    for rule in rules:
        client = forms.browser(rule)
        over = client.post(
            forms.address(rule),
            data=b"overall=" + b"x" * ANSWER_LIMIT,
            content_type="application/x-www-form-urlencoded",
        )
        assert over.status_code == 413, rule.rule
        assert "larger than" in over.text or rule.endpoint == BY_SCRIPT, rule.rule
