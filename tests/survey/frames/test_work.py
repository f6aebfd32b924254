"""The job of a roster: staged, checked with all reasons, corrected, taken in, resumed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from sampling.problems import Problem
from survey.assessments.models import DRAFT, Round
from survey.database import Database
from survey.frames import staging
from survey.frames.checking import list_faulty
from survey.frames.corrections import merge_corrections
from survey.frames.faults import write_faulty
from survey.frames.models import FaultyRow, Person, RosterFile, StagedRows
from survey.frames.operations import find_report, remove_roster
from survey.frames.staging import KIND, keep_file, list_files
from survey.frames.work import CHECK, IMPORT, READ, work_on_roster
from survey.jobs import run_job
from survey.settings import Settings
from survey.tables import read_table, write_xlsx
from tests.survey.factories import make_round
from tests.survey.frames.rosters import HEADERS, make_county, make_csv, make_row


@pytest.fixture
def round_(database: Database) -> Round:
    """A draft round."""
    with database.transaction() as session:
        return make_round(session, status=DRAFT)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that small rosters have several."""
    monkeypatch.setattr(staging, "BATCH", 100)


def upload(
    database: Database, settings: Settings, round_: Round, content: bytes, name: str = "r.csv"
) -> str:
    """Keep a file and return its id."""
    with database.transaction() as session:
        return keep_file(session, settings, round_, name, content).id


def run(database: Database, settings: Settings, round_: Round, act: str) -> None:
    """Do the job here and now."""
    work = partial(work_on_roster, database, settings, round_.id, act, actor="test")
    run_job(database, KIND, round_.id, work)


def merge(database: Database, settings: Settings, file_id: str, content: bytes) -> None:
    """Merge a file of corrections."""
    with database.transaction() as session:
        file = session.get_one(RosterFile, file_id)
        merge_corrections(session, settings, file, "f.xlsx", content)


def count(database: Database, model: type[Person] | type[StagedRows] | type[FaultyRow]) -> int:
    """Return how many rows a table has."""
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def read_people(database: Database) -> int:
    """Return how many people are taken in."""
    return count(database, Person)


