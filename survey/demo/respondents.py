"""Simulated respondents: each comes by its link over real HTTP and does what a person would.

Loopback only. A code is held in memory and told to nobody but the site.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin

from survey.demo.opinions import NEVER_COMES, REFUSES, Mind, make_mind
from survey.demo.pages import Form, read_forms

VISITORS_AT_ONCE = 4  # fewer than the site has threads
TIMEOUT = 30  # seconds
MOST_REDIRECTS = 5

INTRODUCTION = "/a/"
PAPER = "/a/paper"
REFUSAL = "/a/refuse"
THANKS = "/a/thanks"

ANSWERED = "answered"
REFUSED = "refused"
STAYED_AWAY = "stayed away"
FAILED = "failed"


class VisitError(RuntimeError):
    """A page was not what a respondent expects."""


@dataclass(frozen=True, slots=True)
class Respondent:
    """Somebody with a card: the code, and what their behaviour is seeded by."""

    code: str
    category: str
    stratum: str
    position: int


@dataclass(frozen=True, slots=True)
class Page:
    """What came back in the end: where from, with which status, the text."""

    path: str
    status: int
    text: str


@dataclass(slots=True)
class Visitor:
    """A browser without JavaScript: one connection, its own cookies."""

    connection: HTTPConnection
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Page:
        """Open a page."""
        return self.fetch("GET", path, None)

    def post(self, path: str, values: dict[str, str]) -> Page:
        """Send a form and follow where it leads."""
        return self.fetch("POST", path, urlencode(values))

    def fetch(self, method: str, path: str, body: str | None) -> Page:
        """Ask, keep cookies, follow redirects."""
        for _ in range(MOST_REDIRECTS):
            self.connection.request(method, path, body, self.headers(body))
            response = self.connection.getresponse()
            text = response.read().decode("utf-8", errors="replace")
            for line in response.headers.get_all("Set-Cookie", []):
                self.keep(line)
            target = response.headers.get("Location")
            if target is None:
                return Page(path, response.status, text)
            path, method, body = urljoin(path, target), "GET", None
        raise VisitError("redirects without end")

    def headers(self, body: str | None) -> dict[str, str]:
        """Return what a browser sends along."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return headers

    def keep(self, line: str) -> None:
        """Keep a cookie, or forget one that the site takes back."""
        for name, morsel in SimpleCookie(line).items():
            if morsel["max-age"] == "0" or not morsel.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.coded_value


@dataclass(frozen=True, slots=True)
class Wave:
    """Visits that were made: how many ended how, and why some failed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: tuple[str, ...] = ()

    def __add__(self, other: Wave) -> Wave:
        """Return both waves as one."""
        return Wave(self.outcomes + other.outcomes, self.failures + other.failures)


def send_wave(
    respondents: Iterable[Respondent], port: int, seed: int, coming: Collection[str]
) -> Wave:
    """Let those come whose intention is among `coming`, several at a time; return how it went.

    A visit that fails is counted and told, not tried again: the site must bear this load.
    """
    outcomes: Counter[str] = Counter()
    failures: list[str] = []
    with ThreadPoolExecutor(VISITORS_AT_ONCE) as pool:
        for outcome, reason in pool.map(
            lambda respondent: come(respondent, port, seed, coming), respondents
        ):
            outcomes[outcome] += 1
            failures += [reason] if reason else []
    return Wave(outcomes, tuple(failures))


def come(respondent: Respondent, port: int, seed: int, coming: Collection[str]) -> tuple[str, str]:
    """Return how a respondent's visit ended, and why it failed if it did."""
    mind = make_mind(seed, respondent.category, respondent.stratum, respondent.position)
    if mind.intention not in coming or mind.intention == NEVER_COMES:
        return STAYED_AWAY, ""
    visit = visit_to_refuse if mind.intention == REFUSES else visit_to_answer
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        return visit(Visitor(connection), respondent.code, mind), ""
    except (VisitError, HTTPException, OSError) as error:
        return FAILED, f"{type(error).__name__}: {error}"
    finally:
        connection.close()


def visit_to_answer(visitor: Visitor, code: str, mind: Mind) -> str:
    """Open the link, read the introduction, fill the paper in, send it."""
    expect(visitor.get(f"/a/{code}"), INTRODUCTION)
    form = find_form(visitor.get(PAPER), PAPER)
    answers = mind.answer(form.options, form.texts)
    expect(visitor.post(PAPER, form.hidden | answers), THANKS)
    return ANSWERED


def visit_to_refuse(visitor: Visitor, code: str, _mind: Mind) -> str:
    """Open the link, read the introduction, decline, and confirm it."""
    expect(visitor.get(f"/a/{code}"), INTRODUCTION)
    form = find_form(visitor.get(REFUSAL), REFUSAL)
    page = visitor.post(REFUSAL, form.hidden)
    if page.status != HTTPStatus.OK:
        raise VisitError(f"{page.path} answered {page.status} to a refusal")
    return REFUSED


def expect(page: Page, path: str) -> None:
    """Raise unless the visit led to `path` and it is well."""
    if (page.path, page.status) != (path, HTTPStatus.OK):
        raise VisitError(f"expected {path}, got {page.path} with status {page.status}")


def find_form(page: Page, action: str) -> Form:
    """Return the form of a page that is sent to `action`."""
    expect(page, action)
    for form in read_forms(page.text):
        if form.method == "post" and urljoin(page.path, form.action) == action:
            return form
    raise VisitError(f"{page.path} has no form for {action}")
