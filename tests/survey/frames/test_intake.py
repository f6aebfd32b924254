"""Every kind of fault, files that are none, a process killed on the way, numbers nobody may see."""

from __future__ import annotations

import io
import os
import signal
import zipfile
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from benchmarks.roster import FAULTS, HEADERS, make_rows
from sampling.problems import Problem
from survey.assessments.models import DRAFT, Round
from survey.database import Database
from survey.frames import checking, intake, staging, work
from survey.frames.checking import list_faulty
from survey.frames.models import FaultyRow, Person, RosterFile, RosterTrace, StagedRows
from survey.frames.operations import find_report
from survey.frames.staging import KIND, keep_file
from survey.frames.work import IMPORT, work_on_roster
from survey.jobs import INTERRUPTED, find_job, run_job
from survey.settings import Settings
from survey.tables import read_table
from tests.survey.factories import make_round
from tests.survey.frames.rosters import make_county, make_csv, make_row
from tests.survey.frames.test_pages import find_file, open_round, send

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REASONS = (
    "编号: the number is empty",
    "编号: 'P1' stands in row 3 already",
    "编号: begins with =, which a spreadsheet takes for a formula",
    "编号: is longer than 200 characters",
    "类别: expected one of 家长 教师",
    "类别: expected one of 家长 教师",
    "姓名: is longer than 200 characters",
    "C: holds a line break or another invisible character (U+202E)",
    "电话: holds no number",
    "电话: is longer than 200 characters",
    "乡镇: begins with @, which a spreadsheet takes for a formula",
    "乡镇: is longer than 80 characters",
    "区域: expected one of 城区 镇区 乡村, got '郊区'",
    "区域: is blank, but 77 of the category 家长 have one",
    "年级: expected a grade from 1 to 9, got '高一'",
    "年级: is blank, but",
    "学校: begins with =, which a spreadsheet takes for a formula",
    "学校: is longer than 120 characters",
    "班级: is longer than 200 characters",
    "人员标识: is longer than 200 characters",
)


@ON_SQLITE
def test_every_kind_of_fault_is_told_on_the_page_and_in_the_file(
    app: Flask, supervisor: FlaskClient, database: Database, settings: Settings
) -> None:
    page = open_round(database)
    rows = make_rows(60 + len(FAULTS), len(FAULTS))
    content = make_csv(rows, HEADERS)
    send(supervisor, page, page, file=(io.BytesIO(content), "名册.csv"))
    send(supervisor, f"{page}/work", page, act=IMPORT)
    file_id = find_file(database)
    with database.sessions() as session:
        found = list_faulty(session, settings, session.get_one(RosterFile, file_id))
        assert session.scalar(select(func.count()).select_from(Person)) == 0
    assert [line.row for line in found] == list(range(62, 62 + len(FAULTS)))
    for line, reason in zip(found, REASONS, strict=True):
        told = [str(fault) for fault in line.faults]
        assert [each for each in told if reason in each], (reason, told)
        assert len(told) == 1, told
    shown = supervisor.get(f"{page}/{file_id}/faults").text
    assert shown.count('<th scope="row"') == len(FAULTS)
    table = read_table("f.xlsx", supervisor.get(f"{page}/{file_id}/faults.xlsx").data)
    first = [next(iter(values.values())) for _, values in table.rows]
    assert len(first) == len(FAULTS)
    assert all(f"{row} · " in reasons for row, reasons in enumerate(first, start=62))


