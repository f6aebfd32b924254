"""Reliefs of a round (放宽): switched on or off by an official before it is judged."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from scoring.rule_set import load_rule_set
from scoring.verdict import check_reliefs
from survey.assessments.models import VERDICT, Round
from survey.assessments.operations import find_record
from survey.audit_log import record_event
from survey.results.models import ReliefSwitch


def list_switches(session: Session, round_: Round) -> dict[str, ReliefSwitch]:
    """Return the reliefs that are on, by their id in the rule set."""
    query = select(ReliefSwitch).where(ReliefSwitch.round_id == round_.id)
    return {switch.relief: switch for switch in session.scalars(query)}


def switched_on(session: Session, round_: Round) -> list[str]:
    """Return the ids of the reliefs that are on."""
    return sorted(list_switches(session, round_))


def choose_reliefs(
    session: Session, round_: Round, reliefs: Sequence[str], reason: str, actor: str
) -> None:
    """Switch exactly `reliefs` on; each that changes is an event of its own.

    One that stays on keeps who switched it on and when. Raises `Problem` once there is a verdict,
    for a relief that the rule set does not have, and for a change without a reason.
    """
    session.refresh(round_, with_for_update=True)
    if find_record(session, round_, VERDICT):
        raise Problem(N_("the verdict has been made; reliefs are chosen before it"))
    check_reliefs(reliefs, load_rule_set(round_.rule_set))
    before = list_switches(session, round_)
    changed = set(before) ^ set(reliefs)
    if changed and not reason:
        raise Problem(N_("say in a reason why reliefs are switched on or off"))
    for relief in sorted(changed):
        is_on = relief not in before
        if is_on:
            session.add(ReliefSwitch(round_id=round_.id, relief=relief, actor=actor, reason=reason))
        else:
            session.delete(before[relief])
        session.flush()
        action = "relief.on" if is_on else "relief.off"
        record_event(session, actor, action, round_.id, relief=relief, reason=reason)
