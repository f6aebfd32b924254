"""Making places, and taking in what is answered at them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import DRAWN, FIELD, FROZEN, Round
from survey.assessments.operations import require_status
from survey.audit_log import record_event
from survey.frames.models import Person
from survey.localization import CATEGORY_NAMES
from survey.open_answers.models import OpenEnvelope, OpenPlace
from survey.open_answers.tally import label_envelope
from survey.responses.codes import ALPHABET
from survey.responses.envelope import leaf_hash, seal
from survey.responses.submission import ASKED_IN, Asked, require_field
from survey.text import is_plain_line

TOKEN_LENGTH = 10  # 49 bits; unlike a card's code it cannot be one of 13
LONGEST_NAME = 80
MOST_PLACES = 100  # in a round; hiding the small counts of so many takes the opening seconds
FORM_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Visit(Asked):
    """What the code on a poster leads to: the place, and the round it belongs to."""

    place_id: str
    place: str
    is_withdrawn: bool

    @property
    def may_answer(self) -> bool:
        """Whether answers are taken at this place now."""
        return self.status == FIELD and not self.is_withdrawn


VISIT = select(  # in the order of the fields of Visit
    OpenPlace.category, *ASKED_IN, OpenPlace.id, OpenPlace.name, OpenPlace.is_withdrawn
).join(Round, OpenPlace.round_id == Round.id)


# Places


def list_open_categories(session: Session, round_: Round) -> list[str]:
    """Return the categories that have nobody on the roster: only they can be asked at places."""
    query = select(Person.category).where(Person.round_id == round_.id).distinct()
    listed = set(session.scalars(query))
    return [category for category in CATEGORY_NAMES if category not in listed]


def make_place(session: Session, round_: Round, name: str, category: str, actor: str) -> OpenPlace:
    """Make a place where people of a category can answer without a card.

    Raises `Problem` for a category that has a roster: its people are drawn, and somebody who was
    not drawn must not be taken for one of them.
    """
    session.refresh(round_, with_for_update=True)
    require_status(round_, FROZEN, DRAWN, FIELD)
    name = check_name(name)
    if category not in list_open_categories(session, round_):
        raise Problem(
            N_("{category}: people of this category are on the roster and are drawn"),
            category=category,
        )
    places = list_places(session, round_)
    if len(places) >= MOST_PLACES:
        raise Problem(N_("there are {most} places already; no more can be made"), most=MOST_PLACES)
    if any((place.name, place.category) == (name, category) for place in places):
        raise Problem(N_("there is such a place already: {name}"), name=name)
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    place = OpenPlace(round_id=round_.id, name=name, category=category, token=token)
    session.add(place)
    session.flush()
    record_event(session, actor, "place.make", round_.id, place=name, category=category)
    return place


def check_name(name: str) -> str:
    """Return the name of a place on one line; raise `Problem` when it is none."""
    text = " ".join(name.split(" ")).strip()
    if not text or len(text) > LONGEST_NAME or not is_plain_line(text):
        raise Problem(
            N_("the name of a place is one line of 1 to {most} characters"), most=LONGEST_NAME
        )
    return text


def withdraw_place(session: Session, round_: Round, place: OpenPlace, actor: str) -> None:
    """Take no more answers at a place; what came in stays."""
    require_status(round_, FROZEN, DRAWN, FIELD)
    if not place.is_withdrawn:
        place.is_withdrawn = True
        session.flush()
        record_event(
            session, actor, "place.withdraw", round_.id, place=place.name, category=place.category
        )


def find_place(session: Session, round_: Round, place_id: str) -> OpenPlace | None:
    """Return a place of this round, or None."""
    query = select(OpenPlace).where(OpenPlace.round_id == round_.id, OpenPlace.id == place_id)
    return session.scalar(query)


def list_places(session: Session, round_: Round) -> list[OpenPlace]:
    """Return the places of a round by name."""
    query = select(OpenPlace).where(OpenPlace.round_id == round_.id)
    return list(session.scalars(query.order_by(OpenPlace.name, OpenPlace.category)))


def count_open_answers(session: Session, round_: Round) -> int:
    """Return how many open answers of a round are sealed, at all places together."""
    query = select(func.count()).where(OpenEnvelope.round_id == round_.id)
    return session.scalar(query) or 0


# Answers


def find_visit(connection: Connection, token: str) -> Visit | None:
    """Return what a token leads to, or None."""
    row = connection.execute(VISIT.where(OpenPlace.token == token)).first()
    return Visit(*row) if row else None


def new_form_key() -> str:
    """Return what tells one form from another; 128 random bits in hex."""
    return secrets.token_hex(16)


def is_form_key(text: str) -> bool:
    """Say whether `text` is the key of a form that was made here.

    >>> is_form_key("0" * 32), is_form_key("0" * 31)
    (True, False)
    """
    return FORM_KEY.fullmatch(text) is not None


def submit_open_answers(
    connection: Connection, visit: Visit, form_key: str, answers: Mapping[str, str]
) -> str:
    """Seal and store an open answer, once for each form; return its receipt, also to the second.

    Only who was shown the form has its key. Raises `Problem` where the round takes no answers, and
    where its place was withdrawn meanwhile. Neither a time nor anything of who sent it is kept.
    """
    require_field(connection, visit.round_id)
    withdrawn = select(OpenPlace.is_withdrawn).where(OpenPlace.id == visit.place_id)
    if connection.scalar(withdrawn):
        raise Problem(N_("answers are no longer taken at this place"))
    stored = find_open_receipt(connection, visit.round_id, form_key)
    if stored:
        return stored
    envelope = seal(visit.public_key, label_envelope(visit.round_id), make_payload(visit, answers))
    connection.execute(
        insert(OpenEnvelope).values(id=form_key, round_id=visit.round_id, ciphertext=envelope)
    )
    return leaf_hash(envelope)


def find_open_receipt(connection: Connection, round_id: str, form_key: str) -> str:
    """Return the receipt of the answer that a form brought in, or nothing."""
    query = select(OpenEnvelope.ciphertext).where(
        OpenEnvelope.round_id == round_id, OpenEnvelope.id == form_key
    )
    envelope: bytes | None = connection.scalar(query)
    return leaf_hash(envelope) if envelope else ""


def make_payload(visit: Visit, answers: Mapping[str, str]) -> dict[str, object]:
    """Return what is sealed: edition, place and answers."""
    return {"edition": visit.edition, "place": visit.place_id, "answers": dict(answers)}