def make_archive(*names: str) -> bytes:
    """Return an archive of parts without content, as of another program."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>")
    return buffer.getvalue()


ROSTER = make_csv([make_row("1", "教师")])
UNREADABLE = {
    "文档.docx": (make_archive("word/document.xml"), "expected a file ending in"),
    "文档.xlsx": (make_archive("word/document.xml"), "not a readable .xlsx"),
    "旧表.xls": (b"\xd0\xcf\x11\xe0" + bytes(600), "expected a file ending in"),
    "加密.xlsx": (b"\xd0\xcf\x11\xe0" + bytes(600), "protected by a password, or is an old .xls"),
    "空.xlsx": (b"", "the file is empty"),
    "残.xlsx": (b"PK\x03\x04 garbage" * 50, "not a readable .xlsx"),
    "改名.csv": (make_archive("xl/workbook.xml"), "is a workbook under another name"),
    "乱码.csv": (ROSTER + b"\xff\xff\x80", "neither UTF-8 nor GB18030"),
    "双字节.csv": (ROSTER.decode().encode("utf-16"), "neither UTF-8 nor GB18030"),
    "引号.csv": (ROSTER + '\n2,"教师"x,王'.encode(), "cannot be read as a .csv"),
    "空白.csv": (b" \n\n", "the table is empty"),
    "表头.csv": (ROSTER.splitlines()[0], "headers but no rows"),
}


@ON_SQLITE
def test_files_that_are_no_rosters_say_why(
    app: Flask, settings: Settings, database: Database
) -> None:
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
    told: dict[str, str] = {}
    for name, (content, _) in UNREADABLE.items():
        try:
            with database.transaction() as session:
                keep_file(session, settings, round_, name, content)
        except Problem as problem:
            told[name] = str(problem)
    run(database, settings, round_.id, "read")
    with database.sessions() as session:
        for file in session.scalars(select(RosterFile)):
            told[file.filename] = str(staging.untell(file.problem, 0)) if file.problem else ""
    for name, (_, reason) in UNREADABLE.items():
        assert told[name].startswith(name), told[name]
        assert reason in told[name]


@ON_SQLITE
def test_numbers_of_people_cannot_be_read_in_any_column_of_the_preview(
    app: Flask, supervisor: FlaskClient, database: Database
) -> None:
    page = open_round(database)
    row = ["13911112222", "教师", "王 138-1234-5678", "13812345678", "", "", "", "", "", ""]
    row[-1], row[-2] = "45120319800101123X", "2026-09-01"
    shown = send(supervisor, page, page, file=(io.BytesIO(make_csv([row])), "r.csv"))
    assert "139****2222" in shown
    assert "2026-09-01" in shown
    for secret in ("13911112222", "1234-5678", "13812345678", "19800101"):
        assert secret not in shown


def run(database: Database, settings: Settings, round_id: str, act: str = IMPORT) -> None:
    """Do the job here and now."""
    job = partial(work_on_roster, database, settings, round_id, act, actor="test")
    run_job(database, KIND, round_id, job)


def kill(*_: object, **__: object) -> None:
    """End this process as nothing could be caught."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_in(
    database: Database, settings: Settings, round_id: str, change: Callable[[], None]
) -> None:
    """Do the job in a process of its own, which is killed where `change` says."""

    def begin() -> None:
        change()
        run(database, settings, round_id)

    process = get_context("fork").Process(target=begin)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def count(database: Database, *models: type) -> list[int]:
    """Return how many rows tables have."""
    with database.sessions() as session:
        return [session.scalar(select(func.count()).select_from(each)) or 0 for each in models]


@ON_SQLITE
def test_killed_anywhere_nothing_is_lost_doubled_or_taken_in_by_half(
    app: Flask, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "BATCH", 100)
    with database.transaction() as session:
        round_ = make_round(session, status=DRAFT)
        keep_file(session, settings, round_, "old.csv", make_csv([make_row("1", "教师")]))
    run(database, settings, round_.id)
    with database.transaction() as session:
        keep_file(session, settings, session.get_one(Round, round_.id), "new.csv", make_county())

    def at_third_batch() -> None:
        real, batches = staging.tell_staged, iter(range(3))
        staging.tell_staged = lambda *told: real(*told) if next(batches) < 2 else kill()

    def in_the_check() -> None:
        checking.tell_checked = kill

    def while_people_are_encrypted() -> None:
        intake.hash_frame = kill  # type: ignore[assignment]

    def in_the_last_transaction() -> None:
        # everybody is written, nothing is committed
        work.discard_files = kill  # type: ignore[assignment,attr-defined]

    for change in (
        at_third_batch,
        in_the_check,
        while_people_are_encrypted,
        in_the_last_transaction,
    ):
        die_in(database, settings, round_.id, change)
        assert count(database, Person, RosterTrace, FaultyRow) == [1, 1, 0], change
        job = find_job(database, KIND, round_.id)
        assert job is not None
        assert job.state == INTERRUPTED
        staged = count(database, StagedRows)[0]
        assert staged == (3 if change is at_third_batch else 9)
    run(database, settings, round_.id)
    assert count(database, Person, RosterTrace, StagedRows, RosterFile) == [840, 1, 0, 0]
    with database.sessions() as session:
        report = find_report(session, round_)
        assert report is not None
        assert report.n_rows == report.n_people == 840
