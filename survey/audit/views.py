"""The page of the audit log."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from survey.access import roles
from survey.accounts.models import ADMINISTRATOR, ROLES
from survey.accounts.rights import list_users
from survey.assessments.operations import list_rounds
from survey.audit.events import PAGE, find_events, tell_detail
from survey.audit.forms import FilterForm
from survey.audit.words import ACTION_NAMES
from survey.audit_log import read_head
from survey.context import current_database, signed_in_user

audit = Blueprint("audit", __name__)


@audit.app_template_global()
def log_head() -> str:
    """Return the head of the log as it is printed beside certificates: ``12:9f86d0…``."""
    with current_database().sessions() as session:
        return str(read_head(session))


@audit.get("/audit")
@roles(*ROLES)
def events() -> ResponseReturnValue:
    """List the events of the visitor's region, newest first."""
    user, form = signed_in_user(), FilterForm(request.args)
    with current_database().sessions() as session:
        rounds = {
            round_.id: f"{round_.county} {round_.year}" for round_ in list_rounds(session, user)
        }
        people = list_users(session, user) if user.has_role(ADMINISTRATOR) else [user]
        form.offer(rounds, [person.username for person in people])
        is_readable = form.validate()
        found = find_events(session, user, form.read())
        return render_template(
            "audit/events.html",
            form=form,
            rounds=rounds,
            action_names=ACTION_NAMES,
            events=[(event, tell_detail(user, event)) for event in found[:PAGE]],
            older=find_older(found[PAGE - 1].number) if len(found) > PAGE else None,
        ), 200 if is_readable else 422


def find_older(number: int) -> dict[str, str]:
    """Return the query of the page after the one that ends with entry `number`."""
    return {**request.args.to_dict(), "before": str(number)}
