"""Open answers in the opening of their round: read apart, counted apart, kept apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.database import Database
from survey.open_answers.models import OpenEnvelope
from survey.open_answers.operations import list_places
from survey.open_answers.tally import OpenAnswers, Place
from survey.responses.envelope import leaf_hash
from survey.responses.models import random_key

BATCH = 2000  # envelopes in memory at a time


def read_places(session: Session, round_: Round) -> list[Place]:
    """Return the places of a round as counting needs them."""
    return [Place(place.id, place.name, place.category) for place in list_places(session, round_)]


def list_open_leaves(database: Database, round_id: str) -> list[tuple[str, str]]:
    """Return leaf and key of each open envelope of a round, sorted by leaf."""
    with database.sessions() as session:
        keys = list(session.scalars(select(OpenEnvelope.id).where(_is_of(round_id))))
    found = [("", key) for key in keys]
    batches = read_open_envelopes(database, found)
    return sorted(
        (leaf, key)
        for start, batch in zip(range(0, len(keys), BATCH), batches, strict=True)
        for key, (leaf, _) in zip(keys[start : start + BATCH], batch, strict=True)
    )


def read_open_envelopes(
    database: Database, found: Sequence[tuple[str, str]]
) -> Iterator[list[tuple[str, bytes]]]:
    """Yield leaf and ciphertext of open envelopes in batches, in the order of `found`."""
    for start in range(0, len(found), BATCH):
        keys = [key for _, key in found[start : start + BATCH]]
        query = select(OpenEnvelope.id, OpenEnvelope.ciphertext).where(OpenEnvelope.id.in_(keys))
        with database.sessions() as session:
            sealed = dict(session.execute(query).all())
        yield [(leaf_hash(sealed[key]), sealed[key]) for key in keys]


def make_row(round_id: str, paper: OpenAnswers) -> dict[str, Any]:
    """Return an opened open answer as it is kept, under a random key."""
    return {
        "id": random_key(),
        "round_id": round_id,
        "place_id": paper.place_id,
        "answers": dict(paper.answers),
    }


def _is_of(round_id: str) -> Any:
    return OpenEnvelope.round_id == round_id
