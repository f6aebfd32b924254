"""Monitoring year by year: falling years in a row lose the title, rehearsals are no years."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from scoring.record import make_verdict
from survey.assessments.models import OPENED, VERDICT
from survey.assessments.operations import save_record
from survey.database import Database
from tests.scoring.county_makers import change, make_sheets, read_sheets
from tests.scoring.makers import NATIONAL
from tests.survey.conftest import COUNTY
from tests.survey.factories import make_round

pytestmark = pytest.mark.one_engine

PAGE = f"/counties/{COUNTY}/monitoring?lang=en"


def add_year(database: Database, year: int, poor: int, *, is_rehearsal: bool = False) -> None:
    """Add a verdict in which so many sections of schools do not pass."""
    sheets = make_sheets()
    for school_id in ("1001", "1002", "1004")[:poor]:
        change(sheets["schools"], {"school_id": school_id}, rooms_m2="10")
    schools, data = read_sheets(sheets)
    with database.transaction() as session:
        round_ = make_round(session, status=OPENED, is_rehearsal=is_rehearsal)
        round_.year = year
        verdict = make_verdict(
            round_.county, None, schools, NATIONAL, data=data, rehearsal=is_rehearsal
        )
        save_record(session, round_, VERDICT, verdict)


def test_two_falling_years_lose_the_title(
    official: FlaskClient, database: Database, tmp_path: Path
) -> None:
    for year, poor in ((2025, 0), (2026, 1), (2027, 2)):
        add_year(database, year, poor)
    add_year(database, 2028, 3, is_rehearsal=True)
    page = official.get(f"{PAGE}&since=2025&basis=resources.school").text
    assert "The title is lost in 2027." in page
    assert page.count(">falls<") == 2
    assert "2028" not in page
    assert "5 / 5" in page
    kept = official.get(f"{PAGE}&since=2026&basis=resources.school").text
    assert "The title is kept." in kept


def test_without_a_basis_or_a_recognition_nothing_is_measured(
    official: FlaskClient, database: Database
) -> None:
    for year, poor in ((2025, 0), (2026, 1), (2027, 2)):
        add_year(database, year, poor)
    assert "no text says on what a fall is measured" in official.get(f"{PAGE}&since=2025").text
    assert "The year of the recognition is not known" in official.get(PAGE).text
    page = f"{PAGE}&since=2025&basis=resources.school&exceptional=2027"
    assert "exceptional circumstances counts is open" in official.get(page).text


def test_another_county_is_not_found(official: FlaskClient, database: Database) -> None:
    assert official.get("/counties/150603/monitoring").status_code == 404
    assert official.get("/counties/4512/monitoring").status_code == 404
    assert "No verdict of this county is here yet" in official.get(PAGE).text