def test_files_per_category_become_one_roster(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    teachers = "工号,名字,联系电话\nT1,王,1\nT2,李,2\n".encode("gb18030")
    pupils = "学号,姓名,年级,区域\nS1,赵,三年级,城区\n".encode()
    for name, content in (("教师.csv", teachers), ("学生.csv", pupils)):
        upload(database, settings, round_, content, name)
    run(database, settings, round_, READ)
    with pytest.raises(Problem, match="the column 类别 is missing"):
        run(database, settings, round_, CHECK)
    with database.transaction() as session:
        for file in list_files(session, round_):
            file.category = "teacher" if file.filename == "教师.csv" else "student"
    run(database, settings, round_, IMPORT)
    with database.sessions() as session:
        report = find_report(session, round_)
    assert report is not None
    assert (report.n_people, report.encoding) == (3, "GB18030, UTF-8")
    assert report.categories["teacher"]["eligible"] == 2
    assert count(database, StagedRows) == 0


def test_a_number_in_two_files_names_the_other_file(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    for name in ("a.csv", "b.csv"):
        upload(database, settings, round_, make_csv([make_row("1", "教师")]), name)
    run(database, settings, round_, IMPORT)
    with database.sessions() as session:
        told = [
            (file.filename, str(fault))
            for file in list_files(session, round_)
            for line in list_faulty(session, settings, file)
            for fault in line.faults
        ]
    assert len(told) == 1
    other = {"a.csv": "b.csv", "b.csv": "a.csv"}[told[0][0]]
    assert f"stands in row 2 of {other} already" in told[0][1]
    assert read_people(database) == 0


def test_nobody_can_be_read_in_what_is_staged(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    upload(database, settings, round_, make_csv([make_row("1", "教师"), make_row("1", "教师")]))
    name = "姓名1".encode()
    with database.sessions() as session:
        assert name not in session.scalars(select(RosterFile.content)).one()
    run(database, settings, round_, CHECK)
    with database.sessions() as session:
        assert session.scalars(select(RosterFile.content)).one() == b""
        sealed = [
            *session.scalars(select(StagedRows.sealed)),
            *session.scalars(select(FaultyRow.sealed)),
        ]
    assert len(sealed) == 2
    assert not any(name in each or b"\\u59d3" in each for each in sealed)


def list_faulty_rows() -> Iterator[list[str]]:
    """Yield rows of many kinds of faults, row 2 with three at once."""
    yield ["", "老师", "王", "无", "庆远镇", "城区", "十年级", "", "", ""]
    yield make_row("A", "教师")
    yield make_row("A", "教师")
    yield ["B", "教师", "x" * 201, "1", "y" * 81, "", "", "=学校", "", ""]


def test_every_row_has_all_its_reasons_and_comes_back_corrected(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    rows = [*list_faulty_rows(), *(make_row(f"T{i}", "教师") for i in range(250))]
    file_id = upload(database, settings, round_, make_csv(rows))
    run(database, settings, round_, IMPORT)
    assert read_people(database) == 0
    with app.test_request_context(), database.sessions() as session:
        file = session.get_one(RosterFile, file_id)
        found = list_faulty(session, settings, file)
        handed = write_faulty(file, found)
    assert (file.n_rows, file.n_faulty) == (254, 3)
    assert [(line.row, len(line.faults)) for line in found] == [(2, 4), (4, 1), (5, 3)]
    table = read_table("faults.xlsx", handed)
    assert table.headers[2:] == HEADERS
    reasons = table.rows[0][1][table.headers[0]]
    assert [reasons.count(f"2 · {column}: ") for column in ("编号", "类别", "电话", "年级")] == [
        1
    ] * 4

    corrected = write_xlsx(
        table.headers,
        [["", 2, *make_row("N1", "教师")], ["", 4, *make_row("N2", "教师")], ["", 5, *[""] * 10]],
    )
    with database.transaction() as session:
        file = session.get_one(RosterFile, file_id)
        assert merge_corrections(session, settings, file, "f.xlsx", corrected) == 3
        assert file.n_rows == 253  # row 5 was taken out
    run(database, settings, round_, IMPORT)
    assert read_people(database) == 253


@pytest.mark.parametrize(
    ("front", "message"),
    [
        (["", 999], "has no row 999"),
        (["", "x"], "the number of the row was changed"),
    ],
)
def test_a_file_of_corrections_that_is_not_ours_changes_nothing(
    app: Flask,
    settings: Settings,
    database: Database,
    round_: Round,
    front: list[str | int],
    message: str,
) -> None:
    file_id = upload(database, settings, round_, make_csv([make_row("1", "教师")] * 2))
    run(database, settings, round_, CHECK)
    corrected = write_xlsx(["!", "n", *HEADERS], [[*front, *make_row("2", "教师")]])
    with pytest.raises(Problem, match=message):
        merge(database, settings, file_id, corrected)
    assert count(database, FaultyRow) == 1
    other = write_xlsx(["!", "n", "编号"], [["", 2, "3"]])
    with pytest.raises(Problem, match="its columns are others"):
        merge(database, settings, file_id, other)


class KilledError(Exception):
    """The process is gone."""


@pytest.mark.parametrize("at", [0, 4, 8])
def test_killed_half_way_it_goes_on_and_takes_everybody_in_once(
    app: Flask,
    settings: Settings,
    database: Database,
    round_: Round,
    at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    upload(database, settings, round_, make_county())
    real, calls = insert, 0

    def die(*args: object) -> object:
        nonlocal calls
        calls += 1
        if calls > at:
            raise KilledError
        return real(*args)  # type: ignore[arg-type] # whatever the operation hands on

    monkeypatch.setattr(staging, "insert", die)
    with pytest.raises(KilledError):
        run(database, settings, round_, IMPORT)
    assert (count(database, StagedRows), read_people(database)) == (at, 0)
    monkeypatch.setattr(staging, "insert", real)
    run(database, settings, round_, IMPORT)
    assert read_people(database) == 840


def test_two_at_once_one_of_them_is_told(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    upload(database, settings, round_, make_county())
    begun, go_on = threading.Event(), threading.Event()

    def slow(progress: object) -> None:
        begun.set()
        assert go_on.wait(20)

    first = threading.Thread(target=run_job, args=(database, KIND, round_.id, slow))
    first.start()
    assert begun.wait(20)
    with pytest.raises(Problem, match="being done already"):
        run(database, settings, round_, IMPORT)
    go_on.set()
    first.join()
    run(database, settings, round_, IMPORT)
    assert read_people(database) == 840


def test_an_unreadable_file_says_why_and_blocks(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    upload(database, settings, round_, make_csv([make_row("1", "教师")]), "good.csv")
    upload(database, settings, round_, b"PK not a workbook", "bad.xlsx")
    with pytest.raises(Problem, match="not a readable"):
        run(database, settings, round_, IMPORT)
    assert read_people(database) == 0


def test_a_roster_is_removed_and_the_next_round_is_compared(
    app: Flask, settings: Settings, database: Database, round_: Round
) -> None:
    old = [make_row(str(i), "教师") for i in range(5)]
    upload(database, settings, round_, make_csv(old))
    run(database, settings, round_, IMPORT)
    with database.transaction() as session:
        later = make_round(session, status=DRAFT, year=round_.year + 1)
    new = [*old[2:], make_row("9", "教师")]
    new[0] = [*new[0][:7], "第二小学", "", ""]
    upload(database, settings, later, make_csv(new))
    run(database, settings, later, IMPORT)
    with database.sessions() as session:
        report = find_report(session, later)
        assert report is not None
        assert report.changes == {"teacher": {"new": 1, "gone": 2, "moved": 1, "same": 2}}
    with database.transaction() as session:
        assert remove_roster(session, session.get_one(Round, later.id), "test") == 4
        assert find_report(session, later) is None
    assert read_people(database) == 5
