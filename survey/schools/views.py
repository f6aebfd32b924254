"""Pages of the school table: upload, faults, corrected rows, versions and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from scoring.county_sheets import TITLES, sheets_of
from scoring.rule_set import RuleSet, load_rule_set
from scoring.schools import KINDS
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import VERDICT
from survey.assessments.operations import find_record, load_round, read_body
from survey.context import current_database, signed_in_user
from survey.downloads import hand_out
from survey.frames.faults import SHOWN, Fault, list_faults
from survey.schools.county_files import FaultyFiles
from survey.schools.county_template import write_template
from survey.schools.forms import SchoolsForm
from survey.schools.held_uploads import faulty_rows_file, find_held
from survey.schools.models import HeldUpload
from survey.schools.operations import (
    SchoolTable,
    count_rows,
    hold_faulty,
    read_or_merge,
    read_schools,
    require_same_held,
    store_schools,
)
from survey.schools.versions import compare_versions, find_judged, list_versions, load_version
from survey.tables import XLSX_TYPE

schools = Blueprint("schools", __name__)


@schools.get("/rounds/<round_id>/schools")
@roles(SUPERVISOR)
def table(round_id: str) -> ResponseReturnValue:
    """Show the upload and the schools taken in."""
    with current_database().sessions() as session:
        return show(session, round_id, SchoolsForm())


@schools.post("/rounds/<round_id>/schools")
@roles(SUPERVISOR)
def upload(round_id: str) -> ResponseReturnValue:
    """Take the table in, or show all that is wrong with it and hold it for its corrected rows."""
    form = SchoolsForm()
    faults: list[Fault] = []
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        rule_set = load_rule_set(round_.rule_set)
        held = find_held(session, round_)
    if form.validate():
        try:
            take(round_id, form, held, rule_set)
        except FaultyFiles as faulty:
            faults = list_faults(faulty)
            keep_faulty(round_id, faulty)
        except (Problem, Problems) as error:
            faults = list_faults(error)
        else:
            return redirect(url_for("schools.table", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show(session, round_id, form, faults), 422


def take(round_id: str, form: SchoolsForm, held: HeldUpload | None, rule_set: RuleSet) -> None:
    """Read the uploaded file, then keep what it holds; say what was taken."""
    file = form.file.data
    # Before the transaction: a long table must not hold up whoever else wants to write.
    read = read_or_merge(file.filename or "", file.read(), held, rule_set)
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        if read.merged:
            require_same_held(session, round_, held)
        version = store_schools(session, round_, read, signed_in_user().username)
    flash(tell_taken(read, version.number))


def tell_taken(read: SchoolTable, number: int) -> str:
    """Return what was taken in, in words."""
    whole = gettext(
        "Taken in as version %(number)s: %(schools)s schools from %(file)s.",
        number=number,
        schools=len(read.schools),
        file=read.filename,
    )
    if read.merged is None:
        return str(whole)
    corrected = gettext(
        "Of its rows %(replaced)s were corrected, %(added)s added, %(removed)s taken out; all "
        "others are as they were in that file.",
        replaced=read.merged.replaced,
        added=read.merged.added,
        removed=read.merged.removed,
    )
    before = (
        gettext("Rows corrected before: %(number)s.", number=read.corrected_before)
        if read.corrected_before
        else ""
    )
    return f"{whole} {corrected} {before}".strip()


def keep_faulty(round_id: str, faulty: FaultyFiles) -> None:
    """Hold a faulty file, so that its corrected rows are enough; not once there is a verdict."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        if find_record(session, round_, VERDICT) is None:
            hold_faulty(session, round_, faulty, signed_in_user().username)


@schools.get("/rounds/<round_id>/schools/faults.xlsx")
@roles(SUPERVISOR)
def faulty_rows(round_id: str) -> ResponseReturnValue:
    """Hand the faulty rows of the held file back, with the reasons in front."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        held = find_held(session, round_)
        if held is None:
            abort(404)
        content = faulty_rows_file(held, load_rule_set(round_.rule_set))
    return hand_out(content, "faulty-rows.xlsx", XLSX_TYPE)


@schools.get("/rounds/<round_id>/schools/template.xlsx")
@roles(SUPERVISOR)
def template(round_id: str) -> ResponseReturnValue:
    """Hand the county's empty workbook out, made from the round's rule set."""
    with current_database().sessions() as session:
        rule_set = load_rule_set(load_round(session, round_id, signed_in_user()).rule_set)
    content = BytesIO()
    write_template(content, rule_set)
    return hand_out(content.getvalue(), "county.xlsx", XLSX_TYPE)


@schools.get("/rounds/<round_id>/schools/versions")
@roles(SUPERVISOR, OFFICIAL)
def versions(round_id: str) -> ResponseReturnValue:
    """List the versions of the figures: who handed them in, when, from which file."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        verdict = find_record(session, round_, VERDICT)
        return render_template(
            "schools/versions.html",
            round=round_,
            versions=list_versions(session, round_),
            verdict=verdict,
            judged=find_judged(session, round_, read_body(verdict)) if verdict else None,
        )


@schools.get("/rounds/<round_id>/schools/versions/<int:number>.json")
@roles(SUPERVISOR, OFFICIAL)
def download_version(round_id: str, number: int) -> ResponseReturnValue:
    """Hand a version out in its exact bytes."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        version = load_version(session, round_, number)
        name = f"schools-{round_.id}-{number}.json"
        return hand_out(version.body, name, "application/json")


@schools.get("/rounds/<round_id>/schools/versions/<int:earlier>/<int:later>")
@roles(SUPERVISOR, OFFICIAL)
def compare(round_id: str, earlier: int, later: int) -> ResponseReturnValue:
    """Show what changed from one version to another, by school and figure."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        before, after = (load_version(session, round_, number) for number in (earlier, later))
        return render_template(
            "schools/compare.html",
            round=round_,
            before=before,
            after=after,
            changes=compare_versions(before, after, load_rule_set(round_.rule_set)),
        )


def show(session: Session, round_id: str, form: SchoolsForm, faults: Sequence[Fault] = ()) -> str:
    """Return the page."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "schools/table.html",
        round=round_,
        form=form,
        faults=faults[:SHOWN],
        n_faults=len(faults),
        held=find_held(session, round_),
        newest=next(iter(list_versions(session, round_)), None),
        schools=read_schools(session, round_),
        kinds=KINDS,
        sheets=sheets_of(load_rule_set(round_.rule_set)),
        titles=TITLES,
        n_rows=count_rows(session, round_),
        is_open=find_record(session, round_, VERDICT) is None,
    )
