"""A round with its links out, and the supervisor at its pages."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from survey.database import Database
from survey.settings import Settings
from tests.survey.conftest import COUNTY
from tests.survey.samples.conftest import session
from tests.survey.samples.desk import Desk
from tests.survey.samples.ways import prepare_field

__all__ = ["session"]


@pytest.fixture
def field(supervisor: FlaskClient, database: Database, settings: Settings) -> Desk:
    """The supervisor at a round whose links were made a moment ago."""
    with database.transaction() as opened:
        round_, _ = prepare_field(opened, settings)
        round_.region = COUNTY
        return Desk(supervisor, round_.id)
