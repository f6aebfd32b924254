"""A faulty file that waits for its corrected rows: held as text, handed back, merged, let go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.rule_set import RuleSet
from survey.assessments.models import Round, now
from survey.schools.corrected_rows import Correction, Merged, merge_corrections
from survey.schools.county_files import FaultyFiles, parse_tables
from survey.schools.county_workbook import SheetTable
from survey.schools.faulty_rows import write_faulty_rows
from survey.schools.models import HeldUpload
from survey.tables import Table


def hold(
    session: Session,
    round_: Round,
    filename: str,
    tables: Mapping[str, SheetTable],
    *,
    n_faults: int,
    actor: str,
    corrected_rows: int = 0,
) -> HeldUpload:
    """Keep a faulty file in place of one that was held before."""
    held = session.get(HeldUpload, round_.id) or HeldUpload(round_id=round_.id)
    held.filename, held.actor, held.created_at = filename[:255], actor, now()
    held.n_faults, held.corrected_rows = n_faults, corrected_rows
    held.tables = json.dumps({code: _as_json(one) for code, one in tables.items()})
    session.add(held)
    session.flush()
    return held


def find_held(session: Session, round_: Round) -> HeldUpload | None:
    """Return what is held of a round, or None."""
    return session.get(HeldUpload, round_.id)


def let_go(session: Session, round_: Round) -> None:
    """Drop what is held: a whole table came in."""
    held = find_held(session, round_)
    if held is not None:
        session.delete(held)
        session.flush()


def merge_held(held: HeldUpload | None, corrections: list[Correction]) -> tuple[str, Merged]:
    """Return the held file's name, and its tables with the corrected rows in place.

    Raises `Problem` where nothing is held, `Problems` for rows that do not belong to it.
    """
    if held is None:
        raise Problem(
            N_("this is a file of corrected rows, and no faulty file waits for them; upload "
               "the whole table")
        )  # fmt: skip
    return held.filename, merge_corrections(read_held(held), corrections)


def read_held(held: HeldUpload) -> dict[str, SheetTable]:
    """Return the sheets of a held file by their code."""
    return {code: _from_json(one) for code, one in json.loads(held.tables).items()}


def faulty_rows_file(held: HeldUpload, rule_set: RuleSet) -> tuple[bytes, int]:
    """Return the faulty rows of a held file as .xlsx, the reasons in front, and their number."""
    tables = {held.filename: read_held(held)}
    try:
        parse_tables(held.filename, tables[held.filename], rule_set)
    except FaultyFiles as faulty:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "faults.xlsx"
            rows = write_faulty_rows(path, faulty.problems, faulty.tables)
            return path.read_bytes(), rows
    raise Problem(N_("the held file has no faults any more; upload it again"))


def _as_json(sheet: SheetTable) -> dict[str, object]:
    table = sheet.table
    return {
        "name": sheet.name,
        "filename": table.filename,
        "encoding": table.encoding,
        "headers": list(table.headers),
        "rows": table.rows,
    }


def _from_json(value: dict[str, object]) -> SheetTable:
    rows = value["rows"]
    assert isinstance(rows, list)  # noqa: S101 - narrows the type for mypy
    table = Table(
        str(value["filename"]),
        str(value["encoding"]),
        tuple(map(str, value["headers"])),  # type: ignore[call-overload]  # as `_as_json` wrote it
        [(int(number), dict(cells)) for number, cells in rows],
    )
    return SheetTable(str(value["name"]), table)
