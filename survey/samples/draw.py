"""The draw of a round: from the frozen plan and a seed stated in public."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from sampling.draw import draw_sample
from sampling.record import Draw, Plan
from survey.assessments.models import DRAW, DRAWN, FROZEN, Round
from survey.assessments.operations import (
    advance,
    lock_round,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.frames.models import Person
from survey.samples.models import (
    PENDING,
    Selection,
)
from survey.samples.plan import read_frame
from survey.samples.records import read_plan


def draw_round(session: Session, round_: Round, seed: str, actor: str) -> Draw:
    """Draw the sample with a seed stated in public; the certificate becomes a record."""
    lock_round(session, round_)
    require_status(round_, FROZEN)
    plan = read_plan(session, round_)
    draw = draw_sample(read_frame(session, round_), plan, seed)
    record = save_record(session, round_, DRAW, dict(draw))
    session.execute(insert(Selection), list(list_selections(session, round_, plan, draw)))
    advance(round_, DRAWN)
    record_event(
        session, actor, "sample.draw", round_.id, n=draw["n"], seed=seed, draw_digest=record.digest
    )
    return draw


def list_selections(
    session: Session, round_: Round, plan: Plan, draw: Draw
) -> Iterator[dict[str, object]]:
    """Yield the database rows of everybody drawn; the sample is issued at once."""
    query = select(Person.unit_id, Person.id).where(Person.round_id == round_.id)
    people = {row.unit_id: row.id for row in session.execute(query)}
    unions = {
        stratum: union["answer_stratum"]
        for union in plan["answer_strata"]
        for stratum in union["strata"]
    }
    for stratum in draw["strata"]:
        name = stratum["stratum"]
        for position, unit_id in enumerate([*stratum["sample"], *stratum["reserve"]], start=1):
            is_reserve = position > stratum["n"]
            yield {
                "round_id": round_.id,
                "person_id": people[unit_id],
                "stratum": name,
                "answer_stratum": unions[name],
                "position": position,
                "is_reserve": is_reserve,
                "issued": not is_reserve,
                "disposition": PENDING,
            }
