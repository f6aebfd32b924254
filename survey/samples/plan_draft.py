"""Numbers that a supervisor keeps before the quotas are frozen, with a way back.

They are a record of the round with its history. `version` grows with every change, also when one
is taken back, so that of two people at the same plan neither undoes the other's work unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import DRAFT, Round, now
from survey.assessments.operations import (
    find_record,
    lock_round,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event

KIND = "plan_draft"
DEPTH = 20  # how many steps back there are


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """The numbers kept last; `targets` is None where the rules' own numbers stand.

    `steps` says how many changes can be taken back.
    """

    version: int
    targets: dict[str, int] | None
    pins: dict[str, int]
    by: str
    at: str
    steps: int


def find_draft(session: Session, round_: Round) -> PlanDraft:
    """Return the numbers kept last."""
    version, history = read_history(session, round_)
    if not history:
        return PlanDraft(version, None, {}, "", "", 0)
    last = history[-1]
    return PlanDraft(
        version, last["targets"], last["pins"], last["by"], last["at"], steps=len(history)
    )


def keep_numbers(
    session: Session,
    round_: Round,
    targets: Mapping[str, int],
    pins: Mapping[str, int],
    *,
    seen_version: int,
    actor: str,
) -> None:
    """Keep numbers; they need not hold together yet.

    Raises `Problem` when somebody else kept other numbers since `seen_version` was shown.
    """
    version, history = open_history(session, round_, seen_version)
    entry = {"targets": dict(targets), "pins": dict(pins), "by": actor, "at": now()}
    write_history(session, round_, version + 1, [*history, entry][-DEPTH:])
    record_event(session, actor, "plan.keep", round_.id, targets=dict(targets), pins=dict(pins))


def take_back(session: Session, round_: Round, seen_version: int, actor: str) -> None:
    """Take the last change back; raise `Problem` when there is none, or somebody else made one."""
    version, history = open_history(session, round_, seen_version)
    if not history:
        raise Problem(N_("there is nothing to take back: these are the numbers of the rules"))
    write_history(session, round_, version + 1, history[:-1])
    record_event(session, actor, "plan.undo", round_.id, left=len(history) - 1)


def require_seen(session: Session, round_: Round, seen_version: int) -> None:
    """Raise `Problem` when the numbers kept are not those that were looked at."""
    draft = find_draft(session, round_)
    if draft.version != seen_version:
        raise Problem(
            N_(
                "{who} changed the kept numbers while you were typing. Yours still stand in the "
                "fields and are not lost; look at the differences below, then decide"
            ),
            who=draft.by or N_("somebody else"),
        )


def open_history(
    session: Session, round_: Round, seen_version: int
) -> tuple[int, list[dict[str, Any]]]:
    """Hold the round and return what was kept, if it is what was looked at."""
    lock_round(session, round_)
    require_status(round_, DRAFT)
    require_seen(session, round_, seen_version)
    return read_history(session, round_)


def read_history(session: Session, round_: Round) -> tuple[int, list[dict[str, Any]]]:
    """Return the version and everything kept, oldest first."""
    record = find_record(session, round_, KIND)
    if record is None:
        return 0, []
    body = read_body(record)
    return body["version"], body["history"]


def write_history(
    session: Session, round_: Round, version: int, history: list[dict[str, Any]]
) -> None:
    """Keep the history."""
    body = {"format": 1, "kind": KIND, "version": version, "history": history}
    save_record(session, round_, KIND, body)
