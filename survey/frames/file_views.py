"""Pages of an uploaded file: its columns, its faulty rows, the corrected ones, its removal."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAFT, Round
from survey.assessments.operations import load_round, require_status
from survey.audit_log import record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.frames.blueprint import frames
from survey.frames.checking import list_faulty
from survey.frames.corrections import merge_corrections
from survey.frames.faults import tell_reason, write_faulty
from survey.frames.forms import ColumnsForm, CorrectionForm
from survey.frames.identity import Vault, mask_numbers, mask_phone
from survey.frames.models import RosterFile
from survey.frames.roster import COLUMNS
from survey.frames.roster_views import begin_job
from survey.frames.staging import (
    assign_columns,
    discard_files,
    read_batch,
)
from survey.frames.work import CHECK
from survey.localization import tell, tell_all
from survey.tables import XLSX_TYPE

PREVIEWED = 5  # rows
PAGE = 50  # faulty rows on a page


@dataclass(frozen=True, slots=True)
class FaultyLine:
    """A faulty row in the reader's language."""

    row: int
    reasons: list[str]


@frames.get("/rounds/<round_id>/roster/<file_id>/columns")
@roles(SUPERVISOR)
def columns(round_id: str, file_id: str) -> ResponseReturnValue:
    """Show what each column was taken for, and the first rows."""
    round_, file = load_file(round_id, file_id)
    if not file.is_read or file.problem:
        return redirect(url_for("frames.roster", round_id=round_id), 303)
    chosen = {f"column_{name}": header for name, header in file.columns.items()}
    form = ColumnsForm(data={"category": file.category, **chosen})
    return show_columns(round_, file, form)


@frames.post("/rounds/<round_id>/roster/<file_id>/columns")
@roles(SUPERVISOR)
def assign(round_id: str, file_id: str) -> ResponseReturnValue:
    """Take the columns as chosen, and check all rows."""
    round_, file = load_file(round_id, file_id)
    form = ColumnsForm()
    form.offer([header for header in file.headers if header])
    if not form.validate():
        return show_columns(round_, file, form), 422
    user = signed_in_user()
    try:
        with current_database().transaction() as session:
            file = find_file(session, round_, file_id)
            assign_columns(file, form.read_columns(), form.category.data or "")
            record_event(session, user.username, "roster.columns", round_id, file=file_id)
        begin_job(round_id, CHECK)
    except Problem as problem:
        return show_columns(round_, file, form, [tell(problem)]), 422
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.get("/rounds/<round_id>/roster/<file_id>/faults")
@roles(SUPERVISOR)
def faults(round_id: str, file_id: str) -> ResponseReturnValue:
    """Show faulty rows with all their reasons, a page at a time."""
    return show_faults(round_id, file_id, CorrectionForm())


@frames.get("/rounds/<round_id>/roster/<file_id>/faults.xlsx")
@roles(SUPERVISOR)
def download_faults(round_id: str, file_id: str) -> ResponseReturnValue:
    """Hand the faulty rows out, the reasons in the first column; the log keeps rows and digest."""
    user = signed_in_user()
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user)
        file = find_file(session, round_, file_id)
        lines = list_faulty(session, current_settings(), file)
        content = write_faulty(file, lines)
        sha256 = hashlib.sha256(content).hexdigest()
        told = {"file": file_id, "rows": len(lines), "sha256": sha256}
        record_event(session, user.username, "roster.faults", round_id, **told)
    answer = hand_out(content, "faults.xlsx", XLSX_TYPE)
    answer.headers["X-Row-Count"] = str(len(lines))
    answer.headers["X-Content-SHA256"] = sha256
    return answer


