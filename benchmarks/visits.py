"""What the simulated respondents do, request by request, and the round that they are drawn in."""

from __future__ import annotations

import re
import secrets
from urllib.parse import quote

from sqlalchemy import insert

from benchmarks.load import Visit
from survey.assessments.models import FIELD, Round
from survey.database import Database
from survey.frames.models import Person
from survey.responses.codes import code_digest, new_code
from survey.responses.envelope import new_round_key
from survey.samples.models import Link, Selection

CHOICE = re.compile(rb'<input[^>]*type="radio"[^>]*name="([^"]+)"[^>]*value="([^"]+)"')
HIDDEN = re.compile(rb'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
Fields = dict[bytes, bytes]


def get(path: bytes, cookies: Fields) -> bytes:
    """Return a request for a page."""
    return b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %b\r\n\r\n" % (path, join(cookies))


def post(path: bytes, cookies: Fields, body: bytes) -> bytes:
    """Return a request that sends a form."""
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: %b\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%b"
    ) % (path, join(cookies), len(body), body)


def join(cookies: Fields) -> bytes:
    """Return cookies as a request sends them."""
    return b"; ".join(name + b"=" + value for name, value in cookies.items())


def encode(fields: list[tuple[bytes, bytes]]) -> bytes:
    """Return a form's fields as they are sent."""
    return b"&".join(name + b"=" + quote(value).encode() for name, value in fields)


def answer(code: str, choices: Fields, saves: int = 0) -> Visit:
    """Open the link and the paper, save some answers, send them; well if they were received.

    `choices` is filled from the first paper that is seen; everybody chooses the last option.
    """
    opened = yield get(b"/a/" + code.encode(), {})
    cookies = opened.cookies
    page = yield get(b"/a/paper", cookies)
    cookies |= page.cookies
    if page.status != 200:
        return False
    if not choices:
        choices.update(CHOICE.findall(page.body))
    hidden = HIDDEN.findall(page.body)
    chosen = list(choices.items())
    for count in range(1, saves + 1):
        saved = yield post(b"/a/save", cookies, encode([*hidden, *chosen[:count]]))
        cookies |= saved.cookies
        if saved.status != 200:
            return False
    sent = yield post(b"/a/paper", cookies, encode([*hidden, *chosen]))
    return sent.status == 303 and sent.location.endswith(b"/a/thanks")


def fill_round(database: Database, link_key: str, people: int) -> list[str]:
    """Make a round in the field in which as many parents were drawn; return their codes."""
    codes = [new_code() for _ in range(people)]
    numbered = list(enumerate(codes, start=1))
    with database.transaction() as session:
        round_ = Round(
            region="451203",
            county="宜州区",
            year=2026,
            residents=549359,
            is_rehearsal=False,
            public_key=new_round_key()[1],
            status=FIELD,
        )
        session.add(round_)
        session.flush()
        common: dict[str, object] = {"round_id": round_.id}
        person = common | dict.fromkeys(("township", "area", "grade_band", "school"), "")
        person |= {"category": "parent", "identity": b""}
        drawn = common | {"stratum": "parent", "answer_stratum": "parent", "disposition": ""}
        drawn |= {"is_reserve": False, "issued": True}
        link = common | {"state": "open"}
        session.execute(
            insert(Person),
            [person | {"id": n, "unit_id": secrets.token_hex(8)} for n, _ in numbered],
        )
        session.execute(
            insert(Selection),
            [drawn | {"id": n, "person_id": n, "position": n} for n, _ in numbered],
        )
        session.execute(
            insert(Link),
            [
                link | {"selection_id": n, "code_digest": code_digest(link_key, code)}
                for n, code in numbered
            ],
        )
    return codes
