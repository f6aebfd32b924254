"""Pages of the rounds: list, new round, where a round stands, its records, its close."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.sample_size import read_residents
from survey.access import roles
from survey.accounts.models import OFFICIAL, ROLES, SUPERVISOR
from survey.assessments.forms import RoundForm
from survey.assessments.models import (
    ANSWERS,
    FIELD,
    RATE,
    RECORD_KINDS,
    VERDICT,
    Round,
)
from survey.assessments.operations import (
    close_round,
    create_round,
    find_record,
    list_rounds,
    load_round,
)
from survey.assessments.steps import list_steps
from survey.audit_log import read_head
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import STATUS_NAMES

assessments = Blueprint("assessments", __name__)

# What tells of answers is for officials; a supervisor sees progress and what the draw left.
SEALED_KINDS = (ANSWERS, RATE, VERDICT)


@assessments.app_template_global()
def round_status(round_: Round) -> str:
    """Return where a round stands, in the reader's language."""
    return str(STATUS_NAMES[round_.status])


@assessments.get("/rounds")
@roles(*ROLES)
def list_all() -> ResponseReturnValue:
    """Show the rounds of the visitor's region."""
    with current_database().sessions() as session:
        rounds = list_rounds(session, signed_in_user())
        return render_template("assessments/list.html", rounds=rounds)


@assessments.route("/rounds/new", methods=["GET", "POST"])
@roles(SUPERVISOR)
def new() -> ResponseReturnValue:
    """Make a round."""
    form = RoundForm()
    user = signed_in_user()
    if form.validate_on_submit() and not user.may_see(form.region.data or ""):
        form.region.errors = [gettext("this county is not in your region")]
    if not form.is_submitted() or form.errors:
        return render_template("assessments/new.html", form=form), 422 if form.errors else 200
    with current_database().transaction() as session:
        round_ = create_round(
            session,
            current_settings(),
            region=form.region.data or "",
            county=(form.county.data or "").strip(),
            year=form.year.data or 0,
            residents=read_residents(form.residents.data or ""),
            residents_source=(form.residents_source.data or "").strip(),
            is_rehearsal=form.is_rehearsal.data,
            public_key=form.public_key.data or "",
            actor=user.username,
        )
    return redirect(url_for("assessments.show", round_id=round_.id), 303)


@assessments.get("/rounds/<round_id>")
@roles(*ROLES)
def show(round_id: str) -> ResponseReturnValue:
    """Show where a round stands: what is done, what is next."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return render_template(
            "assessments/show.html",
            round=round_,
            steps=list_steps(session, round_, signed_in_user()),
            records=[
                record
                for kind in RECORD_KINDS
                if may_read(kind) and (record := find_record(session, round_, kind))
            ],
            audit_head=read_head(session),
        )


def may_read(kind: str) -> bool:
    """Say whether the visitor may read a record of this kind."""
    return kind not in SEALED_KINDS or signed_in_user().has_role(OFFICIAL)


@assessments.get("/rounds/<round_id>/records/<kind>.json")
@roles(SUPERVISOR, OFFICIAL)
def download_record(round_id: str, kind: str) -> ResponseReturnValue:
    """Hand a certificate out in its exact bytes."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        record = find_record(session, round_, kind) if kind in RECORD_KINDS else None
        if record is None or not may_read(kind):
            abort(404)
        return Response(
            record.body,
            mimetype="application/json",
            headers={"Content-Disposition": f"attachment; filename={kind}-{round_.id}.json"},
        )


@assessments.get("/rounds/<round_id>/close")
@roles(SUPERVISOR)
def confirm_close(round_id: str) -> ResponseReturnValue:
    """Ask once more before the survey ends."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return render_template(
            "assessments/close.html", round=round_, is_open=round_.status == FIELD
        )


@assessments.post("/rounds/<round_id>/close")
@roles(SUPERVISOR)
def close(round_id: str) -> ResponseReturnValue:
    """End the survey; the envelopes stay sealed."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user(), lock=True)
        close_round(session, round_, signed_in_user().username)
    return redirect(url_for("assessments.show", round_id=round_id), 303)
