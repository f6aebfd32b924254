"""A supervisor at the pages of one round, for the tests of these pages."""

from __future__ import annotations

import io
import re

from flask.testing import FlaskClient
from sqlalchemy import ColumnExpressionArgument, func, select
from werkzeug.test import TestResponse

from sampling.survey_rules import load_survey_rules
from survey.database import Database
from survey.samples.models import (
    UNREACHABLE,
    Selection,
)
from survey.tables import read_table
from tests.survey.conftest import read_token

CATEGORIES = load_survey_rules().categories


class Desk:
    """A supervisor at the pages of one round."""

    def __init__(self, client: FlaskClient, round_id: str) -> None:
        self.client = client
        self.way = f"/rounds/{round_id}"

    def get(self, page: str) -> str:
        """Open a page."""
        answer = self.client.get(f"{self.way}/{page}")
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, page: str, **data: object) -> TestResponse:
        """Send a page's form."""
        token = read_token(self.client.get(f"{self.way}/{page.partition('/')[0]}").text)
        return self.client.post(f"{self.way}/{page}", data={"csrf_token": token, **data})

    def upload(self, content: bytes, name: str = "名册.csv") -> TestResponse:
        """Upload a roster and have its people taken in."""
        answer = self.post("roster", file=(io.BytesIO(content), name))
        return answer if answer.status_code != 303 else self.post("roster/work", act="import")

    def read_targets(self) -> dict[str, int]:
        """Return the numbers that the page of the quotas proposes."""
        page = self.get("plan")
        inputs = [tag for tag in re.findall(r"<input[^>]*>", page) if 'type="number"' in tag]
        found = {}
        for tag in inputs:
            name, value = re.search(r'name="(\w+)"', tag), re.search(r'value="(\d*)"', tag)
            assert name is not None
            found[name[1]] = int(value[1]) if value and value[1] else 0
        return {name: found[name] for name in CATEGORIES}

    def read_digest(self) -> str:
        """Return the digest of the frame that the page of the quotas was made for."""
        return read_hidden(self.get("plan"), "frame_digest")

    def freeze(self, **changed: object) -> TestResponse:
        """Freeze the numbers proposed."""
        fields = {**self.read_targets(), "frame_digest": self.read_digest(), **changed}
        return self.post("plan", act="freeze", **fields)

    def mark_unreachable(self) -> TestResponse:
        """Ask for the outstanding to be noted as not reached, and confirm the number shown."""
        people = read_hidden(self.get("progress/unreachable"), "people")
        return self.post("progress/unreachable", people=people)

    def release(self) -> TestResponse:
        """Release reserves."""
        return self.post("progress/release", reason="第一轮结束")

    def make_links(self, scope: str = "new", medium: str = "file", nonce: str = "") -> TestResponse:
        """Make links with a fresh form, or with an earlier one."""
        nonce = nonce or self.read_nonce()
        return self.post("links", scope=scope, medium=medium, nonce=nonce)

    def read_nonce(self) -> str:
        """Return what tells one form of the links from the next."""
        return read_hidden(self.get("links"), "nonce")


def read_hidden(page: str, name: str) -> str:
    """Return a hidden field's value."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page)
    assert found is not None, page
    return found[1]


def count(database: Database, *conditions: ColumnExpressionArgument[bool]) -> int:
    """Return how many selections meet the conditions."""
    with database.sessions() as session:
        query = select(func.count()).select_from(Selection).where(*conditions)
        return session.scalar(query) or 0


def list_codes(answer: TestResponse) -> list[str]:
    """Return the codes of a link file."""
    return [cells["答题码"] for _, cells in read_table("links.xlsx", answer.data).rows]


NOT_REACHED = Selection.disposition == UNREACHABLE
