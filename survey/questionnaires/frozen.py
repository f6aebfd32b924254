"""The questionnaire of a round (问卷定稿): fixed when its field opens, kept in the round itself.

The record holds the whole wording. From then on no file is asked any more: an edition that is
changed or lost on the disk changes nothing of a round in the field, and an auditor has what people
were asked beside what they answered.
"""

from __future__ import annotations

import json
from functools import lru_cache

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import QUESTIONNAIRE, Record, Round
from survey.assessments.operations import save_record
from survey.database import Database
from survey.questionnaires.edition import edition_of_record, load_edition
from survey.questionnaires.paper import Edition
from survey.questionnaires.shelf import find_edition
from survey.settings import Settings

ROUNDS_IN_MEMORY = 64

READ_FROZEN = select(Record.body).where(Record.kind == QUESTIONNAIRE)


def freeze_edition(session: Session, settings: Settings, round_: Round) -> Edition:
    """Keep the wording of the round's edition as a record; call when the field opens.

    Raises `Problem` for an edition that is faulty or gone, and for one that another round had with
    other wording: one id must not stand for two questionnaires.
    """
    edition = find_edition(settings.editions, round_.edition)
    refuse_changed(session, edition)
    value = {
        "format": 1,
        "kind": QUESTIONNAIRE,
        "edition": edition.id,
        "digest": edition.digest,
        "files": edition.content,
    }
    save_record(session, round_, QUESTIONNAIRE, value)
    return edition


def refuse_changed(session: Session, edition: Edition) -> None:
    """Raise `Problem` if a round went into the field with other wording under this id."""
    query = (
        select(Record.body)
        .join(Round, Record.round_id == Round.id)
        .where(Record.kind == QUESTIONNAIRE, Round.edition == edition.id)
        .distinct()
    )
    for body in session.scalars(query):
        digest = json.loads(body)["digest"]
        if digest != edition.digest:
            raise Problem(
                N_(
                    "its files were changed after it was in the field (digest then {then}, now "
                    "{now}); put them back, or make a new edition with a new id"
                ),
                where=edition.id,
                then=digest[:8],
                now=edition.digest[:8],
            )


@lru_cache(maxsize=ROUNDS_IN_MEMORY)
def round_edition(database: Database, round_id: str, name: str) -> Edition:
    """Return what a round in the field asks, for pages: read once, then kept in memory.

    Not for a round whose field is not open yet: its wording may still change.
    """
    with database.sessions() as session:
        return read_round_edition(session, round_id, name)


def read_round_edition(reader: Session | Connection, round_id: str, name: str) -> Edition:
    """Return what a round asks: the wording in its record, else the edition that ships as `name`.

    Only a round whose field is not open has no record, or one from before there were records.
    """
    body = reader.execute(READ_FROZEN.where(Record.round_id == round_id)).scalar()
    if body is None:
        return load_edition(name)
    return edition_of_record(json.loads(body))
