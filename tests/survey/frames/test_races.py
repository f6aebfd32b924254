"""Somebody throws a file away, or assigns its columns anew, while its job runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import Problem
from survey.assessments.models import DRAFT
from survey.database import Database
from survey.frames import work
from survey.frames.identity import Vault
from survey.frames.models import RosterFile
from survey.frames.staging import discard_files
from survey.frames.work import IMPORT
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county
from tests.survey.frames.test_work import read_people, run, upload


def throw_away(session: Session, file: RosterFile) -> None:
    discard_files(session, file.round_id, file.id)


def assign_anew(session: Session, file: RosterFile) -> None:
    file.columns = {**file.columns, "township": "学校"}
    file.is_checked = False


def upload_another(session: Session, file: RosterFile) -> None:
    session.add(
        RosterFile(id="f" * 16, round_id=file.round_id, filename="y.csv", encoding="", content=b"")
    )


@pytest.mark.parametrize("change", [throw_away, assign_anew, upload_another])
@pytest.mark.parametrize("moment", ["stage_files", "check_files"])
def test_what_was_not_checked_as_it_stands_is_not_taken_in(
    app: Flask,
    settings: Settings,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Session, RosterFile], None],
    moment: str,
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
    upload(database, settings, round_, make_county())
    step = getattr(work, moment)

    def change_then_go_on(*arguments: object) -> object:
        """The change comes after the step has read what there is."""
        done = step(*arguments)
        with database.transaction() as session:
            change(session, session.scalars(select(RosterFile)).one())
        return done

    monkeypatch.setattr(work, moment, change_then_go_on)
    if moment == "stage_files" and change is assign_anew:
        run(database, settings, round_, IMPORT)  # assigned before it was checked: read like that
        assert read_people(database) > 0
        return
    with pytest.raises(Problem):
        run(database, settings, round_, IMPORT)
    assert read_people(database) == 0
    with database.sessions() as session:
        left = len(session.scalars(select(RosterFile)).all())
    assert left == {"throw_away": 0, "assign_anew": 1, "upload_another": 2}[change.__name__]


def test_a_file_thrown_away_while_it_is_read_is_told(
    app: Flask, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
    upload(database, settings, round_, make_county())
    unseal = Vault.unseal

    def unseal_and_discard(vault: Vault, file_id: str, sealed: bytes) -> bytes:
        with database.transaction() as session:
            discard_files(session, round_.id)
        return unseal(vault, file_id, sealed)

    monkeypatch.setattr(Vault, "unseal", unseal_and_discard)
    with pytest.raises(Problem, match="meanwhile"):
        run(database, settings, round_, IMPORT)
    assert read_people(database) == 0
