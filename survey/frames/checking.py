"""Uploaded rosters are checked (核对): every faulty row is kept with all its reasons.

The staged rows are gone through twice, a batch at a time: what rows must know of one another comes
first. Neither the rows nor their faults are ever in memory together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from sampling.survey_rules import load_survey_rules
from survey.assessments.models import Round
from survey.database import Database
from survey.frames.columns import list_missing
from survey.frames.contacts import hold_roster_key
from survey.frames.identity import Vault
from survey.frames.models import FaultyRow, RosterFile
from survey.frames.roster import COLUMNS, Cells, Reading, Roster, RosterRow
from survey.frames.staging import Line, list_files, read_staged, tell, untell
from survey.jobs import Progress
from survey.settings import Settings

COMPARING = N_("comparing the rows with one another")
CHECKING = N_("checking the rows")


@dataclass(frozen=True, slots=True)
class FaultyCells:
    """A faulty row as it is shown and handed back."""

    row: int
    cells: list[str]
    faults: list[Problem]


@dataclass(frozen=True, slots=True)
class StagedPeople:
    """The people of checked files, read anew from what is staged each time they are wanted."""

    database: Database
    vault: Vault
    files: Sequence[RosterFile]
    reading: Reading
    left_out: frozenset[int]

    def __iter__(self) -> Iterator[RosterRow]:
        for file in self.files:
            for batch in read_staged(self.database, self.vault, file):
                rows = ((row, cells) for row, cells, _, _ in order_cells(file, batch))
                yield from self.reading.read(rows, self.left_out, file.id)


def check_files(
    database: Database, settings: Settings, round_id: str, progress: Progress
) -> Roster | None:
    """Read all staged rows of a round; return its people, or None after keeping the faulty rows."""
    vault = Vault.of(settings, round_id)
    with database.sessions() as session:
        round_ = session.get_one(Round, round_id)
        files = list_files(session, round_)
    if not files:
        raise Problem(N_("no file has been uploaded yet"))
    require_readable(files)
    rules = load_survey_rules(round_.survey_rules)
    reading = Reading(rules, {file.id: file.filename for file in files})
    total = sum(file.n_rows for file in files)
    done = 0
    for file in files:
        for batch in read_staged(database, vault, file):
            progress.step(COMPARING, done, total)
            for row, cells, _, _ in order_cells(file, batch):
                reading.note(row, cells, file.id)
            done += len(batch)
    if keep_faults(database, vault, files, reading, progress):
        return None
    left_out, mergers = reading.merge()
    people = StagedPeople(database, vault, files, reading, left_out)
    encoding = ", ".join(sorted({file.encoding for file in files}))
    return Roster(encoding, total, people, mergers)


def require_readable(files: Sequence[RosterFile]) -> None:
    """Raise `Problem` for a file that could not be read, or whose columns are not assigned."""
    for file in files:
        if file.problem:
            raise untell(file.problem, 0)
        missing = list_missing(file.columns, file.category)
        if missing:
            message = N_("the column {header} is missing; say which one it is")
            raise Problem(message, where=file.filename, header=", ".join(missing))


def order_cells(
    file: RosterFile, batch: Sequence[Line]
) -> Iterator[tuple[int, Cells, list[str], list[dict[str, Any]]]]:
    """Yield of each row its number, its values in the order of the roster's columns, and the rest.

    The rest is what stands in the file, and the faults it was staged with.
    """
    places = {header: index for index, header in enumerate(file.headers)}
    blank, category = len(file.headers), len(file.headers) + 1
    pick = itemgetter(
        *(
            places.get(file.columns.get(column.name, ""), blank)
            if column.name != "category" or column.name in file.columns
            else category
            for column in COLUMNS
        )
    )
    more = ("", file.category)
    for row, values, told in batch:
        yield row, pick((*values, *more)), values, told


def keep_faults(
    database: Database,
    vault: Vault,
    files: Sequence[RosterFile],
    reading: Reading,
    progress: Progress,
) -> int:
    """Keep the faulty rows of each file in place of those of an earlier check; return how many."""
    done, total, found = 0, sum(file.n_rows for file in files), 0
    for file in files:
        with database.transaction() as session:
            session.execute(delete(FaultyRow).where(FaultyRow.file_id == file.id))
            tell_checked(session, file, 0, is_checked=False)
        n_faulty = 0
        for batch in read_staged(database, vault, file):
            progress.step(CHECKING, done, total)
            faulty = list(find_faulty(file, batch, reading, vault))
            if faulty:
                with database.transaction() as session:
                    hold_roster_key(session)
                    session.execute(insert(FaultyRow), faulty)
            n_faulty += len(faulty)
            done += len(batch)
        with database.transaction() as session:
            tell_checked(session, file, n_faulty, is_checked=True)
        found += n_faulty
    return found


def tell_checked(session: Session, file: RosterFile, n_faulty: int, *, is_checked: bool) -> None:
    """Keep how many rows of a file are faulty, and whether all of them were looked at."""
    values = {"n_faulty": n_faulty, "is_checked": is_checked}
    session.execute(update(RosterFile).where(RosterFile.id == file.id).values(values))


def find_faulty(
    file: RosterFile, batch: Sequence[Line], reading: Reading, vault: Vault
) -> Iterator[dict[str, Any]]:
    """Yield the faulty rows of a batch as they are kept, encrypted."""
    for row, cells, values, told in order_cells(file, batch):
        known = [untell(each, row) for each in told]
        faults = reading.find_faults(row, cells, file.id, known)
        if faults:
            sealed = seal_faults(vault, file.id, values, faults)
            yield {"file_id": file.id, "row": row, "sealed": sealed}


def seal_faults(vault: Vault, file_id: str, cells: list[str], faults: Sequence[Problem]) -> bytes:
    """Return a faulty row, encrypted."""
    text = json.dumps({"cells": cells, "faults": [tell(fault) for fault in faults]})
    return vault.seal(file_id, text.encode())


def list_faulty(
    session: Session, settings: Settings, file: RosterFile, after: int = 0, limit: int | None = None
) -> list[FaultyCells]:
    """Return faulty rows of a file behind a row number."""
    vault = Vault.of(settings, file.round_id)
    query = (
        select(FaultyRow)
        .where(FaultyRow.file_id == file.id, FaultyRow.row > after)
        .order_by(FaultyRow.row)
        .limit(limit)
    )
    found = []
    for faulty in session.scalars(query):
        body = json.loads(vault.unseal(file.id, faulty.sealed))
        faults = [untell(each, faulty.row) for each in body["faults"]]
        found.append(FaultyCells(faulty.row, body["cells"], faults))
    return found
