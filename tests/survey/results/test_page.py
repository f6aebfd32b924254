"""What the results page says of a rate: its interval, what it is worth, and the readings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from scoring.answers import AnswerStratum, Paper
from scoring.builtin_engine import BuiltinEngine
from scoring.rate import recognition_rate
from scoring.record import make_verdict, verify_verdict
from survey.accounts.models import OFFICIAL
from survey.assessments.models import ANSWERS, OPENED, RATE, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.database import Database
from survey.results import operations
from survey.schools.operations import import_schools
from tests.scoring.county_makers import (
    answer,
    change,
    make_classes,
    make_sheets,
    read_sheets,
    set_figures,
)
from tests.scoring.makers import NATIONAL
from tests.survey.conftest import read_token
from tests.survey.factories import make_round
from tests.survey.schools.county_files import county_workbook

pytestmark = pytest.mark.one_engine

STRATA = [AnswerStratum("parent", "parent", 5000), AnswerStratum("teacher", "teacher", 900)]
ISSUED = {"parent": 120, "teacher": 50}


def make_rate(satisfied: int, county: str = "", round_name: str = "") -> Any:
    """Return a rate of 100 parents and 40 teachers; each also answered a second item."""
    papers = [
        Paper(s.name, s.category, {"overall": option, "conduct": "satisfied"})
        for s, n, of in ((STRATA[0], satisfied, 100), (STRATA[1], 34, 40))
        for option in ["satisfied"] * n + ["dissatisfied"] * (of - n)
    ]
    return recognition_rate(
        papers,
        STRATA,
        NATIONAL,
        county=county,
        round_name=round_name,
        items=["conduct"],
        issued=ISSUED,
    )


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


@pytest.fixture
def judged(log_in: Callable[[str], FlaskClient], database: Database) -> Callable[..., str]:
    """A function that returns a page of an opened round with a rate and a verdict."""
    browser = log_in(OFFICIAL)

    def page(verdict: Any, language: str, address: str = "") -> str:
        with database.transaction() as session:
            round_ = make_round(session, status=OPENED)
            save_record(session, round_, RATE, make_rate(92))
            save_record(session, round_, VERDICT, verdict)
            round_id = round_.id
        text = browser.get(f"/rounds/{round_id}/results{address}?lang={language}").text
        return " ".join(unescape(text).split())

    return page


def make_whole_verdict() -> Any:
    """Return a verdict made with a county's data, with every outcome and a relief that was used."""
    sheets = make_sheets()
    for room in ("music1", "music2"):
        key = {"school_id": "1001", "room_name": room}
        change(sheets["special_rooms"], key, area_m2="73", built="2016-12")
    sheets["classes"] = make_classes(sheets["schools"], largest=60)
    answer(sheets, "quality.06", "moral_education", "一般")
    set_figures(sheets, junior_deaths="")
    schools, data = read_sheets(sheets)
    return make_verdict(
        "", make_rate(92), schools, NATIONAL, data=data, reliefs=["rooms-built-by-2016"]
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_finding_of_a_county_is_shown(judged: Callable[..., str], language: str) -> None:
    verdict = make_whole_verdict()
    findings = verdict["findings"]
    assert {f["outcome"] for f in findings} == {"met", "not_met", "not_measured", "shown"}
    page = judged(verdict, language)
    for finding in findings:
        if finding["subject"]["kind"] == "county" and finding["kind"] != "survey":
            assert f"> {finding['title'][language]} <" in page, finding["rule"]
            if finding["why"]:
                assert finding["why"][language] in page
    for aspect in verdict["aspects"]:
        # Findings about resources are those of schools, and coefficients by stage.
        caption = f"<caption>{aspect['title'][language]}</caption>"
        assert (caption in page) is (aspect["id"] != "resources")


def test_a_judgement_a_relief_and_a_reading_are_told_in_words(judged: Callable[..., str]) -> None:
    page = judged(make_whole_verdict(), "zh")
    assert "所有学校德育工作水平（取最低一所）: 一般 (良好 / 优秀)" in page
    assert not re.search(r">\s*(yes|no|fair|good|excellent|shown|rooms-built-by-2016)\s*<", page)
    page = judged(make_whole_verdict(), "en")
    assert "shown only" in page
    assert "Under the relief: Music rooms built by 2016: 73 m2" in page
    assert "Evidence: 佐证.pdf" in page
    assert "Another reading, which decides nothing: " in page
    assert re.search(r"Not met by: [^<]*primary1班", page)


def test_every_indicator_of_a_school_is_shown(judged: Callable[..., str]) -> None:
    verdict = make_whole_verdict()
    page = judged(verdict, "zh", "/schools/1003")
    mine = [f for f in verdict["findings"] if f["subject"]["id"] == "1003"]
    assert len(mine) == 16
    assert all(finding["title"]["zh"] in page for finding in mine)


def test_a_verdict_from_before_the_countys_data_is_shown(judged: Callable[..., str]) -> None:
    verdict = make_whole_verdict()
    del verdict["aspects"], verdict["reliefs"]
    for finding in verdict["findings"]:
        for key in ("aspect", "why", "reliefs", "rounding_flips", "engine"):
            del finding[key]
    page = judged(verdict, "en")
    assert "Full curriculum" in page
    assert "Other rules" in page


class Stranger(BuiltinEngine):
    """An engine of another name that measures as the built-in one does."""

    name = "stranger"


def test_a_round_is_judged_on_the_countys_data_by_the_engine_that_is_set(
    log_in: Callable[[str], FlaskClient],
    app: Flask,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    browser = log_in(OFFICIAL)
    settings = replace(app.extensions["renkedu_settings"], indicator_engine="stranger")
    monkeypatch.setitem(app.extensions, "renkedu_settings", settings)
    monkeypatch.setattr(operations, "find_engine", {"stranger": Stranger()}.__getitem__)
    content = county_workbook(tmp_path, make_sheets())
    with database.transaction() as session:
        round_ = make_round(session, status=OPENED)
        import_schools(session, round_, "county.xlsx", content, "test")
        save_record(session, round_, RATE, make_rate(92, round_.county, round_.id))
        save_record(session, round_, ANSWERS, {"format": 1})
        round_id = round_.id
    address = f"/rounds/{round_id}/results"
    token = read_token(browser.get(address).text)
    answered = browser.post(f"/rounds/{round_id}/verdict", data={"csrf_token": token})
    assert answered.status_code == 303, answered.text
    with database.sessions() as session:
        record = find_record(session, session.get_one(Round, round_id), VERDICT)
        assert record is not None
        verdict = read_body(record)
    assert (verdict["verdict"], verdict["missing"]) == ("met", [])
    assert verdict["engine"]["name"] == "stranger"
    verify_verdict(verdict, engine=Stranger())
