"""What a page of a respondent weighs: everything under 8 kB gzipped, in three requests at most."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from scoring.answers import CATEGORIES
from survey.responses import views
from survey.samples.models import LINK_REFUSED
from tests.survey.responses.conftest import Invite, Respondent, fill

MOST_BYTES = 8_000
MOST_REQUESTS = 3
LOADED = re.compile(r'<(?:link|script|img)[^>]*(?:src|href)="(/[^"]+)"')
# What a webview of Chromium 111 does not know, and no page may depend on.
TOO_NEW = ("text-wrap", "light-dark(", "@starting-style", "@scope", "anchor-name", "popover", "&")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """One engine is enough here: what is weighed is the page."""
    return f"sqlite:///{tmp_path / 'renkedu.db'}"


def weigh(who: Respondent, page: str) -> tuple[int, int]:
    """Return what a page and all that it loads weigh, and how many requests they are."""
    loaded = [who.client.get(address.replace("&amp;", "&")) for address in LOADED.findall(page)]
    assert all(answer.status_code == 200 for answer in loaded)
    for answer in loaded:  # they come once: their address changes with what they hold
        assert "max-age=31536000" in answer.headers["Cache-Control"]
    sizes = [len(gzip.compress(data)) for data in (page.encode(), *(one.data for one in loaded))]
    return sum(sizes), len(sizes)


def walk(who: Respondent, other: Respondent) -> None:
    """Open every page that there is for somebody with a card."""
    other.get(f"/a/{other.code}")
    other.get("/a/")
    token = who.open_paper()
    who.get("/a/refuse")
    who.get("/a")
    who.get("/a/23456789ABCDE")
    who.post("/a/later", token, **fill(who.paper), suggestion="字" * 400)
    who.get("/a/later")
    who.get("/a/paper")
    who.post("/a/paper", token, suggestion="字" * 501)
    who.post("/a/paper", token, **fill(who.paper))
    for address in ("/a/thanks", "/a/receipt", "/a/"):
        who.get(address)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_a_page_with_all_it_loads_stays_light(invite: Invite, category: str, language: str) -> None:
    who, other = invite(category, is_rehearsal=True), invite(category, state=LINK_REFUSED)
    for one in (who, other):
        one.client.set_cookie("lang", language)
    walk(who, other)
    shown = [answer for answer in who.seen + other.seen if answer.mimetype == "text/html"]
    assert len(shown) >= 12
    for answer in shown:
        weight, requests = weigh(who, answer.text)
        assert weight < MOST_BYTES, answer.request.path
        assert requests <= MOST_REQUESTS, answer.request.path
        assert answer.headers["Cache-Control"] == "no-store"
        assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
        assert "<script>" not in answer.text
        assert " style=" not in answer.text


def test_the_page_of_a_failure_stays_light(invite: Invite, monkeypatch: pytest.MonkeyPatch) -> None:
    who = invite()
    token = who.open_paper()

    def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(views, "find_invitation", fail)
    answer = who.post("/a/paper", token, **fill(who.paper), suggestion="字" * 500)
    assert weigh(who, answer.text)[0] < MOST_BYTES


def test_nothing_is_newer_than_the_webviews_it_is_for() -> None:
    style = (Path(views.__file__).parent.parent / "static" / "answer.css").read_text("utf-8")
    for feature in TOO_NEW:
        assert feature not in style
