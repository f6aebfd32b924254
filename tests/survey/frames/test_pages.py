"""The pages of the roster, from the upload to the removal."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey.assessments.models import DRAFT
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.frames.models import RosterFile
from survey.tables import read_table, write_xlsx
from tests.survey.conftest import read_token
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county, make_csv, make_row

pytestmark = pytest.mark.one_engine


def open_round(database: Database) -> str:
    """Make a draft round and return the address of its roster."""
    with database.transaction() as session:
        return f"/rounds/{make_round(session, status=DRAFT).id}/roster"


def send(client: FlaskClient, address: str, page: str, **data: object) -> str:
    """Send a form, follow, and return the page."""
    token = read_token(client.get(page).text)
    answer = client.post(
        address,
        data={"csrf_token": token, **data},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    assert answer.status_code in (200, 422), answer.text
    return answer.text


def find_file(database: Database) -> str:
    """Return the id of the file that waits."""
    with database.sessions() as session:
        return session.scalars(select(RosterFile.id)).one()


def test_from_upload_to_removal(app: Flask, supervisor: FlaskClient, database: Database) -> None:
    page = open_round(database)
    content = make_county().replace("编号".encode(), "学籍号".encode(), 1)
    shown = send(supervisor, page, page, file=(io.BytesIO(content), "名册.csv"))
    assert "学籍号" in shown
    assert "姓名P0" in shown
    assert "0001" not in shown
    form = dict(find_chosen(shown))
    assert form["column_id"] == "学籍号"
    checked = send(supervisor, f"{page}/{find_file(database)}/columns", page, **form)
    assert "840" in checked
    taken = send(supervisor, f"{page}/work", page, act="import")
    assert "庆远镇" in taken
    frame = supervisor.get(page.replace("roster", "frame.csv"))
    digest = hashlib.sha256(frame.data).hexdigest()
    assert digest in taken
    assert frame.headers["X-Content-SHA256"] == digest
    assert frame.headers["X-Row-Count"] == "840"
    assert frame.text.count("\n") == 841
    gone = send(supervisor, f"{page}/remove", page)
    assert digest not in gone


def find_chosen(page: str) -> list[tuple[str, str]]:
    """Return what the selects of a page say."""
    selects = re.findall(r'<select[^>]*name="(column_\w+)"[^>]*>(.*?)</select>', page, re.S)
    chosen = [(name, re.search(r'selected[^>]*value="([^"]*)"', body)) for name, body in selects]
    return [(name, found[1]) for name, found in chosen if found]


def test_faulty_rows_are_paged_handed_out_and_corrected(
    app: Flask, supervisor: FlaskClient, database: Database
) -> None:
    page = open_round(database)
    rows = [make_row(str(i), "老师") for i in range(60)]
    send(supervisor, page, page, file=(io.BytesIO(make_csv(rows)), "r.csv"))
    assert "60" in send(supervisor, f"{page}/work", page, act="import")
    file = f"{page}/{find_file(database)}"
    first = supervisor.get(f"{file}/faults").text
    assert first.count("'老师'") + first.count("&#39;老师&#39;") == 50
    assert "?after=51" in first
    handed = supervisor.get(f"{file}/faults.xlsx")
    assert handed.headers["X-Row-Count"] == "60"
    assert handed.headers["X-Content-SHA256"] == hashlib.sha256(handed.data).hexdigest()
    table = read_table("f.xlsx", handed.data)
    cells = [[*values.values()] for _, values in table.rows]
    fixed: list[list[str | int]] = [
        ["", int(line[1]), line[2], "教师", *line[4:]] for line in cells
    ]
    corrected = write_xlsx(table.headers, fixed)
    send(supervisor, f"{file}/faults", page, file=(io.BytesIO(corrected), "f.xlsx"))
    assert "庆远镇" in send(supervisor, f"{page}/work", page, act="import")


def test_whoever_is_looked_up_is_masked_and_the_search_is_in_the_log(
    app: Flask, supervisor: FlaskClient, database: Database
) -> None:
    page = open_round(database)
    row = make_row("7", "教师")
    row[3] = "13812345678"
    send(supervisor, page, page, file=(io.BytesIO(make_csv([row])), "r.csv"))
    send(supervisor, f"{page}/work", page, act="import")
    people = page.replace("roster", "people")
    assert "姓名7" not in supervisor.get(people).text
    found = send(supervisor, people, people, text="姓名", school="", category="")
    assert "138****5678" in found
    assert "13812345678" not in found
    assert "姓名7" not in send(supervisor, people, people, text="张", school="", category="")
    with database.sessions() as session:
        query = select(AuditEvent).where(AuditEvent.action == "roster.look-up")
        assert [event.detail["people"] for event in session.scalars(query)] == [1, 0]


def test_another_countys_file_is_not_there(
    app: Flask, supervisor: FlaskClient, database: Database
) -> None:
    mine, other = open_round(database), open_round(database)
    send(supervisor, mine, mine, file=(io.BytesIO(make_csv([make_row("1", "教师")])), "r.csv"))
    for part in ("columns", "faults", "faults.xlsx"):
        assert supervisor.get(f"{other}/{find_file(database)}/{part}").status_code == 404
