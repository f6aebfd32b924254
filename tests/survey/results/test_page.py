"""What the results page says of a rate: its interval, what it is worth, and the readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from scoring.answers import AnswerStratum, Paper
from scoring.rate import recognition_rate
from survey.accounts.models import OFFICIAL
from survey.assessments.models import OPENED, RATE
from survey.assessments.operations import save_record
from survey.database import Database
from tests.scoring.makers import NATIONAL
from tests.survey.factories import make_round

STRATA = [AnswerStratum("parent", "parent", 5000), AnswerStratum("teacher", "teacher", 900)]
ISSUED = {"parent": 120, "teacher": 50}


def make_rate(satisfied: int) -> Any:
    """Return a rate of 100 parents and 40 teachers; each also answered a second item."""
    papers = [
        Paper(s.name, s.category, {"overall": option, "conduct": "satisfied"})
        for s, n, of in ((STRATA[0], satisfied, 100), (STRATA[1], 34, 40))
        for option in ["satisfied"] * n + ["dissatisfied"] * (of - n)
    ]
    return recognition_rate(papers, STRATA, NATIONAL, items=["conduct"], issued=ISSUED)


@pytest.fixture
def show(log_in: Callable[[str], FlaskClient], database: Database) -> Callable[[Any], str]:
    """A function that returns the results page, in English, of an opened round with a rate."""

    def page(rate: Any) -> str:
        with database.transaction() as session:
            round_ = make_round(session, status=OPENED)
            save_record(session, round_, RATE, rate)
            round_id = round_.id
        text = log_in(OFFICIAL).get(f"/rounds/{round_id}/results?lang=en").text
        return " ".join(text.split())

    return page


def test_it_says_what_would_turn_and_what_would_settle_it(show: Callable[[Any], str]) -> None:
    rate = make_rate(92)
    assert rate["judgement"]["margin"] == 8
    page = show(rate)
    assert "8 of the satisfied papers being not satisfied" in page
    assert "9 of the 30 people who did not answer, had they answered and been not satis" in page
    assert f"{rate['judgement']['settled_by']} valid papers of the same share" in page
    assert "there are not so many" not in page


def test_below_the_limit_it_is_told_the_other_way_round(show: Callable[[Any], str]) -> None:
    page = show(make_rate(70))
    assert "15 of the other papers being satisfied" in page
    assert "100 of the 30 people who did not answer, had they answered and been satis" in page
    assert "there are not so many" in page


def test_every_reading_and_every_category_has_its_row(show: Callable[[Any], str]) -> None:
    rate = make_rate(92)
    page = show(rate)
    assert page.count("<td>every question</td>") == 4
    assert page.count("<td>points of all questions</td>") == 2
    for row in rate["judgement"]["categories"]:
        assert f"{100 * row['ci']['low']:.1f} % – {100 * row['ci']['high']:.1f} %" in page


def test_a_rate_from_before_the_judgement_is_shown(show: Callable[[Any], str]) -> None:
    rate = make_rate(92)
    del rate["judgement"]
    for reading in rate["readings"]:
        del reading["mode"]
    page = show(rate)
    assert "126 / 140" in page
    assert "What would turn it" not in page
