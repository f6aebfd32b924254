"""A walk over every route of the site, found in its own map: a new route is walked by itself."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product

from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from scoring.answers import CATEGORIES
from survey.assessments.models import RECORD_KINDS
from survey.questionnaires.edition import shipped_editions
from tests.proofs.county import COLLEAGUE, County, Stage

LOGGING_OUT = "security.logout"
STAGE_ARGUMENTS = {"round_id", "code", "token"}


def list_rules(county: County, method: str) -> list[Rule]:
    """Return the routes that take a method; logging out, which ends a walk, comes last."""
    rules = [rule for rule in county.app.url_map.iter_rules() if method in (rule.methods or ())]
    return sorted(rules, key=lambda rule: (rule.endpoint == LOGGING_OUT, rule.rule))


def list_values(argument: str, stage: Stage, log_id: str) -> list[str]:
    """Return what a part of an address is walked with in one round.

    Raises KeyError for a part that is new: the walk wants to be taught a value of it.
    """
    known = {
        "round_id": [stage.round_id],
        "code": stage.codes[:1] + stage.codes[-1:] or ["23456789ABCDM"],
        "token": stage.tokens[:1] or ["ABCDEFGHJK"],
        "place_id": stage.place_ids[:1] or ["0" * 16],
        "kind": list(RECORD_KINDS),
        "category": list(CATEGORIES)[:2],
        "school_id": stage.schools or ["0"],
        "edition_id": shipped_editions()[:1],
        "paper_id": ["society"],
        "filename": ["answer.css"],
        "log_id": [log_id],
        "region": ["451203"],
        "number": ["1"],
        "earlier": ["1"],
        "later": ["2"],
        "unit_id": ["u0"],
        "username": [COLLEAGUE],
        "digest": ["0" * 64],
        "file_id": ["0" * 16],
    }
    return known[argument]


def list_addresses(county: County, rule: Rule) -> Iterator[tuple[str, str]]:
    """Yield stage and address of a route: once for each stage that it can be about."""
    names = sorted(rule.arguments)
    of_round = bool(STAGE_ARGUMENTS & set(names))
    for status, stage in county.stages.items():
        for values in product(*(list_values(name, stage, county.log_id) for name in names)):
            adapter = county.app.url_map.bind("localhost")
            yield (
                status,
                adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method=None),
            )
        if not of_round:
            return


class Controls(HTMLParser):
    """What can be filled in on a page, and which of it has words beside its label.

    A radio button or a box to tick may be described by the group that it stands in.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.groups: list[str] = []
        self.controls: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a control, of a group, and of every id."""
        given = {name: value or "" for name, value in attrs}
        self.ids.add(given.get("id", ""))
        described = given.get("aria-describedby", "")
        if tag == "fieldset":
            self.groups.append(described)
        kind = given.get("type", "")
        if tag not in ("input", "select", "textarea") or kind == "hidden" or "hidden" in given:
            return
        if kind in ("radio", "checkbox") and not described and self.groups:
            described = self.groups[-1]
        self.controls.append((given.get("name", given.get("id", "")), described))

    def handle_endtag(self, tag: str) -> None:
        """Leave a group."""
        if tag == "fieldset":
            self.groups.pop()

    @property
    def mute(self) -> list[str]:
        """The names of the controls without a word that the page holds."""
        return [
            name
            for name, described in self.controls
            if not described or not set(described.split()) <= self.ids
        ]


def read_all(answer: TestResponse) -> str:
    """Return everything readable of an answer: headers, body, and what a workbook holds."""
    parts = [f"{name}: {value}" for name, value in answer.headers if name != "Set-Cookie"]
    content = answer.data
    parts.append(content.decode("utf-8", "replace"))
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            parts += [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
    return "\n".join(parts)
