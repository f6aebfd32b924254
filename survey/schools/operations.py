"""Taking the school table in: read by the judgement's own reader, kept as a record."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.schools import School, parse_schools, school_row
from survey.assessments.models import SCHOOLS, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.audit_log import record_event
from survey.tables import read_table


@dataclass(frozen=True, slots=True)
class SchoolTable:
    """An uploaded table without faults: its file's name, and each school with its row in there."""

    filename: str
    schools: tuple[tuple[int, School], ...]


def read_school_table(filename: str, content: bytes) -> SchoolTable:
    """Return the schools of an uploaded file; raise `Problem` or `Problems` with all its faults."""
    table = read_table(filename, content)
    schools = parse_schools(table.rows, table.filename)
    numbers = (row for row, _ in table.rows)
    return SchoolTable(table.filename, tuple(zip(numbers, schools, strict=True)))


def import_schools(
    session: Session, round_: Round, filename: str, content: bytes, actor: str
) -> list[School]:
    """Read an uploaded school table and keep it, in place of an earlier one.

    Raises `Problem` or `Problems` with everything that is wrong, and once there is a verdict.
    """
    table = read_school_table(filename, content)
    store_schools(session, round_, table, actor)
    return [school for _, school in table.schools]


def store_schools(session: Session, round_: Round, table: SchoolTable, actor: str) -> None:
    """Keep a school table as a record of the round; raise `Problem` once there is a verdict.

    The record holds each row as exact text by the columns' code names, with its number in the
    file.
    """
    session.refresh(round_, with_for_update=True)
    if find_record(session, round_, VERDICT):
        raise Problem(N_("the verdict was made from the school table; it is not changed any more"))
    rows = [{"row": row, "values": school_row(school)} for row, school in table.schools]
    value = {"format": 1, "kind": SCHOOLS, "filename": table.filename, "rows": rows}
    record = save_record(session, round_, SCHOOLS, value)
    record_event(
        session, actor, "schools.import", round_.id, schools=len(rows), digest=record.digest
    )


def read_schools(session: Session, round_: Round) -> list[School]:
    """Return the schools of the round's table; none when there is no table yet."""
    record = find_record(session, round_, SCHOOLS)
    if record is None:
        return []
    body = read_body(record)
    return parse_schools([(row["row"], row["values"]) for row in body["rows"]], body["filename"])
