"""Each step can be undone until it is frozen, and its list says so."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.assessments.models import DRAWN, FIELD, Round
from survey.assessments.operations import Particulars, change_round, set_public_key
from survey.assessments.steps import STEPS, has_roster
from survey.database import Database
from survey.frames.operations import import_roster, remove_roster
from survey.responses.envelope import new_round_key
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from tests.survey.frames.rosters import make_county
from tests.survey.samples.ways import RESIDENTS, prepare

SETTINGS = Particulars(
    county="宜州区", year=2026, residents=RESIDENTS, residents_source="census bulletin"
)


def rename(session: Session, round_: Round, county: str) -> None:
    change_round(session, round_, replace(SETTINGS, county=county), round_.version, "test")


def test_what_the_list_promises_can_be_undone_and_no_more(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    with database.transaction() as session:
        round_ = prepare(session, settings)
        rename(session, round_, "另一县")
        rename(session, round_, "宜州区")
        remove_roster(session, round_, "test")
        assert not has_roster(session, round_)
        import_roster(session, settings, round_, "r.csv", make_county(), actor="test")
        freeze_plan(session, round_, None, "test")
        for undo in (
            lambda: rename(session, round_, "另一县"),
            lambda: remove_roster(session, round_, "test"),
            lambda: freeze_plan(session, round_, None, "test"),
        ):
            with pytest.raises(Problem):
                undo()
        round_.status = DRAWN
        session.flush()
        set_public_key(session, round_, new_round_key()[1], "test")  # until links are made
        round_.status = FIELD
        session.flush()
        with pytest.raises(Problem):
            set_public_key(session, round_, new_round_key()[1], "test")
        address = f"/rounds/{round_.id}?lang=en"
    page = supervisor.get(address).text
    assert len(STEPS) == 11
    for said in (
        "until the quotas are frozen",
        "until you freeze them",
        "until its seed is known",
        "until links are made",
        "A lost card is issued again",
        "A release is final",
        "until there is a verdict",
        "until you close",
        "Final once done",
    ):
        assert said in page