@frames.post("/rounds/<round_id>/roster/<file_id>/faults")
@roles(SUPERVISOR)
def correct(round_id: str, file_id: str) -> ResponseReturnValue:
    """Put corrected rows in the place of the faulty ones, and check again."""
    round_, _ = load_file(round_id, file_id)
    require_status(round_, DRAFT)
    form = CorrectionForm()
    if not form.validate():
        return show_faults(round_id, file_id, form), 422
    user = signed_in_user()
    name, content = form.file.data.filename or "", form.file.data.read()
    try:
        with current_database().transaction() as session:
            file = find_file(session, round_, file_id, lock=True)
            rows = merge_corrections(session, current_settings(), file, name, content)
            record_event(
                session, user.username, "roster.correct", round_id, file=file_id, rows=rows
            )
        begin_job(round_id, CHECK)
    except (Problem, Problems) as problem:
        return show_faults(round_id, file_id, form, tell_all(problem)), 422
    flash(gettext("Rows taken from the corrected file: %(rows)s.", rows=f"{rows:,}"))
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.get("/rounds/<round_id>/roster/<file_id>/discard")
@roles(SUPERVISOR)
def go_back(round_id: str, file_id: str) -> ResponseReturnValue:  # noqa: ARG001 - of the address
    """Lead back to the page whose form is sent here."""
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.post("/rounds/<round_id>/roster/<file_id>/discard")
@roles(SUPERVISOR)
def discard(round_id: str, file_id: str) -> ResponseReturnValue:
    """Forget an uploaded file; what was taken in before stays."""
    user = signed_in_user()
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user)
        find_file(session, round_, file_id)
        discard_files(session, round_id, file_id)
        record_event(session, user.username, "roster.discard", round_id, file=file_id)
    return redirect(url_for("frames.roster", round_id=round_id), 303)


def load_file(round_id: str, file_id: str) -> tuple[Round, RosterFile]:
    """Return a round and one of its uploaded files."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return round_, find_file(session, round_, file_id)


def find_file(session: Session, round_: Round, file_id: str, *, lock: bool = False) -> RosterFile:
    """Return a file of the round; anything else is answered with 404."""
    file = session.get(RosterFile, file_id, with_for_update=lock)
    if file is None or file.round_id != round_.id:
        abort(404)
    return file


def show_columns(
    round_: Round, file: RosterFile, form: ColumnsForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the columns; in the first rows numbers of people are masked.

    A telephone may stand in a column that nobody took for one.
    """
    headers = [header for header in file.headers if header]
    form.offer(headers)
    vault = Vault.of(current_settings(), round_.id)
    rows = read_batch(current_database(), vault, file.id, 0)[:PREVIEWED]
    masked = file.columns.get("phone", "")
    shown = [
        [
            mask_phone(value) if header == masked else mask_numbers(value)
            for header, value in zip(file.headers, values, strict=False)
            if header
        ]
        for _, values, _ in rows
    ]
    with current_database().transaction() as session:
        name = signed_in_user().username
        record_event(session, name, "roster.view", round_.id, file=file.id, rows=len(shown))
    return render_template(
        "frames/columns.html",
        round=round_,
        file=file,
        form=form,
        messages=messages,
        headers=headers,
        rows=shown,
        unused=[header for header in headers if header not in form.read_columns().values()],
        columns=COLUMNS,
    )


def show_faults(
    round_id: str, file_id: str, form: CorrectionForm, messages: Sequence[str] = ()
) -> str:
    """Return a page of faulty rows."""
    after = min(request.args.get("after", 0, int), 2**31 - 1)
    user = signed_in_user()
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user)
        file = find_file(session, round_, file_id)
        found = list_faulty(session, current_settings(), file, max(after, 0), PAGE + 1)
        told = {"file": file_id, "rows": len(found[:PAGE])}
        record_event(session, user.username, "roster.view", round_id, **told)
    lines = [
        FaultyLine(line.row, [tell_reason(fault, file.headers) for fault in line.faults])
        for line in found[:PAGE]
    ]
    return render_template(
        "frames/faulty.html",
        round=round_,
        file=file,
        form=form,
        messages=messages,
        lines=lines,
        after=after,
        next_after=lines[-1].row if len(found) > PAGE else None,
    )
