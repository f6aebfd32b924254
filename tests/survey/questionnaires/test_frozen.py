"""The wording of a round is fixed when its field opens, whatever happens to the files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from sampling.canonical import canonical_json
from sampling.problems import Problem
from survey.assessments.models import DRAWN, QUESTIONNAIRE, Round
from survey.assessments.operations import find_record
from survey.database import Database
from survey.questionnaires.edition import load_edition
from survey.questionnaires.frozen import freeze_edition, read_round_edition, round_edition
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.questionnaires.samples import NATIONAL, sample_contents, write_contents

pytestmark = pytest.mark.one_engine


def make_sample_round(session: Session, edition: str = "sample-2027") -> Round:
    round_ = make_round(session, status=DRAWN)
    round_.edition = edition
    session.flush()
    return round_


def test_a_round_keeps_its_wording_when_the_files_are_changed_or_lost(
    database: Database, settings: Settings
) -> None:
    folder = write_contents(settings.editions, sample_contents())
    with database.transaction() as session:
        round_ = make_sample_round(session)
        frozen = freeze_edition(session, settings, round_)
    shutil.rmtree(folder)
    with database.sessions() as session:
        assert read_round_edition(session, round_.id, round_.edition) == frozen
    with database.engine.connect() as connection:
        assert read_round_edition(connection, round_.id, round_.edition) == frozen
    assert round_edition(database, round_.id, round_.edition) == frozen


def test_the_record_is_what_an_auditor_reads(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        round_ = make_sample_round(session, NATIONAL)
        freeze_edition(session, settings, round_)
        record = find_record(session, round_, QUESTIONNAIRE)
    assert record is not None
    body = json.loads(record.body)
    assert (body["format"], body["kind"], body["edition"]) == (1, "questionnaire", NATIONAL)
    assert body["digest"] == load_edition(NATIONAL).digest


def test_changed_files_under_the_same_id_are_refused_for_the_next_round(
    database: Database, settings: Settings
) -> None:
    folder = write_contents(settings.editions, sample_contents())
    with database.transaction() as session:
        freeze_edition(session, settings, make_sample_round(session))
        freeze_edition(session, settings, make_sample_round(session))
    paper = folder / "pupil.toml"
    text = paper.read_text(encoding="utf-8")
    paper.write_text(text.replace("作业的多少", "作业多少"), encoding="utf-8")
    with (
        database.transaction() as session,
        pytest.raises(Problem, match=r"sample-2027: its files were changed after it was in the"),
    ):
        freeze_edition(session, settings, make_sample_round(session))
    paper.write_text(text, encoding="utf-8")
    with database.transaction() as session:
        freeze_edition(session, settings, make_sample_round(session))


def test_a_record_that_was_tampered_with_is_refused(database: Database, settings: Settings) -> None:
    with database.transaction() as session:
        round_ = make_sample_round(session, NATIONAL)
        freeze_edition(session, settings, round_)
        record = find_record(session, round_, QUESTIONNAIRE)
        assert record is not None
        body = json.loads(record.body)
        body["files"]["pupil.toml"]["title"]["zh"] = "别的"
        record.body = canonical_json(body)
    with database.sessions() as session, pytest.raises(Problem, match="digest is not that of"):
        read_round_edition(session, round_.id, round_.edition)


def test_an_edition_that_is_gone_keeps_the_field_shut(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    with (
        database.transaction() as session,
        pytest.raises(Problem, match="no edition named 'sample-2027'"),
    ):
        freeze_edition(session, settings, make_sample_round(session))
