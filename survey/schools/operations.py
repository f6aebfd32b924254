"""Taking the county's tables in: read by the judgement's own reader, kept as a record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
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
from survey.schools.corrected_rows import Merged, find_corrections
from survey.schools.county_files import County, FaultyFiles, parse_tables, read_upload
from survey.schools.held_uploads import hold, let_go, merge_held
from survey.schools.models import HeldUpload, SchoolVersion
from survey.schools.versions import add_version, figure_digests
from survey.tables import clean


@dataclass(frozen=True, slots=True)
class SchoolTable:
    """An uploaded file without faults: its name, each school with its row, the county's data.

    `merged` says which rows were corrected, where it is a held file with corrected rows in place;
    `corrected_before` is how many had been put in place earlier.
    """

    filename: str
    schools: tuple[tuple[int, School], ...]
    data: CountyData = NOTHING
    merged: Merged | None = None
    corrected_before: int = 0


def read_school_table(filename: str, content: bytes, rule_set: RuleSet) -> SchoolTable:
    """Return what an uploaded file holds; raise `Problem` or `Problems` with all its faults.

    It is the school table alone, or the workbook with the county's sheets beside it.
    """
    name, county = read_upload(filename, content, rule_set)
    return _school_table(name, county)


def read_or_merge(
    filename: str, content: bytes, held: HeldUpload | None, rule_set: RuleSet
) -> SchoolTable:
    """Return what an uploaded file holds, or the held file with its corrected rows in place.

    Raises what `read_school_table` does; `FaultyFiles` carries the tables as they stand now, so
    that the rest can be corrected too.
    """
    corrections = find_corrections(clean(filename), content)
    if corrections is None:
        return read_school_table(filename, content, rule_set)
    name, merged = merge_held(held, corrections)
    try:
        county = parse_tables(name, merged.tables, rule_set)
    except FaultyFiles as faulty:
        faulty.merged_rows = merged.rows
        raise
    table = _school_table(name, county, merged)
    return replace(table, corrected_before=held.corrected_rows if held else 0)


def hold_faulty(session: Session, round_: Round, faulty: FaultyFiles, actor: str) -> None:
    """Keep a faulty file, with what was corrected of it so far, until the rest is.

    Raises `Problem` once there is a verdict.
    """
    require_open(session, round_)
    before = session.get(HeldUpload, round_.id)
    corrected = (before.corrected_rows if before else 0) + faulty.merged_rows
    name, tables = next(iter(faulty.tables.items()))
    held = hold(
        session,
        round_,
        name,
        tables,
        n_faults=len(faulty.problems),
        actor=actor,
        corrected_rows=corrected if faulty.merged_rows else 0,
    )
    record_event(
        session, actor, "schools.hold", round_.id, file=held.filename, faults=held.n_faults
    )


def _school_table(name: str, county: County, merged: Merged | None = None) -> SchoolTable:
    rows = tuple(zip(county.rows, county.schools, strict=True))
    return SchoolTable(name, rows, county.data, merged)


def import_schools(
    session: Session, round_: Round, filename: str, content: bytes, actor: str
) -> list[School]:
    """Read an uploaded file and keep it, in place of an earlier one.

    Raises `Problem` or `Problems` with everything that is wrong, and once there is a verdict.
    """
    table = read_school_table(filename, content, load_rule_set(round_.rule_set))
    store_schools(session, round_, table, actor)
    return [school for _, school in table.schools]


def store_schools(session: Session, round_: Round, table: SchoolTable, actor: str) -> SchoolVersion:
    """Keep what was read as the round's newest version; raise `Problem` once there is a verdict.

    The record holds each school as exact text by the columns' code names, with its row in the
    file, and under `county` the rows of the county's sheets, where there were any.
    """
    require_open(session, round_)
    rows = [{"row": row, "values": school_row(school)} for row, school in table.schools]
    value = {"format": 1, "kind": SCHOOLS, "filename": table.filename, "rows": rows}
    county = county_rows(table.data)
    if county:
        value["county"] = county
    record = save_record(session, round_, SCHOOLS, value)
    digests = figure_digests([school for _, school in table.schools], county)
    corrected = table.merged.rows + table.corrected_before if table.merged else 0
    version = add_version(session, round_, value, digests, actor=actor, corrected_rows=corrected)
    let_go(session, round_)
    record_event(
        session,
        actor,
        "schools.import",
        round_.id,
        schools=len(rows),
        version=version.number,
        digest=record.digest,
    )
    return version


def require_same_held(session: Session, round_: Round, held: HeldUpload | None) -> None:
    """Raise `Problem` where another faulty file came in since `held` was looked at."""
    now_held = session.get(HeldUpload, round_.id)
    if (now_held.tables if now_held else "") != (held.tables if held else ""):
        raise Problem(N_("somebody else handed a file in meanwhile; upload yours once more"))


def require_open(session: Session, round_: Round) -> None:
    """Raise `Problem` once there is a verdict; the round is locked until the transaction ends."""
    session.refresh(round_, with_for_update=True)
    if find_record(session, round_, VERDICT):
        raise Problem(N_("the verdict was made from the school table; it is not changed any more"))


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
