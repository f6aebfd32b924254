"""Taking the school table in: read by the judgement's own reader, kept as a record."""

from __future__ import annotations

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.schools import School, parse_schools, school_row
from survey.assessments.models import SCHOOLS, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.audit_log import record_event
from survey.tables import read_table


def import_schools(
    session: Session, round_: Round, filename: str, content: bytes, actor: str
) -> list[School]:
    """Keep an uploaded school table as a record of the round, in place of an earlier one.

    The record holds each row as exact text by the columns' code names, with its number in the
    file. Raises `Problem` or `Problems` with everything that is wrong, and once there is a verdict.
    """
    session.refresh(round_, with_for_update=True)
    if find_record(session, round_, VERDICT):
        raise Problem(N_("the verdict was made from the school table; it is not changed any more"))
    table = read_table(filename, content)
    schools = parse_schools(table.rows, table.filename)
    rows = [
        {"row": row, "values": school_row(school)}
        for (row, _), school in zip(table.rows, schools, strict=True)
    ]
    value = {"format": 1, "kind": SCHOOLS, "filename": table.filename, "rows": rows}
    record = save_record(session, round_, SCHOOLS, value)
    record_event(
        session, actor, "schools.import", round_.id, schools=len(rows), digest=record.digest
    )
    return schools


def read_schools(session: Session, round_: Round) -> list[School]:
    """Return the schools of the round's table; none when there is no table yet."""
    record = find_record(session, round_, SCHOOLS)
    if record is None:
        return []
    body = read_body(record)
    return parse_schools([(row["row"], row["values"]) for row in body["rows"]], body["filename"])
