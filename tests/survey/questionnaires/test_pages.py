"""The desk's pages of questionnaires: list, preview, upload; and a round that asks one's own."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.assessments.models import Round
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.questionnaires.edition import parse_edition
from survey.questionnaires.toml_text import write_toml
from survey.settings import Settings
from tests.survey.conftest import read_token
from tests.survey.questionnaires.samples import (
    ARABIC_LETTERS,
    MONGOLIAN_LETTERS,
    Contents,
    sample_contents,
    write_contents,
)
from tests.survey.questionnaires.test_xlsform import export

pytestmark = pytest.mark.one_engine

LIST = "/questionnaires"
SAMPLE = f"{LIST}/sample-2027"


def toml_files(contents: Contents) -> dict[str, bytes]:
    return {name: write_toml(data).encode() for name, data in contents.items()}


def upload(client: FlaskClient, files: dict[str, bytes], edition_id: str = "") -> TestResponse:
    token = read_token(client.get(LIST).text)
    uploads = [(io.BytesIO(content), name) for name, content in files.items()]
    data = {"csrf_token": token, "edition_id": edition_id, "files": uploads}
    return client.post(f"{LIST}?lang=en", data=data)


@pytest.mark.parametrize("kind", ["toml", "xlsx"])
def test_an_uploaded_edition_is_listed_and_noted(
    supervisor: FlaskClient, database: Database, kind: str
) -> None:
    contents = sample_contents()
    edition = parse_edition("sample-2027", contents)
    files = toml_files(contents) if kind == "toml" else export(edition)
    answer = upload(supervisor, files)
    assert (answer.status_code, answer.location) == (303, SAMPLE)
    assert edition.digest in supervisor.get(SAMPLE).text
    assert "sample-2027" in supervisor.get(LIST).text
    with database.sessions() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.subject == "sample-2027")).one()
    assert found.action == "edition.upload"


def test_a_faulty_upload_is_told_and_leaves_nothing(
    supervisor: FlaskClient, database: Database, settings: Settings
) -> None:
    files = toml_files(sample_contents())
    for wrong, message in [
        (files | {"pupil.toml": b"id = 1"}, "pupil.toml"),
        (files | {"notes.xlsx": b"PK"}, "expected names such as society.toml"),
        ({"pupil.xlsx": b"PK"}, "is not a readable .xlsx file"),
        ({}, "choose the files"),
    ]:
        answer = upload(supervisor, wrong)
        assert answer.status_code == 422
        assert message in answer.text
    assert not list(settings.editions.glob("*"))
    with database.sessions() as session:
        query = select(func.count()).where(AuditEvent.action == "edition.upload")
        assert session.scalar(query) == 0


def test_every_paper_is_previewed_in_every_language(
    supervisor: FlaskClient, settings: Settings, database: Database
) -> None:
    write_contents(settings.editions, sample_contents())
    expected = {
        "zh": ("总的来说", 'lang="zh-CN" dir="ltr"'),
        "en": ("All in all", 'lang="en" dir="ltr"'),
        "ug": (ARABIC_LETTERS, 'class="questions rtl" lang="ug" dir="rtl"'),
        "mn-Mong": (MONGOLIAN_LETTERS, 'class="questions vertical" lang="mn-Mong" dir="ltr"'),
    }
    for paper in ("society", "staff", "pupil"):
        for code, (text, marks) in expected.items():
            page = supervisor.get(f"{SAMPLE}/{paper}?words={code}&lang=en").text
            assert text in page
            assert marks in page
            assert "PREVIEW" in page
            assert "action=" not in page
            assert "csrf_token" not in page


def test_the_site_says_its_own_words_in_its_own_language(
    supervisor: FlaskClient, settings: Settings
) -> None:
    write_contents(settings.editions, sample_contents())
    page = supervisor.get(f"{SAMPLE}/society?words=ug&lang=en").text
    assert '<p class="hint" lang="en" dir="ltr">You may choose more than one.' in page
    page = supervisor.get(f"{SAMPLE}/society?words=en&lang=en").text
    assert '<p class="hint">You may choose more than one.' in page
    assert 'data-when-item="visited" data-when-is="yes"' in page
    assert "Only if you answered question 2 with:" in page


@pytest.mark.parametrize("address", [f"{LIST}/none", f"{LIST}/none/society", f"{SAMPLE}/none"])
def test_what_there_is_not_is_not_found(
    supervisor: FlaskClient, settings: Settings, address: str
) -> None:
    write_contents(settings.editions, sample_contents())
    assert supervisor.get(address).status_code == 404


def test_an_official_looks_and_takes_nothing(
    official: FlaskClient, log_in: Callable[[str], FlaskClient]
) -> None:
    page = official.get(LIST).text
    assert "national-2026" in page
    assert 'type="file"' not in page
    token = read_token(page)
    assert official.post(LIST, data={"csrf_token": token}).status_code == 403
    assert log_in("administrator").get(LIST).status_code == 403


def test_a_round_asks_the_edition_that_was_chosen(
    supervisor: FlaskClient, settings: Settings, database: Database
) -> None:
    write_contents(settings.editions, sample_contents())
    page = supervisor.get("/rounds/new").text
    fields = {
        "csrf_token": read_token(page),
        "region": "451203",
        "county": "宜州区",
        "year": "2027",
        "residents": "549359",
        "residents_source": "census",
        "is_rehearsal": "y",
        "edition": "sample-2027",
    }
    assert supervisor.post("/rounds/new", data=fields).status_code == 303
    refused = supervisor.post("/rounds/new", data=fields | {"edition": "other-2027"})
    assert refused.status_code == 422
    with database.sessions() as session:
        assert session.scalars(select(Round.edition)).all() == ["sample-2027"]
