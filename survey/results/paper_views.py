"""Papers made from a verdict: self-evaluation report (自评报告), application form (申报表)."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template
from flask.typing import ResponseReturnValue

from scoring.application import make_application
from scoring.self_report import make_self_report
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.models import VERDICT, Round
from survey.assessments.operations import find_record, load_round, read_body
from survey.context import current_database, signed_in_user
from survey.downloads import hand_out
from survey.results.application_file import application_file
from survey.results.self_report_file import DOCX_TYPE, self_report_file
from survey.results.views import results
from survey.tables import XLSX_TYPE


@results.get("/rounds/<round_id>/self-report")
@roles(OFFICIAL)
def read_report(round_id: str) -> ResponseReturnValue:
    """Show the report as it would be written."""
    round_, verdict = load_verdict(round_id)
    return render_template(
        "results/self_report.html", round=round_, report=make_self_report(verdict)
    )


@results.get("/rounds/<round_id>/self-report.docx")
@roles(OFFICIAL)
def self_report(round_id: str) -> ResponseReturnValue:
    """Hand the report out as a Word file."""
    round_, verdict = load_verdict(round_id)
    content = self_report_file(make_self_report(verdict))
    name = f"自评报告-{round_.county}-{round_.year}.docx"
    return hand_out(content, name, DOCX_TYPE)


@results.get("/rounds/<round_id>/application.xlsx")
@roles(OFFICIAL)
def application(round_id: str) -> ResponseReturnValue:
    """Hand the tables of the application form out."""
    round_, verdict = load_verdict(round_id)
    content = application_file(make_application(verdict))
    name = f"申报表-{round_.county}-{round_.year}.xlsx"
    return hand_out(content, name, XLSX_TYPE)


def load_verdict(round_id: str) -> tuple[Round, dict[str, Any]]:
    """Return a round and its verdict; 404 where there is none."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        record = find_record(session, round_, VERDICT)
        if record is None:
            abort(404)
        return round_, read_body(record)
