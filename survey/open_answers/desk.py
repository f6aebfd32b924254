"""Pages of the places: a supervisor makes them and prints posters, officials see the counts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from sampling.problems import Problem
from scoring.rule_set import load_rule_set
from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.assessments.models import DRAWN, FIELD, FROZEN, OPEN_ANSWERS, Round
from survey.assessments.operations import find_record, load_round, read_body
from survey.context import current_database, current_settings, signed_in_user
from survey.exports import PDF_TYPE, Export, attach
from survey.localization import tell
from survey.open_answers.forms import PlaceForm
from survey.open_answers.operations import (
    count_open_answers,
    find_place,
    list_open_categories,
    list_places,
    make_place,
    withdraw_place,
)
from survey.open_answers.posters import make_poster
from survey.open_answers.tally import is_told

places = Blueprint("places", __name__)

OUTCOME_HEADS = {
    "papers": lazy_gettext("Papers"),
    "satisfied": lazy_gettext("Satisfied"),
    "not_satisfied": lazy_gettext("Not satisfied"),
    "not_counted": lazy_gettext("Neither"),
}


@places.get("/rounds/<round_id>/places")
@roles(SUPERVISOR)
def list_all(round_id: str) -> ResponseReturnValue:
    """Show the places, with a form for a new one."""
    with current_database().sessions() as session:
        return show_places(session, round_id, PlaceForm())


@places.post("/rounds/<round_id>/places")
@roles(SUPERVISOR)
def change(round_id: str) -> ResponseReturnValue:
    """Make a place, or withdraw one."""
    form = PlaceForm()
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, signed_in_user(), lock=True)
            if request.form.get("act") == "withdraw":
                withdraw(session, round_, request.form.get("place", ""))
            else:
                name, category = form.name.data or "", form.category.data or ""
                make_place(session, round_, name, category, signed_in_user().username)
    except Problem as problem:
        with current_database().sessions() as session:
            return show_places(session, round_id, form, [tell(problem)]), 422
    return redirect(url_for("places.list_all", round_id=round_id), 303)


def withdraw(session: Session, round_: Round, place_id: str) -> None:
    """Withdraw a place of this round; anything else is not there."""
    place = find_place(session, round_, place_id)
    if place is None:
        abort(404)
    withdraw_place(session, round_, place, signed_in_user().username)


@places.get("/rounds/<round_id>/places/<place_id>.pdf")
@roles(SUPERVISOR)
def poster(round_id: str, place_id: str) -> ResponseReturnValue:
    """Hand out the poster that is put up at a place."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        place = find_place(session, round_, place_id)
        if place is None or place.is_withdrawn:
            abort(404)
        content = make_poster(round_, place, current_settings().public_url)
        return attach(Export(content, PDF_TYPE, f"place-{place.id}.pdf", 0))


@places.get("/rounds/<round_id>/open-answers")
@roles(OFFICIAL)
def counts(round_id: str) -> ResponseReturnValue:
    """Show what was counted at the places, apart from everything else, with its limits."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        record = find_record(session, round_, OPEN_ANSWERS)
        return render_template(
            "open_answers/counts.html",
            round=round_,
            counted=read_body(record) if record else None,
            heads=OUTCOME_HEADS,
        )


def show_places(
    session: Session, round_id: str, form: PlaceForm, messages: Sequence[str] = ()
) -> str:
    """Return the page of the places; how many answers there are, once they are not few."""
    round_ = load_round(session, round_id, signed_in_user())
    form.offer(list_open_categories(session, round_))
    sealed, least = count_open_answers(session, round_), load_rule_set(round_.rule_set).min_cell
    return render_template(
        "open_answers/places.html",
        round=round_,
        form=form,
        messages=messages,
        places=list_places(session, round_),
        sealed=sealed if is_told(sealed, least) else None,
        least=least,
        is_open=round_.status in (FROZEN, DRAWN, FIELD),
        public_url=current_settings().public_url,
    )
