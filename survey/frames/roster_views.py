"""Pages of the roster: files in, how far the job is, what was taken in, the frame as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import Problem
from sampling.survey_rules import load_survey_rules
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import DRAFT, Round
from survey.assessments.operations import load_round, require_status
from survey.audit_log import record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.downloads import hand_out
from survey.frames.blueprint import frames
from survey.frames.columns import list_missing
from survey.frames.contacts import count_contacts, find_erasure_date
from survey.frames.forms import RosterForm
from survey.frames.models import RosterFile
from survey.frames.operations import (
    RosterReport,
    find_report,
    remove_roster,
    write_frame_lines,
)
from survey.frames.roster import CATEGORY_WORDS, COLUMNS
from survey.frames.staging import KIND, keep_file, list_files, untell
from survey.frames.work import ACTS, READ, work_on_roster
from survey.jobs import FAILED, INTERRUPTED, JobState, find_job, start_job
from survey.localization import tell
from survey.tables import XLSX_TYPE, write_xlsx

PATIENCE = 3.0  # seconds that a request waits for the job; what takes longer is polled for


@frames.get("/rounds/<round_id>/roster")
@roles(SUPERVISOR)
def roster(round_id: str) -> ResponseReturnValue:
    """Show the upload, the files that wait, and what was taken in."""
    return show(round_id, RosterForm())


@frames.post("/rounds/<round_id>/roster")
@roles(SUPERVISOR)
def upload(round_id: str) -> ResponseReturnValue:
    """Keep files and begin to read them; a single one is shown with its columns."""
    load_draft(round_id)
    form = RosterForm()
    if not form.validate():
        return show(round_id, form), 422
    sent = [(each.filename or "", each.read()) for each in form.file.data or ()]
    user = signed_in_user()
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, user)
            kept = [keep_file(session, current_settings(), round_, *each) for each in sent]
            record_event(session, user.username, "roster.upload", round_id, files=len(kept))
        begin_job(round_id, READ)
    except Problem as problem:
        return show(round_id, form, [tell(problem)]), 422
    if len(kept) == 1:
        return redirect(url_for("frames.columns", round_id=round_id, file_id=kept[0].id), 303)
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.get("/rounds/<round_id>/roster/work")
@frames.get("/rounds/<round_id>/roster/remove")
@roles(SUPERVISOR)
def go_to_roster(round_id: str) -> ResponseReturnValue:
    """Lead back to the page whose forms are sent here."""
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.post("/rounds/<round_id>/roster/work")
@roles(SUPERVISOR)
def begin(round_id: str) -> ResponseReturnValue:
    """Check all files, or take them in if no row is faulty."""
    load_draft(round_id)
    act = request.form.get("act", "")
    if act not in ACTS:
        abort(400)
    user = signed_in_user()
    try:
        with current_database().transaction() as session:
            record_event(session, user.username, "roster.begin", round_id, act=act)
        begin_job(round_id, act)
    except Problem as problem:
        return show(round_id, RosterForm(), [tell(problem)]), 422
    job = find_job(current_database(), KIND, round_id)
    if job and job.state == FAILED:
        return show(round_id, RosterForm()), 422
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.post("/rounds/<round_id>/roster/remove")
@roles(SUPERVISOR)
def remove(round_id: str) -> ResponseReturnValue:
    """Remove the roster that was taken in; possible until the quotas are frozen."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        people = remove_roster(session, round_, signed_in_user().username)
    flash(gettext("The roster of %(people)s people was removed.", people=f"{people:,}"))
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.get("/rounds/<round_id>/roster/template.xlsx")
@roles(SUPERVISOR)
def template(round_id: str) -> ResponseReturnValue:
    """Hand an empty roster out; of one category without the column that says which."""
    with current_database().sessions() as session:
        load_round(session, round_id, signed_in_user())
    category = request.args.get("category", "")
    if category and category not in CATEGORY_WORDS:
        abort(404)
    headers = [each.header for each in COLUMNS if not (category and each.name == "category")]
    content = write_xlsx(headers, (), CATEGORY_WORDS.get(category, "名册"))
    name = f"{CATEGORY_WORDS.get(category, 'roster')}.xlsx"
    return hand_out(content, name, XLSX_TYPE)


@frames.get("/rounds/<round_id>/frame.csv")
@roles(SUPERVISOR, OFFICIAL)
def download_frame(round_id: str) -> ResponseReturnValue:
    """Hand the frame out as it is checked against a draw: pseudonyms and places only.

    Its rows and its SHA-256 stand on the roster's page and in the headers of the answer.
    """
    database = current_database()
    with database.sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        report = find_report(session, round_)

    def stream() -> Iterator[str]:
        with database.sessions() as session:
            yield from write_frame_lines(session, round_)

    headers = {"Content-Disposition": f"attachment; filename=frame-{round_.id}.csv"}
    if report and report.frame_sha256:
        headers["X-Row-Count"] = str(report.n_people)
        headers["X-Content-SHA256"] = report.frame_sha256
    return Response(stream(), mimetype="text/csv", headers=headers)


def load_draft(round_id: str) -> Round:
    """Return a round whose roster may still be changed."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
    require_status(round_, DRAFT)
    return round_


def begin_job(round_id: str, act: str) -> None:
    """Start the job and wait a little; what was wrong is told on the page."""
    database, settings = current_database(), current_settings()
    actor = signed_in_user().username
    work = partial(work_on_roster, database, settings, round_id, act, actor=actor)
    start_job(database, KIND, round_id, work).join(PATIENCE)


def show(round_id: str, form: RosterForm, messages: Sequence[str] = ()) -> str:
    """Return the page."""
    database = current_database()
    job = find_job(database, KIND, round_id)
    with database.sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        report: RosterReport | None = find_report(session, round_)
        files = list_files(session, round_)
        has_contacts = count_contacts(session, round_) > 0
    return render_template(
        "frames/roster.html",
        round=round_,
        form=form,
        messages=messages or tell_failure(job, files),
        job=job,
        is_interrupted=bool(job and job.state == INTERRUPTED),
        files=files,
        missing={file.id: list_missing(file.columns, file.category) for file in files},
        problems={file.id: tell(untell(file.problem, 0)) for file in files if file.problem},
        has_contacts=has_contacts,
        erasure_date=find_erasure_date(current_settings(), round_),
        report=report,
        columns=COLUMNS,
        rules=load_survey_rules(round_.survey_rules),
        is_open=round_.status == DRAFT,
    )


def tell_failure(job: JobState | None, files: Sequence[RosterFile]) -> list[str]:
    """Return why the last job failed, as long as its files are there."""
    if job and job.state == FAILED and job.message and files:
        return [tell(job.message)]
    return []
