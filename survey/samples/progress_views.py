"""Pages of the progress (looked at again every few seconds) and of the release of reserves."""

from __future__ import annotations

from collections.abc import Sequence

from flask import (
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import FIELD
from survey.assessments.operations import load_round
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import tell_all
from survey.samples.blueprint import samples
from survey.samples.class_progress import list_classes
from survey.samples.forms import ReleaseForm
from survey.samples.link_views import current_handover
from survey.samples.progress_charts import chart_categories, chart_days
from survey.samples.release import count_silent, mark_unreachable, release_reserves
from survey.samples.watch import watch, watch_again


@samples.get("/rounds/<round_id>/progress")
@roles(SUPERVISOR, OFFICIAL)
def progress(round_id: str) -> ResponseReturnValue:
    """Show how many have answered, by category, place and day; never who, never what."""
    with current_database().sessions() as session:
        if request.headers.get("HX-Request"):
            return renew_progress(session, round_id)
        reason = gettext("for people who refused, were not reached or are not eligible")
        return show_progress(session, round_id, ReleaseForm(reason=reason))


def renew_progress(session: Session, round_id: str) -> ResponseReturnValue:
    """Return the part of the page that changes, or nothing where it has not changed."""
    round_ = load_round(session, round_id, signed_in_user())
    state = watch_again(session, round_)
    if request.args.get("seen") == state.digest:
        return "", 204
    return render_template(
        "samples/progress_live.html",
        renewed=True,
        round=round_,
        watch=state,
        charts=[chart_categories(state), chart_days(state)],
        is_open=round_.status == FIELD and signed_in_user().has_role(SUPERVISOR),
    )


@samples.get("/rounds/<round_id>/progress/classes")
@roles(SUPERVISOR)
def classes(round_id: str) -> ResponseReturnValue:
    """Show the people asked and outstanding by class, as far as no one can be told from it."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        rows = list_classes(session, current_settings(), round_)
        return render_template("samples/classes.html", round=round_, rows=rows)


@samples.get("/rounds/<round_id>/progress/unreachable")
@roles(SUPERVISOR)
def confirm_mark(round_id: str) -> ResponseReturnValue:
    """Ask once more, with the number of people, before anybody is noted as not reached."""
    with current_database().sessions() as session:
        return show_mark(session, round_id)


@samples.post("/rounds/<round_id>/progress/unreachable")
@roles(SUPERVISOR)
def mark(round_id: str) -> ResponseReturnValue:
    """Note as not reached whoever has not been heard of, up to the number confirmed."""
    confirmed = request.form.get("people", 0, type=int)
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user())
            number = mark_unreachable(session, round_, signed_in_user().username, confirmed)
    except (Problem, Problems) as error:
        with current_database().sessions() as session:
            return show_mark(session, round_id, tell_all(error)), 422
    flash(gettext("Noted as not reached: %(number)s. Their links stay open.", number=number))
    return redirect(url_for("samples.progress", round_id=round_id), 303)


def show_mark(session: Session, round_id: str, messages: Sequence[str] = ()) -> str:
    """Return the page that asks whether the outstanding are noted as not reached."""
    round_ = load_round(session, round_id, signed_in_user())
    return render_template(
        "samples/unreachable.html",
        round=round_,
        messages=messages,
        people=count_silent(session, round_) if round_.status == FIELD else 0,
    )


@samples.get("/rounds/<round_id>/progress/release")
@roles(SUPERVISOR)
def go_to_progress(round_id: str) -> ResponseReturnValue:
    """Lead back to the page that a refused release was shown on."""
    return redirect(url_for("samples.progress", round_id=round_id), 303)


@samples.post("/rounds/<round_id>/progress/release")
@roles(SUPERVISOR)
def release(round_id: str) -> ResponseReturnValue:
    """Release reserves where people were lost: in one stratum or in all."""
    form = ReleaseForm()
    messages: Sequence[str] = ()
    if form.validate():
        try:
            with current_database().transaction() as session:
                round_ = load_round(session, round_id, signed_in_user())
                actor = signed_in_user().username
                strata = request.form.getlist("stratum") or None
                reason = form.reason.data or ""
                released = release_reserves(session, round_, actor, reason, strata)
        except (Problem, Problems) as error:
            messages = tell_all(error)
        else:
            current_handover().forget(round_id)  # the same form now makes links for others
            flash(tell_released(sum(released.values())))
            return redirect(url_for("samples.progress", round_id=round_id), 303)
    with current_database().sessions() as session:
        return show_progress(session, round_id, form, messages), 422


def tell_released(number: int) -> str:
    """Return what a release did, in a sentence."""
    if not number:
        return str(gettext("Nobody was released: no stratum lacks people it has reserves for."))
    return str(gettext("Reserves released: %(number)s. Make links for them now.", number=number))


def show_progress(
    session: Session, round_id: str, form: ReleaseForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the progress."""
    round_ = load_round(session, round_id, signed_in_user())
    state = watch(session, round_)
    return render_template(
        "samples/progress.html",
        round=round_,
        form=form,
        messages=messages,
        watch=state,
        charts=[chart_categories(state), chart_days(state)],
        is_open=round_.status == FIELD and signed_in_user().has_role(SUPERVISOR),
    )
