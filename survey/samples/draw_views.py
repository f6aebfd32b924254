"""Pages of the draw."""

from __future__ import annotations

from collections.abc import Sequence

from flask import (
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import DRAW, FRAME, FROZEN, PLAN
from survey.assessments.operations import find_record, load_round
from survey.context import current_database, signed_in_user
from survey.localization import tell_all
from survey.samples.blueprint import samples
from survey.samples.ceremony import draw_simply, find_ceremony, judge_ceremony
from survey.samples.forms import SeedForm
from survey.samples.progress import find_shortages
from survey.samples.records import read_plan


@samples.get("/rounds/<round_id>/draw")
@roles(SUPERVISOR)
def draw(round_id: str) -> ResponseReturnValue:
    """Show the digests that the seed must come after; then what was drawn."""
    with current_database().sessions() as session:
        return show_draw(session, round_id, SeedForm())


@samples.post("/rounds/<round_id>/draw")
@roles(SUPERVISOR)
def draw_now(round_id: str) -> ResponseReturnValue:
    """Draw with the seed, exactly as it was typed."""
    form = SeedForm()
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            draw_simply(session, round_, form.seed.data or "", signed_in_user().username)
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_draw(session, round_id, form, tell_all(error)), 422
    return redirect(url_for("samples.draw", round_id=round_id), 303)


def show_draw(session: Session, round_id: str, form: SeedForm, messages: Sequence[str] = ()) -> str:
    """Return the page of the draw."""
    round_ = load_round(session, round_id, signed_in_user())
    records = {kind: find_record(session, round_, kind) for kind in (FRAME, PLAN, DRAW)}
    plan_record = records[PLAN]
    return render_template(
        "samples/draw.html",
        round=round_,
        form=form,
        messages=messages,
        records=records,
        plan=read_plan(session, round_) if plan_record else None,
        ceremony=find_ceremony(session, round_),
        findings=judge_ceremony(session, round_),
        shortages=find_shortages(session, round_) if records[DRAW] else [],
        is_open=round_.status == FROZEN,
    )
