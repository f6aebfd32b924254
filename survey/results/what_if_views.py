"""The page "what if" (假如): another value for a figure, and what comes out otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from sampling.problems import Problem, Problems
from scoring.findings import Finding, finding_record
from scoring.what_if import WhatIf, judge_changes
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.operations import load_round
from survey.context import current_database, signed_in_user
from survey.localization import tell_all
from survey.results.figures import read_figures, read_inputs
from survey.results.reliefs import switched_on
from survey.results.views import results
from survey.results.what_if_fields import county_fields, school_fields, typed_changes


@dataclass(frozen=True, slots=True)
class Turn:
    """A finding before and after, as records; None on the side where there is no such finding."""

    before: Mapping[str, object] | None
    after: Mapping[str, object] | None
    is_turned: bool

    @property
    def either(self) -> Mapping[str, object]:
        """The finding after, or else the one before: for its title and subject."""
        return self.after or self.before or {}


@results.get("/rounds/<round_id>/what-if")
@roles(OFFICIAL)
def what_if(round_id: str) -> ResponseReturnValue:
    """Show the figures of a school, or of the county, and what another value would change.

    Nothing is kept: the values stand in the address, which can be handed on.
    """
    school_id = request.args.get("school", "")
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        figures = read_figures(session, round_)
        if figures is None:
            return render_template("results/what_if.html", round=round_, figures=None)
        inputs = read_inputs(session, round_, figures)
        reliefs = switched_on(session, round_)
    school = figures.school(school_id)
    if school_id and school is None:
        abort(404)
    fields = (
        school_fields(figures, school, request.args)
        if school
        else county_fields(figures, request.args)
    )
    changes, messages, found = typed_changes(fields, school_id), [], None
    if changes:
        try:
            found = judge_changes(inputs, changes, figures.rule_set, reliefs=reliefs)
        except (Problem, Problems) as error:
            messages = tell_all(error)
    page = render_template(
        "results/what_if.html",
        round=round_,
        figures=figures,
        school=school,
        fields=fields,
        messages=messages,
        found=found,
        turns=turns_of(found) if found else (),
    )
    return page, 422 if messages else 200


def turns_of(found: WhatIf) -> list[Turn]:
    """Return what differs, outcomes that turn first."""
    turns = [Turn(_record(one.before), _record(one.after), one.is_turned) for one in found.changed]
    return sorted(turns, key=lambda turn: not turn.is_turned)


def _record(finding: Finding | None) -> Mapping[str, object] | None:
    return finding_record(finding) if finding else None
