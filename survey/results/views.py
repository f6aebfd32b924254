"""Pages of the results, for officials: opening, rate, indicators, verdict, a school."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from sampling.problems import N_, Problem
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.models import CLOSED, Round
from survey.assessments.operations import find_rehearsal_key, load_round
from survey.context import current_database, current_settings, signed_in_user
from survey.localization import choose_language, tell
from survey.questionnaires.edition import load_edition
from survey.responses.operations import erase_traces, open_round
from survey.results.forms import OpeningForm
from survey.results.operations import judge_round, read_results

results = Blueprint("results", __name__)

NOT_ERASED = N_(
    "The answers are counted, but another program is reading the database, and the destroyed "
    "envelopes are still in its log. End that program; the log is cleared when the site starts."
)


@results.get("/rounds/<round_id>/opening")
@roles(OFFICIAL)
def open_envelopes(round_id: str) -> ResponseReturnValue:
    """Ask for the private key."""
    return render_opening(round_id, OpeningForm())


@results.post("/rounds/<round_id>/opening")
@roles(OFFICIAL)
def open_now(round_id: str) -> ResponseReturnValue:
    """Open all envelopes, shuffle, count, destroy; all of it or nothing."""
    form = OpeningForm()
    database = current_database()
    try:
        with database.transaction() as session:
            round_ = load_round(session, round_id, signed_in_user(), lock=True)
            key = find_rehearsal_key(current_settings(), round_) or form.private_key.data or ""
            open_round(session, round_, key, signed_in_user().username)
    except Problem as problem:
        return render_opening(round_id, form, [tell(problem)]), 422
    if not erase_traces(database):
        flash(gettext(NOT_ERASED))
    return redirect(url_for("results.show", round_id=round_id), 303)


def render_opening(round_id: str, form: OpeningForm, messages: list[str] | None = None) -> str:
    """Return the page that asks for the key."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        return render_template(
            "results/opening.html",
            round=round_,
            form=form,
            messages=messages or [],
            is_closed=round_.status == CLOSED,
            key_is_here=find_rehearsal_key(current_settings(), round_) is not None,
        )


@results.get("/rounds/<round_id>/results")
@roles(OFFICIAL)
def show(round_id: str) -> ResponseReturnValue:
    """Show rate, indicators and verdict."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        found = read_results(session, round_)
        return render_template(
            "results/show.html",
            round=round_,
            results=found,
            question=find_question(round_, found.rate["rule"]["item"]) if found else "",
        )


def find_question(round_: Round, item_id: str) -> str:
    """Return the wording of an item, as the parents' paper asks it, in the reader's language."""
    items = load_edition(round_.edition).paper_for("parent").items
    return next(item.text[choose_language()] for item in items if item.id == item_id)


@results.post("/rounds/<round_id>/verdict")
@roles(OFFICIAL)
def judge(round_id: str) -> ResponseReturnValue:
    """Run the indicator engine and decide."""
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, signed_in_user(), lock=True)
        engine = current_settings().indicator_engine
        judge_round(session, round_, signed_in_user().username, engine)
    return redirect(url_for("results.show", round_id=round_id), 303)


@results.get("/rounds/<round_id>/verdict")
@roles(OFFICIAL)
def go_to_results(round_id: str) -> ResponseReturnValue:
    """Lead back to the page that the verdict is asked for on."""
    return redirect(url_for("results.show", round_id=round_id), 303)


@results.get("/rounds/<round_id>/results/schools/<school_id>")
@roles(OFFICIAL)
def school(round_id: str, school_id: str) -> ResponseReturnValue:
    """Show what was found of one school."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        found = read_results(session, round_)
        findings = found.of_school(school_id) if found else []
        if not findings:
            abort(404)
        return render_template(
            "results/school.html", round=round_, findings=findings, results=found
        )
