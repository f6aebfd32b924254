"""Typing in a returned sheet: through the way of every answer, with the mode sealed inside.

An entry in the audit log for each sheet would tell when a person's answer was stored. So the fact
is counted with the answer, by clerk and hour, and the audit log gets the hour's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.audit_log import record_event
from survey.paper_entry.models import TypedSheets
from survey.responses.flags import BY_PAPER, MODE
from survey.responses.submission import Invitation, submit_answers

ACTION = "sheets.type"


def _count_one(dialect: Any) -> Any:
    statement = dialect.insert(TypedSheets)
    return statement.on_conflict_do_update(
        index_elements=["round_id", "actor", "hour"], set_={"sheets": TypedSheets.sheets + 1}
    )


COUNT_ONE = {"sqlite": _count_one(sqlite), "postgresql": _count_one(postgresql)}


def type_sheet(
    connection: Connection,
    invitation: Invitation,
    answers: Mapping[str, str],
    actor: str,
    hour: str,
) -> bool:
    """Store what stands on a returned sheet; False if its person had answered already.

    `hour` is by `survey.responses.hours.name_hour`. The receipt is handed to nobody: it belongs to
    the respondent, who is not here. Raises as `survey.responses.submission.submit_answers`.
    """
    if submit_answers(connection, invitation, answers, {MODE: BY_PAPER}) is None:
        return False
    row = {"round_id": invitation.round_id, "actor": actor, "hour": hour, "sheets": 1}
    connection.execute(COUNT_ONE[connection.dialect.name], row)
    return True


def log_typed_sheets(session: Session, round_: Round) -> int:
    """Enter in the audit log how many sheets were typed in, by clerk and hour; return how many."""
    query = select(TypedSheets).where(TypedSheets.round_id == round_.id).with_for_update()
    typed = list(session.scalars(query.order_by(TypedSheets.hour, TypedSheets.actor)))
    for row in typed:
        record_event(session, row.actor, ACTION, round_.id, hour=row.hour, sheets=row.sheets)
        session.execute(
            delete(TypedSheets).where(
                TypedSheets.round_id == row.round_id,
                TypedSheets.actor == row.actor,
                TypedSheets.hour == row.hour,
            )
        )
    return sum(row.sheets for row in typed)
