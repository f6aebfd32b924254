"""Uploaded rosters on their way in (暂存与核对): files read, rows staged, faults kept.

A file is kept encrypted till its rows are staged, a batch at a time, each batch in a transaction
of its own: whoever is killed goes on behind the last batch. The people of the round are touched
once, at the end, by `survey.frames.operations.store_roster`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import PurePath
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem, Problems
from survey.assessments.models import Round
from survey.database import Database
from survey.frames.columns import guess_columns, list_missing
from survey.frames.contacts import hold_roster_key
from survey.frames.identity import Vault
from survey.frames.models import FaultyRow, RosterFile, StagedRows
from survey.jobs import Progress
from survey.settings import Settings
from survey.tables import (
    CellProblem,
    check_headers,
    clean,
    column_letters,
    open_lines,
    read_cells,
)

KIND = "roster"  # of the job; its subject is the round
BATCH = 5000  # rows in a batch
LONGEST_NAME = 200
READING = N_("reading the file")
STAGING = N_("keeping the rows, encrypted")

Line = tuple[int, list[str], list[dict[str, Any]]]  # row, values by header, faults as told


def keep_file(
    session: Session, settings: Settings, round_: Round, filename: str, content: bytes
) -> RosterFile:
    """Keep an uploaded file, encrypted, to be read by the job."""
    name = clean(PurePath(filename).name)[:LONGEST_NAME] or "?"
    if not content:
        raise Problem(N_("the file is empty"), where=name)
    if PurePath(name).suffix.lower() not in (".xlsx", ".csv"):
        raise Problem(N_("expected a file ending in .xlsx or .csv"), where=name)
    hold_roster_key(session)
    file = RosterFile(round_id=round_.id, filename=name, content=b"")
    session.add(file)
    session.flush()
    file.content = Vault.of(settings, round_.id).seal(file.id, content)
    session.flush()
    return file


def list_files(session: Session, round_: Round) -> list[RosterFile]:
    """Return the files of a round that wait to be taken in."""
    query = select(RosterFile).where(RosterFile.round_id == round_.id)
    return list(session.scalars(query.order_by(RosterFile.filename, RosterFile.id)))


def assign_columns(file: RosterFile, columns: dict[str, str], category: str) -> None:
    """Say which header is which column; raise `Problem` for one that is taken twice or missing."""
    twice = sorted({name for name in columns.values() if list(columns.values()).count(name) > 1})
    if twice:
        message = N_("the column {header} is assigned twice")
        raise Problem(message, where=file.filename, header=", ".join(twice))
    missing = list_missing(columns, category)
    if missing:
        message = N_("the column {header} is missing")
        raise Problem(message, where=file.filename, header=", ".join(missing))
    file.columns, file.category, file.is_checked = columns, category, False


def discard_files(session: Session, round_id: str, file_id: str = "") -> int:
    """Forget one uploaded file or all of a round, with their rows; return how many."""
    ids = select(RosterFile.id).where(RosterFile.round_id == round_id)
    if file_id:
        ids = ids.where(RosterFile.id == file_id)
    found = list(session.scalars(ids))
    for model in (FaultyRow, StagedRows):
        session.execute(delete(model).where(model.file_id.in_(found)))
    session.execute(delete(RosterFile).where(RosterFile.id.in_(found)))
    return len(found)


# Reading


def stage_files(database: Database, settings: Settings, round_id: str, progress: Progress) -> None:
    """Read every file that is not read yet and stage its rows; goes on where it was stopped."""
    while True:
        with database.sessions() as session:
            query = select(RosterFile).where(
                RosterFile.round_id == round_id, RosterFile.is_read.is_(False)
            )
            file = session.scalar(query.order_by(RosterFile.id).limit(1))
            if file is None:
                return
            vault = Vault.of(settings, round_id)
            content = vault.unseal(file.id, file.content)
        progress.step(READING)
        try:
            encoding, lines = open_lines(file.filename, content)
            headers, rows = begin_rows(file.filename, lines.lines)
            n_rows = stage_rows(
                database, vault, file.id, rows, partial(tell_staged, progress, lines.count)
            )
            if not n_rows:
                raise Problem(N_("the table has headers but no rows"), where=file.filename)
        except (Problem, Problems) as error:
            problem = error.problems[0] if isinstance(error, Problems) else error
            values: dict[str, Any] = {"problem": tell(problem)}
        else:
            named = [header for header in headers if header]
            values = {
                "encoding": encoding,
                "headers": headers,
                "columns": guess_columns(named),
                "n_rows": n_rows,
            }
        with database.transaction() as session:
            session.execute(
                update(RosterFile)
                .where(RosterFile.id == file.id)
                .values(is_read=True, content=b"", **values)
            )


def begin_rows(name: str, lines: Iterable[Sequence[Any]]) -> tuple[list[str], Iterator[Line]]:
    """Return the headers, and the rows one by one, each with its own faults."""
    faults: list[Problem] = []
    numbered = read_cells(lines, faults)
    number, headers = next(numbered, (0, []))
    check_headers(name, number, headers)
    faults.clear()
    return headers, pair_rows(headers, numbered, faults)


def pair_rows(
    headers: Sequence[str], numbered: Iterator[tuple[int, list[str]]], faults: list[Problem]
) -> Iterator[Line]:
    """Yield number, values and faults of each row; a value below no header is a fault."""
    width, headed = len(headers), all(headers)
    for row, cells in numbered:
        if len(cells) != width or not headed:
            faults.extend(find_unheaded(row, cells, headers))
        told = [tell(fault) for fault in faults]
        faults.clear()
        fitting = cells if len(cells) == width else [*cells, *[""] * (width - len(cells))][:width]
        yield row, fitting, told


def find_unheaded(row: int, cells: Sequence[str], headers: Sequence[str]) -> Iterator[CellProblem]:
    """Yield a problem for each value that stands below no header."""
    for index, value in enumerate(cells):
        if value and not (index < len(headers) and headers[index]):
            message = N_("a value stands in a column without a header")
            yield CellProblem(message, row, column_letters(index))


def stage_rows(
    database: Database,
    vault: Vault,
    file_id: str,
    rows: Iterator[Line],
    tell_count: Callable[[int], None],
) -> int:
    """Keep the rows batch by batch; those kept before are passed over."""
    with database.sessions() as session:
        kept = set(session.scalars(select(StagedRows.first).where(StagedRows.file_id == file_id)))
    n_rows = 0
    while batch := list(islice(rows, BATCH)):
        if n_rows not in kept:
            text = json.dumps(batch, ensure_ascii=False).encode()
            values = {"file_id": file_id, "first": n_rows, "sealed": vault.seal(file_id, text)}
            with database.transaction() as session:
                session.execute(insert(StagedRows).values(**values))
        n_rows += len(batch)
        tell_count(n_rows)
    return n_rows


def tell_staged(progress: Progress, total: int, done: int) -> None:
    """Tell how many rows are staged."""
    progress.step(STAGING, done, total)


# What is staged


def read_staged(database: Database, vault: Vault, file: RosterFile) -> Iterator[list[Line]]:
    """Yield the rows of a file, a batch at a time."""
    with database.sessions() as session:
        query = select(StagedRows.first).where(StagedRows.file_id == file.id)
        places = list(session.scalars(query.order_by(StagedRows.first)))
    for first in places:
        yield read_batch(database, vault, file.id, first)


def read_batch(database: Database, vault: Vault, file_id: str, first: int) -> list[Line]:
    """Return one batch of rows."""
    with database.sessions() as session:
        query = select(StagedRows.sealed).where(
            StagedRows.file_id == file_id, StagedRows.first == first
        )
        sealed = session.scalar(query)
    rows: list[Line] = json.loads(vault.unseal(file_id, sealed)) if sealed else []
    return rows


def tell(problem: Problem) -> dict[str, Any]:
    """Return a problem as it is kept."""
    values = {
        key: value if isinstance(value, int) else str(value)
        for key, value in problem.values.items()
    }
    column = problem.column if isinstance(problem, CellProblem) else None
    return {"text": problem.message, "values": values, "where": problem.where, "column": column}


def untell(told: dict[str, Any], row: int) -> Problem:
    """Return a problem as it was told."""
    if told["column"] is None:
        return Problem(told["text"], where=told["where"], **told["values"])
    return CellProblem(told["text"], row, told["column"], **told["values"])
