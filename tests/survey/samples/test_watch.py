"""The page that is looked at again and again: small places, days, the close to expect, charts."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.audit_log import AuditEvent, record_event
from survey.database import Database
from survey.responses.hours import ACTION
from survey.samples import watch as watching
from survey.samples.models import REFUSED, Selection
from survey.samples.pace import count_by_day, expect, list_days
from survey.samples.progress import SMALL, Tally, join_small, list_schools, progress
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.samples.desk import Desk
from tests.survey.samples.ways import list_selections, lose, prepare_field

TODAY = date(2026, 11, 24)


def issue(*numbers: int) -> dict[str, Tally]:
    """Return places with so many people asked, nobody heard of."""
    return {chr(97 + i): Tally(issued=n, outstanding=n) for i, n in enumerate(numbers)}


def log_answers(session: Session, round_: Round, hours: dict[str, int]) -> None:
    """Enter answers by hour, as the site does at each full hour."""
    for hour, number in hours.items():
        record_event(session, "site", ACTION, round_.id, hour=hour, submissions=number)


# Small places


@pytest.mark.parametrize(
    ("numbers", "names"),
    [
        ((9, 5, 7), ["a", "b", "c"]),
        ((9, 4, 7), ["a", SMALL]),  # alone it would follow from the total
        ((9, 4, 1), ["a", SMALL]),
        ((3,), [SMALL]),
    ],
)
def test_places_of_few_people_stand_together(numbers: tuple[int, ...], names: list[str]) -> None:
    joined = join_small(issue(*numbers))
    assert list(joined) == names
    assert sum(tally.issued for tally in joined.values()) == sum(numbers)


def test_a_school_with_few_outstanding_does_not_show_them() -> None:
    rows = list_schools(issue(9, 4, 7, 3))
    assert [(row.name, row.outstanding) for row in rows] == [
        ("a", 9), ("c", 7), ("b", None), ("d", None)]  # fmt: skip


def test_one_hidden_school_hides_the_next_with_it() -> None:
    rows = list_schools(issue(9, 4, 7))
    assert {row.name: row.outstanding for row in rows} == {"a": 9, "b": None, "c": None}


def test_schools_tell_no_answers_and_leave_out_who_has_none(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    state = progress(session, round_)
    at_school = [link for link in issued if link.selection.person.school]
    assert 0 < len(at_school) < len(issued)
    assert sum(row.asked for row in state.schools) == len(at_school)
    assert sum(tally.issued for tally in state.areas.values()) == len(issued)


# Days


def test_hours_of_the_log_become_days_in_china(session: Session) -> None:
    round_ = make_round(session)
    log_answers(session, round_, {"2026-11-21T15Z": 2, "2026-11-21T16Z": 3, "2026-11-22T15Z": 4})
    log_answers(session, make_round(session), {"2026-11-21T15Z": 50})
    counts = count_by_day(session, round_)
    assert counts == {date(2026, 11, 21): 2, date(2026, 11, 22): 7}
    round_.opens_on, round_.closes_on = "2026-11-20", "2026-11-29"
    days = list_days(counts, round_, 100, TODAY)
    assert [one.together for one in days] == [0, 2, 9, 9, 9]
    assert [one.planned for one in days] == [10, 20, 30, 40, 50]


def test_a_window_of_centuries_does_not_fill_the_page(session: Session) -> None:
    round_ = make_round(session)
    round_.opens_on = "1026-01-01"
    assert len(list_days({}, round_, 100, TODAY)) == 400


def test_expected_is_the_pace_of_three_full_days(session: Session) -> None:
    round_ = make_round(session)
    round_.closes_on = "2026-11-25"
    counts = {date(2026, 11, 20): 30, date(2026, 11, 22): 6, date(2026, 11, 23): 12, TODAY: 1}
    found = expect(counts, round_, Tally(answered=50, outstanding=20, unreachable=5), TODAY)
    assert found is not None
    assert (found.pace, found.answers, found.most) == (6.0, 60, 75)
    few = expect(counts, round_, Tally(answered=50, outstanding=2), TODAY)
    assert few is not None
    assert few.answers == 52


@pytest.mark.parametrize("closes_on", [None, "2026-11-23"])
def test_without_a_day_to_come_nothing_is_expected(session: Session, closes_on: str) -> None:
    round_ = make_round(session)
    round_.closes_on = closes_on
    assert expect({date(2026, 11, 20): 30}, round_, Tally(answered=30), TODAY) is None
    assert expect({TODAY: 30}, round_, Tally(answered=30), TODAY) is None


# The page


def look_again(client: FlaskClient, page: str) -> tuple[int, str]:
    """Ask for the part that changes as htmx does."""
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found
    answer = client.get(found[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
    return answer.status_code, answer.text


def test_what_has_not_changed_is_not_sent_again(
    field: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "KEPT_SECONDS", 0.0)
    page = field.get("progress")
    assert look_again(field.client, page) == (204, "")
    with database.transaction() as session:
        first = session.scalars(select(Selection).where(Selection.issued)).first()
        assert first is not None
        first.disposition = REFUSED
        record_event(session, "test", "dispositions.unreachable", first.round_id)
    status, part = look_again(field.client, page)
    assert status == 200
    assert "<html" not in part
    assert "需要递补的层" in part


def test_many_who_watch_are_counted_for_once(field: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "KEPT_SECONDS", 600.0)
    counted, count = list[str](), watching.watch

    def note(session: Session, round_: Round) -> watching.Watch:
        counted.append(round_.id)
        return count(session, round_)

    monkeypatch.setattr(watching, "watch", note)
    page = field.get("progress")
    assert [look_again(field.client, page)[0] for _ in range(5)] == [204] * 5
    assert len(counted) == 1


def test_charts_say_what_the_tables_say(field: Desk) -> None:
    page = field.get("progress")
    charts = dict(re.findall(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', page))
    assert charts.keys() == set(re.findall(r'data-chart="([\w-]+)"', page))
    series = json.loads(charts["chart-categories"])["series"]
    assert sum(sum(one["data"]) for one in series) == 120


def test_a_stratum_is_released_by_its_own_button(field: Desk, database: Database) -> None:
    with database.transaction() as session:
        round_ = session.get_one(Round, field.way.rpartition("/")[2])
        strata = sorted({one.stratum for one in list_selections(session, round_)})[:2]
        for stratum in strata:
            lose(session, round_, stratum, 1)
    page = field.get("progress")
    assert all(f'value="{stratum}"' in page for stratum in strata)
    assert re.search(r'name="reason"[^>]*value="[^"]+"', page)  # one press is enough
    answer = field.post("progress/release", reason="没有回应", stratum=strata[0])
    assert answer.status_code == 303
    with database.sessions() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "reserves.release"))
        assert [event.detail for event in events] == [
            {"strata": {strata[0]: 1}, "reason": "没有回应"}]  # fmt: skip


def test_a_round_that_is_not_in_the_field_is_not_asked_for_again(desk: Desk) -> None:
    assert "hx-trigger" not in desk.get("progress")


def test_response_rates_count_whoever_is_outstanding_as_silent() -> None:
    rows = watching.rate_responses({
        "parent": Tally(issued=10, answered=6, refused=2, outstanding=2)})  # fmt: skip
    total, parent = rows
    assert (total.level, parent.name) == ("total", "parent")
    assert [str(total.rates[name]) for name in ("rr1", "rr5", "ref1")] == ["3/5", "3/4", "1/5"]
    assert watching.rate_responses({"parent": Tally()}) == []
