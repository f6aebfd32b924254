"""The pages on which people are reached: what was typed stays, names are masked, files count."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.assessments.models import DRAFT
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.frames.models import Person
from survey.samples.models import REFUSED, UNREACHABLE, Selection
from survey.tables import read_table
from tests.survey.conftest import read_token
from tests.survey.factories import make_round
from tests.survey.samples.desk import Desk, count

pytestmark = pytest.mark.one_engine


def first_unit(database: Database) -> str:
    """Return the pseudonym of somebody who is asked."""
    with database.sessions() as session:
        query = select(Person.unit_id).join(Selection, Selection.person_id == Person.id)
        return session.scalars(query.where(Selection.issued).limit(1)).one()


def test_somebody_is_found_and_gets_a_new_card(field: Desk, database: Database) -> None:
    unit = first_unit(database)
    page = field.post("find", wanted=unit).text
    assert unit in page
    assert not re.search(r"姓名[A-Z]\d", page)
    nonce = re.search(r'name="nonce" value="(\w+)"', page)
    assert nonce is not None
    first = field.post("find/card", unit=unit, nonce=nonce[1])
    again = field.post("find/card", unit=unit, nonce=nonce[1])
    assert first.data[:4] == b"%PDF"
    assert first.data == again.data
    assert field.post("find/card", unit="nobody").status_code == 422


def test_a_search_that_is_too_short_keeps_what_was_typed(field: Desk) -> None:
    answer = field.post("find", wanted="姓")
    assert answer.status_code == 422
    assert 'value="姓"' in answer.text


def test_an_outcome_and_an_opt_out_are_noted(field: Desk, database: Database) -> None:
    unit = first_unit(database)
    assert field.post("find/outcome", unit=unit, outcome=UNREACHABLE).status_code == 303
    assert count(database, Selection.disposition == UNREACHABLE) == 1
    assert field.post("find/outcome", unit=unit, outcome="answered").status_code == 422
    assert field.post("find/opt-out", unit=unit).status_code == 303
    assert count(database, Selection.disposition == REFUSED) == 1
    assert ">1<" in field.get("opt-outs")


def test_rows_pasted_are_kept_when_one_is_wrong(field: Desk, database: Database) -> None:
    unit = first_unit(database)
    answer = field.post("outcomes", text=f"{unit},拒答\nnobody,走了")
    assert answer.status_code == 422
    assert "nobody,走了" in answer.text
    assert count(database, Selection.disposition == REFUSED) == 0
    assert field.post("outcomes", text=f"{unit}，拒答").status_code == 303
    assert count(database, Selection.disposition == REFUSED) == 1
    upload = (io.BytesIO(f"编号,结果\n{unit},待联系\n".encode()), "o.csv")
    assert field.post("outcomes", file=upload).status_code == 303
    assert count(database, Selection.disposition == REFUSED) == 0


def test_files_are_counted_with_their_digest(field: Desk, database: Database) -> None:
    assert field.post("outcomes").status_code == 422  # neither a file nor rows
    sent = {"csrf_token": read_token(field.get("outcomes"))}
    answer = field.client.post(f"{field.way}/outstanding", data=sent)
    rows = read_table("o.xlsx", answer.data).rows
    with database.sessions() as session:
        query = select(AuditEvent).where(AuditEvent.action == "outstanding.export")
        detail = session.scalars(query).one().detail
    assert detail["rows"] == len(rows) == 120
    assert detail["sha256"] == hashlib.sha256(answer.data).hexdigest()
    assert detail["sha256"] in field.get("links")


def test_cards_come_by_school_in_a_zip(field: Desk) -> None:
    answer = field.make_links("all", medium="zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        names = archive.namelist()
        assert all(archive.read(name)[:4] == b"%PDF" for name in names)
    assert sorted(name.split("-")[0] for name in names) == ["001", "002"]
    assert sum(int(name.rsplit("-", 1)[1].removesuffix(".pdf")) for name in names) == 120


def test_without_a_service_the_page_says_what_to_do(field: Desk, app: Flask) -> None:
    assert "/links" in field.get("texts")
    assert field.post("texts", kind="reminder", act="order", nonce="n").status_code == 422


def test_before_the_draw_each_page_says_what_comes_first(
    supervisor: FlaskClient, database: Database
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        desk = Desk(supervisor, round_.id)
    for page in ("links", "progress", "close"):
        assert "What comes next" in desk.get(f"{page}?lang=en")
    assert "erased already" not in desk.get("hand-over?lang=en")  # there is no roster yet
