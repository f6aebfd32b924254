"""What programs do that fill in questionnaires by the thousand, and what they get in: nothing.

They come from random addresses, wait as long as people do, send forms that are whole, with every
field valid and the right token. What they lack is a card.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.assessments.models import FIELD
from survey.questionnaires.edition import load_edition
from survey.responses.codes import new_code
from survey.responses.drafts import Draft
from survey.responses.envelope import open_envelope
from survey.responses.models import Envelope
from survey.samples.models import LINK_SPENT, Link
from tests.proofs.county import County
from tests.survey.conftest import read_token
from tests.survey.factories import PRIVATE_KEY
from tests.survey.responses.conftest import fill

CHANCE = random.Random(20260101)  # noqa: S311 - a bot's addresses, not a secret
AGENTS = ("Mozilla/5.0 (iPhone) MicroMessenger/8.0.49", "Mozilla/5.0 (Linux; Android 13) Mobile")


@dataclass
class Bot:
    """A program that answers, from a new address at each request."""

    client: FlaskClient

    def disguise(self) -> dict[str, str]:
        """Return headers that name another address and another phone each time."""
        address = ".".join(str(CHANCE.randint(1, 254)) for _ in range(4))
        return {
            "X-Forwarded-For": address,
            "X-Real-IP": address,
            "Client-IP": address,
            "Forwarded": f"for={address}",
            "User-Agent": CHANCE.choice(AGENTS),
        }

    def get(self, address: str) -> TestResponse:
        """Open a page."""
        return self.client.get(address, headers=self.disguise())

    def post(self, address: str, **fields: str) -> TestResponse:
        """Send a form with the token that the site gave, as if it had been filled in slowly."""
        shown = "/a/enter" if address.startswith("/a") else address
        token = read_token(self.get(shown).text)
        return self.client.post(
            address, data={"csrf_token": token, **fields}, headers=self.disguise()
        )


def count(county: County) -> tuple[int, int, int]:
    """Return how many envelopes, drafts and spent links there are."""
    with county.database.sessions() as session:
        envelopes = session.scalar(select(func.count()).select_from(Envelope)) or 0
        drafts = session.scalar(select(func.count()).select_from(Draft)) or 0
        spent = select(func.count()).where(Link.state == LINK_SPENT)
        return envelopes, drafts, session.scalar(spent) or 0


@pytest.fixture
def bot(county: County) -> Bot:
    return Bot(county.browser())


ANSWERS = fill(load_edition("national-2026").paper_for("parent"))


def test_without_codes_nothing_comes_in(county: County, bot: Bot) -> None:
    before = count(county)
    statuses = set()
    for number in range(60):
        opened = str(1_700_000_000 - CHANCE.randint(60, 400))  # three minutes ago, or so it says
        made_up = new_code()
        bot.client.set_cookie("card", made_up, path="/a")
        for address in ("/a/paper", "/a/save", "/a/later", "/a/refuse"):
            fields = {
                **ANSWERS,
                "card": f"{opened}.{number:016x}",
                "ip": "1.2.3.4",
                "starttime": opened,
            }
            statuses.add(bot.post(address, **fields).status_code)
    assert count(county) == before
    assert statuses <= {303, 409}


def test_guessing_codes_comes_to_an_end_whatever_address_it_names(county: County, bot: Bot) -> None:
    before = count(county)
    statuses = [bot.get(f"/a/{new_code()}").status_code for _ in range(130)]
    assert statuses[:50] == [404] * 50
    assert set(statuses[-20:]) == {429}
    assert count(county) == before
    card = next(
        code for code in county.stages[FIELD].codes if code not in county.stages[FIELD].spent
    )
    assert bot.get(f"/a/{card}").status_code == 303  # who has a card behind the same address


def test_one_code_is_one_answer_however_often_it_is_sent(county: County) -> None:
    field = county.stages[FIELD]
    card = next(code for code in reversed(field.codes) if code not in field.spent)
    field.spent.append(card)
    envelopes, _, spent = count(county)
    for _ in range(25):  # a fresh browser from a fresh address each time
        bot = Bot(county.browser())
        assert bot.get(f"/a/{card}").status_code == 303
        for _ in range(2):
            answer = bot.post("/a/paper", **ANSWERS)
            assert answer.location == "/a/thanks"
    assert count(county)[0] == envelopes + 1
    assert count(county)[2] == spent + 1


def test_a_bot_does_not_choose_what_its_answer_carries(county: County) -> None:
    """Category, answer stratum and flags come from the site, whatever a form says of them."""
    field = county.stages[FIELD]
    card = next(code for code in reversed(field.codes) if code not in field.spent)
    field.spent.append(card)
    with county.database.sessions() as session:
        known = set(session.scalars(select(Envelope.leaf)))
    bot = Bot(county.browser())
    bot.get(f"/a/{card}")
    more = {"category": "deputy", "answer_stratum": "deputy", "flags": "none", "mode": "paper"}
    bot.post("/a/paper", **ANSWERS, **more)
    with county.database.sessions() as session:
        fresh = session.scalars(select(Envelope).where(Envelope.leaf.not_in(known))).one()
    payload = open_envelope(PRIVATE_KEY, field.round_id, fresh.ciphertext)
    assert set(payload["answers"]) <= set(ANSWERS)
    assert "mode" not in payload["flags"]
    assert payload["category"] == payload["answer_stratum"].split("/")[0]


def test_open_answers_have_a_budget_that_named_addresses_do_not_stretch(county: County) -> None:
    """Open mode keeps nobody away who wants to come in; a flood it keeps within its budget."""
    token = county.stages[FIELD].tokens[0]
    paper = load_edition("national-2026").paper_for("resident")
    statuses = []
    for number in range(210):
        bot = Bot(county.browser())
        form_key = f"{number:032x}"
        statuses.append(bot.post(f"/o/{token}/paper", form=form_key, **fill(paper)).status_code)
    assert statuses[0] == 303
    assert statuses[-1] == 429
    assert statuses.count(303) == 200
