"""The certificates that the steps of a sample build on."""

from __future__ import annotations

from typing import cast

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from sampling.record import Draw, Plan
from survey.assessments.models import DRAW, PLAN, Round
from survey.assessments.operations import find_record, read_body


def read_plan(session: Session, round_: Round) -> Plan:
    """Return the frozen plan."""
    return cast(Plan, require_record(session, round_, PLAN))


def read_draw(session: Session, round_: Round) -> Draw:
    """Return the draw certificate."""
    return cast(Draw, require_record(session, round_, DRAW))


def require_record(session: Session, round_: Round, kind: str) -> object:
    """Return the value of a record that this step builds on."""
    record = find_record(session, round_, kind)
    if record is None:
        raise Problem(N_("the round has no record of the kind {kind} yet"), kind=kind)
    return read_body(record)
