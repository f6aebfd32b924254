"""Pages of the school table: upload, faults, what was taken in."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from scoring.county_sheets import TITLES, sheets_of
from scoring.rule_set import load_rule_set
from scoring.schools import KINDS
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import VERDICT
from survey.assessments.operations import find_record, load_round
from survey.context import current_database, signed_in_user
from survey.frames.faults import SHOWN, Fault, list_faults
from survey.schools.county_template import write_template
from survey.schools.forms import SchoolsForm
from survey.schools.operations import count_rows, read_school_table, read_schools, store_schools
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
    """Take the table in, or show all that is wrong with it."""
    form = SchoolsForm()
    faults: list[Fault] = []
    with current_database().sessions() as session:
        rule_set = load_rule_set(load_round(session, round_id, signed_in_user()).rule_set)
    if form.validate():
        file = form.file.data
        try:
            # Before the transaction: a long table must not hold up whoever else wants to write.
            schools_read = read_school_table(file.filename or "", file.read(), rule_set)
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                store_schools(session, round_, schools_read, signed_in_user().username)
        except (Problem, Problems) as error:
            faults = list_faults(error)
        else:
            return redirect(url_for("schools.table", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show(session, round_id, form, faults), 422


@schools.get("/rounds/<round_id>/schools/template.xlsx")
@roles(SUPERVISOR)
def template(round_id: str) -> ResponseReturnValue:
    """Hand the county's empty workbook out, made from the round's rule set."""
    with current_database().sessions() as session:
        rule_set = load_rule_set(load_round(session, round_id, signed_in_user()).rule_set)
    content = BytesIO()
    write_template(content, rule_set)
    content.seek(0)
    return send_file(content, XLSX_TYPE, as_attachment=True, download_name="county.xlsx")


def show(session: Session, round_id: str, form: SchoolsForm, faults: Sequence[Fault] = ()) -> str:
    """Return the page."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "schools/table.html",
        round=round_,
        form=form,
        faults=faults[:SHOWN],
        n_faults=len(faults),
        schools=read_schools(session, round_),
        kinds=KINDS,
        sheets=sheets_of(load_rule_set(round_.rule_set)),
        titles=TITLES,
        n_rows=count_rows(session, round_),
        is_open=find_record(session, round_, VERDICT) is None,
    )
