"""Corrected rows (更正后的行): the file of faults comes back and takes the place of its rows."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.frames.contacts import hold_roster_key
from survey.frames.identity import Vault
from survey.frames.models import FaultyRow, RosterFile, StagedRows
from survey.frames.staging import Line, begin_rows
from survey.settings import Settings
from survey.tables import open_lines

FRONT = 2  # the reasons and the number of the row


def merge_corrections(
    session: Session, settings: Settings, file: RosterFile, filename: str, content: bytes
) -> int:
    """Put corrected rows in the place of the staged ones; return how many.

    A row of which only the number is left is taken out. Raises `Problem` for a file that is not
    the one that was handed out; then nothing was changed.
    """
    if not content:
        raise Problem(N_("the file is empty"), where=filename)
    corrected = read_corrections(file, filename, content)
    hold_roster_key(session)
    vault = Vault.of(settings, file.round_id)
    left = dict(corrected)
    for staged in session.scalars(
        select(StagedRows).where(StagedRows.file_id == file.id).order_by(StagedRows.first)
    ):
        if not left:
            break
        rows: list[Line] = json.loads(vault.unseal(file.id, staged.sealed))
        if not any(row in left for row, _, _ in rows):
            continue
        merged = [left.pop(row, (row, values, told)) for row, values, told in rows]
        kept = [line for line in merged if any(line[1])]
        file.n_rows -= len(rows) - len(kept)
        text = json.dumps(kept, ensure_ascii=False).encode()
        staged.sealed = vault.seal(file.id, text)
        session.flush()
        session.expunge(staged)
    if left:
        message = N_("the file {file} has no row {row}")
        raise Problem(message, where=filename, file=file.filename, row=min(left))
    session.execute(delete(FaultyRow).where(FaultyRow.file_id == file.id))  # till the next check
    file.is_checked, file.n_faulty = False, 0
    session.flush()
    return len(corrected)


def read_corrections(file: RosterFile, filename: str, content: bytes) -> dict[int, Line]:
    """Return the corrected rows by the number they have in the file they belong to."""
    _, lines = open_lines(filename, content)
    headers, rows = begin_rows(filename, lines.lines)
    if trim(headers[FRONT:]) != trim([header for header in file.headers if header]):
        message = N_("this is not the file of faulty rows of {file}: its columns are others")
        raise Problem(message, where=filename, file=file.filename)
    named = [index for index, header in enumerate(file.headers) if header]
    corrected: dict[int, Line] = {}
    for line, values, told in rows:
        number = values[1]
        if not number.isdecimal() or int(number) in corrected:
            message = N_("row {line}: the number of the row was changed; got {got!r}")
            raise Problem(message, where=filename, line=line, got=number)
        cells = [""] * len(file.headers)
        for index, value in zip(named, values[FRONT:], strict=False):
            cells[index] = value
        corrected[int(number)] = (int(number), cells, told)
    return corrected


def trim(headers: Sequence[str]) -> list[str]:
    """Return headers without blanks at the end."""
    return [header for header in headers if header]
