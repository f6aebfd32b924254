"""Pages of the way out: unit costs typed, the cheapest additions shown."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sampling.canonical import canonical_json
from sampling.problems import Problem, Problems
from scoring.rule_set import load_rule_set
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.operations import load_round
from survey.context import current_database, signed_in_user
from survey.downloads import hand_out
from survey.localization import tell_all
from survey.results.cost_fields import (
    CostField,
    costs_of,
    empty_fields,
    has_errors,
    read_fields,
)
from survey.results.figures import read_figures
from survey.results.reliefs import switched_on
from survey.results.views import results
from survey.results.way_out import find_plan, keep_plan, search_way_out


@results.get("/rounds/<round_id>/way-out")
@roles(OFFICIAL)
def way_out(round_id: str) -> ResponseReturnValue:
    """Ask for unit costs, and show the plan that was found with them."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        costs, _ = find_plan(session, round_)
        fields = empty_fields(load_rule_set(round_.rule_set), costs)
    return render_way_out(round_id, fields)


@results.post("/rounds/<round_id>/way-out")
@roles(OFFICIAL)
def find_way_out(round_id: str) -> ResponseReturnValue:
    """Search for the cheapest additions and keep the plan."""
    user = signed_in_user()
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, user)
        figures = read_figures(session, round_)
        rule_set = load_rule_set(round_.rule_set)
        reliefs = switched_on(session, round_)
    fields = read_fields(rule_set, request.form)
    if figures is None or has_errors(fields):
        return render_way_out(round_id, fields), 422
    costs = costs_of(fields)
    try:
        # Outside any transaction: it takes seconds, and others want to write meanwhile.
        plan = search_way_out(figures, costs, reliefs)
    except (Problem, Problems) as error:
        return render_way_out(round_id, fields, tell_all(error)), 422
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user, lock=True)
        keep_plan(session, round_, costs, plan, user.username)
    return redirect(url_for("results.way_out", round_id=round_id), 303)


@results.get("/rounds/<round_id>/way-out.json")
@roles(OFFICIAL)
def download_way_out(round_id: str) -> ResponseReturnValue:
    """Hand the plan out as `renkedu way-out` writes it."""
    with current_database().sessions() as session:
        _, plan = find_plan(session, load_round(session, round_id, signed_in_user()))
    if plan is None:
        abort(404)
    return hand_out(canonical_json(plan), f"way-out-{round_id}.json", "application/json")


def render_way_out(round_id: str, fields: Sequence[CostField], messages: Sequence[str] = ()) -> str:
    """Return the page of the way out; what was typed stays."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        figures = read_figures(session, round_)
        _, plan = find_plan(session, round_)
        titles = load_rule_set(round_.rule_set).indicators
        return render_template(
            "results/way_out.html",
            round=round_,
            has_figures=figures is not None,
            fields=fields,
            messages=messages,
            plan=plan,
            is_of_these=plan is not None
            and figures is not None
            and plan["digests"]["schools"] == figures.digest,
            indicator_titles={one.id: {"zh": one.title_zh, "en": one.title_en} for one in titles},
            school_names={one.school_id: one.name for one in figures.schools} if figures else {},
        )
