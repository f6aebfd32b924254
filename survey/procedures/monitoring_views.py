"""The page of monitoring (监测复查) of a county."""

from __future__ import annotations

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from survey.access import roles
from survey.accounts.models import OFFICIAL, SUPERVISOR
from survey.context import current_database, signed_in_user
from survey.procedures.monitoring import monitor_county
from survey.procedures.views import procedures
from survey.results.wording import rule_title


@procedures.get("/counties/<region>/monitoring")
@roles(SUPERVISOR, OFFICIAL)
def monitoring(region: str) -> ResponseReturnValue:
    """Show a county's years, on what a fall is measured, and whether the title is kept."""
    if not (region.isascii() and region.isdecimal() and len(region) == 6):
        abort(404)
    if not signed_in_user().may_see(region):
        abort(404)
    basis = request.args.get("basis", "")
    exceptional = frozenset(filter(None, map(read_year, request.args.getlist("exceptional"))))
    with current_database().sessions() as session:
        found = monitor_county(
            session,
            region,
            basis=basis,
            since=read_year(request.args.get("since", "")),
            exceptional=exceptional,
        )
    return render_template(
        "procedures/monitoring.html",
        found=found,
        region=region,
        basis=basis,
        exceptional=exceptional,
        rule_title=rule_title,
    )


def read_year(text: str) -> int | None:
    """Return the year that was typed; None for anything else."""
    is_year = text.isascii() and text.isdecimal() and len(text) == 4
    return int(text) if is_year else None
