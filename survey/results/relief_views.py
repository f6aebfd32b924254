"""The page of reliefs: what each eases, where that is written, whether it is on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from sampling.problems import Problem
from scoring.rule_parts import Relief
from scoring.rule_set import Rule, load_rule_set
from survey.access import roles
from survey.accounts.models import OFFICIAL
from survey.assessments.models import VERDICT
from survey.assessments.operations import find_record, load_round, read_body
from survey.context import current_database, signed_in_user
from survey.localization import tell
from survey.results.forms import ReliefsForm
from survey.results.reliefs import choose_reliefs, list_switches
from survey.results.views import results
from survey.results.wording import rule_title


@results.get("/rounds/<round_id>/reliefs")
@roles(OFFICIAL)
def reliefs(round_id: str) -> ResponseReturnValue:
    """Show the reliefs of the round's rule set."""
    return render_reliefs(round_id)


@results.post("/rounds/<round_id>/reliefs")
@roles(OFFICIAL)
def set_reliefs(round_id: str) -> ResponseReturnValue:
    """Switch reliefs on or off."""
    form = ReliefsForm()
    user = signed_in_user()
    try:
        with current_database().transaction() as session:
            round_ = load_round(session, round_id, user)
            form.reliefs.choices = [(one, one) for one in load_rule_set(round_.rule_set).reliefs]
            if form.validate():
                reason = " ".join((form.reason.data or "").split())
                chosen = form.reliefs.data or []
                choose_reliefs(session, round_, chosen, reason, user.username)
    except Problem as problem:
        return render_reliefs(round_id, form, [tell(problem)]), 422
    if form.errors:
        return render_reliefs(round_id, form), 422
    return redirect(url_for("results.reliefs", round_id=round_id), 303)


@dataclass(frozen=True, slots=True)
class Eased:
    """One easing of a relief, and the rules that it eases in the same words."""

    relief: Relief
    rules: list[Rule]


def group_eased(pairs: Sequence[tuple[Rule, Relief]]) -> list[Eased]:
    """Return what a relief eases, each wording once with all its rules."""
    found: dict[tuple[str, str], Eased] = {}
    for rule, relief in pairs:
        key = (relief.title.zh, relief.citation.quote)
        found.setdefault(key, Eased(relief, [])).rules.append(rule)
    return list(found.values())


def render_reliefs(
    round_id: str, form: ReliefsForm | None = None, messages: list[str] | None = None
) -> str:
    """Return the page; a form that was refused keeps what was chosen."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
        switches = list_switches(session, round_)
        verdict = find_record(session, round_, VERDICT)
        used = read_body(verdict).get("reliefs", []) if verdict else []
        return render_template(
            "results/reliefs.html",
            round=round_,
            form=form or ReliefsForm(formdata=None),
            chosen=(form.reliefs.data or []) if form else list(switches),
            messages=messages or [],
            reliefs={
                name: group_eased(pairs)
                for name, pairs in load_rule_set(round_.rule_set).reliefs.items()
            },
            switches=switches,
            used={relief["id"]: relief["used"] for relief in used},
            is_open=verdict is None,
            rule_title=rule_title,
        )
