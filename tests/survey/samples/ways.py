"""Rounds brought as far as a test of the sample needs them."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.survey_rules import load_survey_rules
from survey.assessments.models import DRAFT, Round
from survey.frames.operations import import_roster
from survey.samples.draw import draw_round
from survey.samples.links import IssuedLink, issue_links
from survey.samples.models import (
    REFUSED,
    Selection,
)
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county

RESIDENTS = 80_000  # 120 people are drawn
RULES = load_survey_rules()
SEED = "双色球 2026011"


def prepare(session: Session, settings: Settings, content: bytes | None = None) -> Round:
    """Make a round with a roster."""
    round_ = make_round(session, status=DRAFT)
    round_.residents = RESIDENTS
    session.flush()
    import_roster(session, settings, round_, "r.csv", content or make_county(), actor="test")
    return round_


def prepare_draw(session: Session, settings: Settings) -> Round:
    """Make a round whose sample is drawn."""
    round_ = prepare(session, settings)
    freeze_plan(session, round_, None, "test")
    draw_round(session, round_, SEED, "test")
    return round_


def prepare_field(session: Session, settings: Settings) -> tuple[Round, list[IssuedLink]]:
    """Make a round with links out."""
    round_ = prepare_draw(session, settings)
    return round_, issue_links(session, settings, round_, "test")


def list_selections(session: Session, round_: Round, stratum: str = "") -> list[Selection]:
    """Return whoever was drawn, in order."""
    query = select(Selection).where(Selection.round_id == round_.id)
    if stratum:
        query = query.where(Selection.stratum == stratum)
    return list(session.scalars(query.order_by(Selection.stratum, Selection.position)))


def lose(session: Session, round_: Round, stratum: str, number: int) -> None:
    """Let the first people of a stratum refuse."""
    for selection in list_selections(session, round_, stratum)[:number]:
        selection.disposition = REFUSED
    session.flush()
