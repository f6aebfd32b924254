"""Taking the county's tables in: read by the judgement's own reader, kept as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.county_data import NOTHING, CountyData, county_rows, parse_county
from scoring.record_file import text_rows
from scoring.rule_set import RuleSet, load_rule_set
from scoring.school_layout import layout_of
from scoring.schools import School, parse_schools, school_row
from survey.assessments.models import SCHOOLS, VERDICT, Round
from survey.assessments.operations import find_record, read_body, save_record
from survey.audit_log import record_event
from survey.schools.county_files import read_upload


@dataclass(frozen=True, slots=True)
class SchoolTable:
    """An uploaded file without faults: its name, each school with its row, the county's data."""

    filename: str
    schools: tuple[tuple[int, School], ...]
    data: CountyData = NOTHING


def read_school_table(filename: str, content: bytes, rule_set: RuleSet) -> SchoolTable:
    """Return what an uploaded file holds; raise `Problem` or `Problems` with all its faults.

    It is the school table alone, or the workbook with the county's sheets beside it.
    """
    name, county = read_upload(filename, content, rule_set)
    return SchoolTable(name, tuple(zip(county.rows, county.schools, strict=True)), county.data)


def import_schools(
    session: Session, round_: Round, filename: str, content: bytes, actor: str
) -> list[School]:
    """Read an uploaded file and keep it, in place of an earlier one.

    Raises `Problem` or `Problems` with everything that is wrong, and once there is a verdict.
    """
    table = read_school_table(filename, content, load_rule_set(round_.rule_set))
    store_schools(session, round_, table, actor)
    return [school for _, school in table.schools]


def store_schools(session: Session, round_: Round, table: SchoolTable, actor: str) -> None:
    """Keep what was read as a record of the round; raise `Problem` once there is a verdict.

    The record holds each school as exact text by the columns' code names, with its row in the
    file, and under `county` the rows of the county's sheets, where there were any.
    """
    session.refresh(round_, with_for_update=True)
    if find_record(session, round_, VERDICT):
        raise Problem(N_("the verdict was made from the school table; it is not changed any more"))
    rows = [{"row": row, "values": school_row(school)} for row, school in table.schools]
    value = {"format": 1, "kind": SCHOOLS, "filename": table.filename, "rows": rows}
    county = county_rows(table.data)
    if county:
        value["county"] = county
    record = save_record(session, round_, SCHOOLS, value)
    record_event(
        session, actor, "schools.import", round_.id, schools=len(rows), digest=record.digest
    )


def read_schools(session: Session, round_: Round) -> list[School]:
    """Return the schools of the round's table; none when there is no table yet."""
    record = find_record(session, round_, SCHOOLS)
    if record is None:
        return []
    return parse_listed(read_body(record), load_rule_set(round_.rule_set))


def parse_record(body: Mapping[str, Any], rule_set: RuleSet) -> tuple[list[School], CountyData]:
    """Return schools and county's data out of a round's record of them."""
    county = body.get("county", {})
    sheets = {code: text_rows(lines, f"county.{code}") for code, lines in county.items()}
    data = parse_county(sheets, rule_set, body["filename"]).data
    return parse_listed(body, rule_set), data


def parse_listed(body: Mapping[str, Any], rule_set: RuleSet) -> list[School]:
    """Return the schools out of a round's record of them."""
    rows = [(int(row["row"]), row["values"]) for row in body["rows"]]
    return parse_schools(rows, body["filename"], layout_of(rule_set))


def count_rows(session: Session, round_: Round) -> dict[str, int]:
    """Return how many rows each of the county's sheets has in the round's record, by code."""
    record = find_record(session, round_, SCHOOLS)
    county = read_body(record).get("county", {}) if record else {}
    return {code: len(rows) for code, rows in county.items()}
