"""Pages of the roster: upload, faults, what was taken in, the frame as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import Problem, Problems
from sampling.survey_rules import SurveyRules, load_survey_rules
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import DRAFT, Round
from survey.assessments.operations import load_round, require_status
from survey.context import current_database, current_settings, signed_in_user
from survey.frames.faults import SHOWN, Fault, list_faults, write_faults
from survey.frames.forms import RosterForm
from survey.frames.operations import RosterReport, find_report, store_roster, write_frame_lines
from survey.frames.roster import COLUMNS, Roster, read_roster
from survey.tables import XLSX_TYPE, Table, read_table, write_xlsx

frames = Blueprint("frames", __name__)


@frames.get("/rounds/<round_id>/roster")
@roles(SUPERVISOR)
def roster(round_id: str) -> ResponseReturnValue:
    """Show the upload, and what the last import took in."""
    round_, report = load_report(round_id)
    return show(round_, report, RosterForm())


@frames.post("/rounds/<round_id>/roster")
@roles(SUPERVISOR)
def upload(round_id: str) -> ResponseReturnValue:
    """Take a roster in; or show, or hand back as a file, what is wrong with it."""
    round_, report = load_report(round_id)
    require_status(round_, DRAFT)
    form = RosterForm()
    if not form.validate():
        return show(round_, report, form), 422
    # Read before the transaction: a long table must not hold up whoever else wants to write.
    table, people, faults = read_upload(
        form.file.data.filename or "", form.file.data.read(), load_survey_rules(round_.survey_rules)
    )
    if request.form.get("act") == "check":
        return hand_faults_back(round_id, table, faults)
    if people is None:
        return show(round_, report, form, faults), 422
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user())
        store_roster(session, current_settings(), round_, people, signed_in_user().username)
    return redirect(url_for("frames.roster", round_id=round_id), 303)


@frames.get("/rounds/<round_id>/roster/template.xlsx")
@roles(SUPERVISOR)
def template(round_id: str) -> ResponseReturnValue:
    """Hand an empty roster out."""
    load_report(round_id)
    content = write_xlsx([column.header for column in COLUMNS], (), "名册")
    return send_file(BytesIO(content), XLSX_TYPE, as_attachment=True, download_name="roster.xlsx")


@frames.get("/rounds/<round_id>/frame.csv")
@roles(SUPERVISOR, OFFICIAL)
def download_frame(round_id: str) -> ResponseReturnValue:
    """Hand the frame out as it is checked against a draw: pseudonyms and places only."""
    database = current_database()
    round_, _ = load_report(round_id)

    def stream() -> Iterator[str]:
        with database.sessions() as session:
            yield from write_frame_lines(session, round_)

    return Response(
        stream(),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=frame-{round_.id}.csv"},
    )


def load_report(round_id: str) -> tuple[Round, RosterReport | None]:
    """Return the round and the report of its last import."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return round_, find_report(session, round_)


def read_upload(
    filename: str, content: bytes, rules: SurveyRules
) -> tuple[Table | None, Roster | None, list[Fault]]:
    """Return the table and its people, as far as they can be read, and every fault."""
    table = None
    try:
        table = read_table(filename, content)
        return table, read_roster(table, rules), []
    except (Problem, Problems) as error:
        return table, None, list_faults(error)


def hand_faults_back(
    round_id: str, table: Table | None, faults: Sequence[Fault]
) -> ResponseReturnValue:
    """Answer a mere check: the faulty rows as a file, or the good news."""
    if not faults:
        flash(gettext("No faults were found. Nothing was imported: this was a check only."))
        return redirect(url_for("frames.roster", round_id=round_id), 303)
    content = write_faults(table, faults)
    return send_file(BytesIO(content), XLSX_TYPE, as_attachment=True, download_name="faults.xlsx")


def show(
    round_: Round, report: RosterReport | None, form: RosterForm, faults: Sequence[Fault] = ()
) -> str:
    """Return the page."""
    return render_template(
        "frames/roster.html",
        round=round_,
        report=report,
        form=form,
        faults=faults[:SHOWN],
        n_faults=len(faults),
        columns=COLUMNS,
        rules=load_survey_rules(round_.survey_rules),
        is_open=round_.status == DRAFT,
    )
