"""Importing a roster: whole or not at all, pseudonyms, encryption, the frame it gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.frame import read_frame
from sampling.problems import Problem, Problems
from sampling.survey_rules import load_survey_rules
from survey.assessments.models import DRAFT, FROZEN, PLAN, Round
from survey.assessments.operations import find_record, save_record
from survey.audit_log import AuditEvent
from survey.database import Database
from survey.frames.identity import Identity, Vault, make_pseudonyms
from survey.frames.models import Person
from survey.frames.operations import (
    find_report,
    import_roster,
    read_frame_of,
    write_frame_lines,
)
from survey.settings import Settings
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county, make_csv, make_row

RULES = load_survey_rules()
TWO_LISTS = [
    make_row("1", "教师", person="K1"),
    make_row("2", "家长", "城区", "3", "K1"),
    make_row("3", "学生", "城区", "1"),
    make_row("4", "学生", "乡村", "8"),
]


def count_people(session: Session, round_: Round) -> int:
    """Return how many people the round's roster has."""
    query = select(func.count()).select_from(Person).where(Person.round_id == round_.id)
    return session.scalar(query) or 0


def import_rows(session: Session, settings: Settings, round_: Round, content: bytes) -> None:
    """Import a roster as somebody called test."""
    import_roster(session, settings, round_, "名册.csv", content, actor="test")


def test_an_import_in_counts(app: Flask, settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        report = import_roster(
            session, settings, round_, "名册.csv", make_csv(TWO_LISTS), actor="test"
        )
        assert (report.n_rows, report.n_people, report.n_eligible) == (4, 3, 2)
        assert report.mergers == [{"kept": "teacher", "dropped": "parent", "rows": 1}]
        assert report.categories["student"] == {"eligible": 1, "ineligible": 1}
        assert report.areas["student"] == {"urban": 1, "rural": 1}
        assert report.grade_bands["student"] == {"1-2": 1, "7-9": 1}
        assert report.townships == {"庆远镇": 3}
        assert find_report(session, round_) == report


def test_nobody_can_be_read_without_the_key(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        import_rows(session, settings, round_, make_csv(TWO_LISTS))
        people = list(session.scalars(select(Person)))
        assert not any("姓名".encode() in person.identity for person in people)
        vault = Vault.of(settings, round_.id)
        names = sorted(vault.read(person).name for person in people)
        assert names == ["姓名1", "姓名3", "姓名4"]
        first, second, *_ = people
        with pytest.raises(Problem, match="cannot be decrypted"):
            vault.decrypt(first.unit_id, second.identity)
        with pytest.raises(Problem, match="cannot be decrypted"):
            Vault.of(settings, "another round").read(first)


def test_no_event_and_no_record_names_anybody(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        import_rows(session, settings, round_, make_csv(TWO_LISTS))
        events = session.scalars(select(AuditEvent).where(AuditEvent.subject == round_.id))
        assert [event.action for event in events] == ["roster.import"]
        written = str([event.detail for event in session.scalars(select(AuditEvent))])
        record = find_record(session, round_, "roster")
        assert record is not None
        assert "姓名" not in written + record.body


def test_a_faulty_roster_changes_nothing(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        import_rows(session, settings, round_, make_csv(TWO_LISTS))
        faulty = make_csv([*TWO_LISTS, make_row("1", "教师")])
        with pytest.raises(Problems):
            import_rows(session, settings, round_, faulty)
        assert count_people(session, round_) == 3


def test_a_new_roster_takes_the_place_of_the_old_and_of_its_plan(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        other, round_ = make_round(session, status=DRAFT), make_round(session, status=DRAFT)
        for each in (other, round_):
            import_rows(session, settings, each, make_csv(TWO_LISTS))
        before = set(session.scalars(select(Person.unit_id)))
        save_record(session, round_, PLAN, {"format": 1})
        import_rows(session, settings, round_, make_csv(TWO_LISTS[:1]))
        assert (count_people(session, round_), count_people(session, other)) == (1, 3)
        assert find_record(session, round_, PLAN) is None
        mine = session.scalars(select(Person.unit_id).where(Person.round_id == round_.id))
        assert not before & set(mine)


def test_a_frozen_round_takes_no_roster(app: Flask, settings: Settings, database: Database) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=FROZEN)
        with pytest.raises(Problem, match="this step is not open"):
            import_rows(session, settings, round_, make_csv(TWO_LISTS))


def test_the_frame_as_a_file_is_the_frame(
    app: Flask, settings: Settings, database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        import_rows(session, settings, round_, make_county())
        path = tmp_path / "frame.csv"
        path.write_text("".join(write_frame_lines(session, round_)), encoding="utf-8", newline="")
        frame = read_frame_of(session, round_, RULES)
    assert read_frame(path, RULES) == frame
    assert len(frame.units) == 840


def test_no_cell_of_the_frame_file_begins_like_a_formula(
    app: Flask, settings: Settings, database: Database
) -> None:
    rows = [
        ["1", "教师", "=姓名", "", "'=HYPERLINK(1)", "", "", "@x", "", ""],
        make_row("2", "教师"),
    ]
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        with pytest.raises(Problems, match="takes for a formula"):
            import_rows(session, settings, round_, make_csv(rows))
        rows[0][4] = rows[0][7] = ""
        import_rows(session, settings, round_, make_csv(rows))
        text = "".join(write_frame_lines(session, round_))
    cells = [cell for line in text.splitlines() for cell in line.split(",")]
    assert len(cells) == 18
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_pseudonyms_are_different_and_tell_nothing() -> None:
    made = make_pseudonyms(1000)
    assert len(set(made)) == 1000
    assert all(len(unit_id) >= 10 and not unit_id[0].isdigit() for unit_id in made)
    assert not set(made) & set(make_pseudonyms(1000))


def test_the_same_person_is_encrypted_differently_each_time(settings: Settings) -> None:
    vault = Vault.of(settings, "r")
    identity = Identity("1", "王小明", "0001", "")
    assert vault.encrypt("u1", identity) != vault.encrypt("u1", identity)
    assert vault.decrypt("u1", vault.encrypt("u1", identity)) == identity
