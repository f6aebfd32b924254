"""Progress by class: who hands cards out sees where people are missing, and nobody by name."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from survey.database import Database
from survey.frames.contacts import erase_contacts
from survey.samples.draw import draw_round
from survey.samples.links import issue_links
from survey.samples.models import ANSWERED, Selection
from survey.samples.plan import freeze_plan
from survey.settings import Settings
from tests.survey.frames.rosters import HEADERS, list_people, make_csv
from tests.survey.samples.ways import SEED, list_selections, prepare

CLASS = HEADERS.index("班级")


def test_a_class_of_few_outstanding_is_not_counted(
    database: Database, settings: Settings, supervisor: FlaskClient
) -> None:
    people = [list(row) for row in list_people(480, 160, 40)]
    for number, row in enumerate(people):
        row[CLASS] = f"三({number % 3 + 1})班" if row[HEADERS.index("学校")] else ""
    with database.transaction() as session:
        round_ = prepare(session, settings, make_csv(people))
        freeze_plan(session, round_, None, "test")
        draw_round(session, round_, SEED, "test")
        issue_links(session, settings, round_, "test")
        address = f"/rounds/{round_.id}/progress/classes?lang=en"
        round_id = round_.id

    def read() -> dict[tuple[str, str], tuple[str, str]]:
        page = supervisor.get(address).text
        rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>(.*?)</tr>", page, re.DOTALL)
        cells = {school: re.findall(r"<td[^>]*>(.*?)</td>", row) for school, row in rows}
        assert cells
        return {
            (school, found[0]): (found[1], found[2])
            for school, row in rows
            if (found := re.findall(r"<td[^>]*>(.*?)</td>", row))
        }

    before = read()
    assert len(before) >= 2
    assert any(outstanding.isdigit() for _, outstanding in before.values())
    with database.transaction() as session:
        for selection in list_selections(session, session.get_one(type(round_), round_id)):
            answer_all_but_few(selection)
    for asked, outstanding in read().values():
        assert int(asked) >= 5
        assert outstanding == "few"
    with database.transaction() as session:
        session.get_one(type(round_), round_id).status = "closed"
    erase_contacts(database, round_id, "test")
    assert "There are no classes to show" in supervisor.get(address).text


def answer_all_but_few(selection: Selection) -> None:
    """Let everybody answer but every fortieth."""
    if selection.issued and selection.id % 40:
        selection.disposition = ANSWERED
