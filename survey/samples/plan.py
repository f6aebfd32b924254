"""The quota plan of a round: drafted, looked at, frozen with the frame it was made for."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from sampling.frame import Frame
from sampling.problems import N_, Problem
from sampling.quota import plan_counts, plan_quota
from sampling.record import Plan
from sampling.survey_rules import load_survey_rules
from survey.assessments.models import DRAFT, FRAME, FROZEN, PLAN, Round
from survey.assessments.operations import (
    advance,
    lock_round,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.frames.models import Person
from survey.frames.operations import find_report, read_frame_of
from survey.samples.plan_draft import require_seen

Cells = dict[tuple[str, ...], int]
Targets = Mapping[str, int] | None


def plan_frame(frame: Frame, round_: Round, targets: Targets, pins: Targets = None) -> Plan:
    """Return the quota plan of a round for its frame, by the rules or with a supervisor's numbers.

    `pins` are numbers for an area or band of a category, or both. Raises `Problem` when a hard
    rule cannot be kept.
    """
    rules = load_survey_rules(round_.survey_rules)
    return plan_quota(
        frame, round_.residents, rules, targets=targets, pins=pins, areas=round_.areas
    )


def plan_cells(
    cells: Cells, frame_digest: str, round_: Round, targets: Targets, pins: Targets
) -> Plan:
    """Return the plan for counts alone: quick enough to be asked for with every number typed.

    Only what is frozen is planned from the frame itself, and then its digest is its own.
    """
    rules = load_survey_rules(round_.survey_rules)
    return plan_counts(
        cells,
        frame_digest,
        round_.residents,
        rules,
        targets=targets,
        pins=pins,
        areas=round_.areas,
    )


def count_cells(session: Session, round_: Round) -> Cells:
    """Return how many people are in each cell: category, area, grade band."""
    columns = (Person.category, Person.area, Person.grade_band)
    query = select(*columns, func.count()).where(Person.round_id == round_.id).group_by(*columns)
    return {(row[0], row[1], row[2]): row[3] for row in session.execute(query)}


def read_frame(session: Session, round_: Round) -> Frame:
    """Return the round's frame; raise `Problem` when there is no roster yet."""
    if not session.scalar(select(exists().where(Person.round_id == round_.id))):
        raise Problem(N_("there is no roster yet; upload it first"))
    return read_frame_of(session, round_, load_survey_rules(round_.survey_rules))


def freeze_plan(
    session: Session,
    round_: Round,
    targets: Targets,
    actor: str,
    seen_digest: str | None = None,
    *,
    pins: Targets = None,
    seen_version: int | None = None,
) -> Plan:
    """Fix the quotas and the frame they were made for; both become records of the round.

    `seen_digest` is the digest of the frame whose numbers were looked at; raises `Problem` when the
    roster is another one by now. Without it the frame is taken as it is. `seen_version` is likewise
    the version of the kept numbers that were looked at.
    """
    lock_round(session, round_)
    require_status(round_, DRAFT)
    frame = read_frame(session, round_)
    if seen_digest is not None and seen_digest != frame.digest:
        raise Problem(
            N_("the roster is not the one these numbers were shown for; look at them again")
        )
    if seen_version is not None:
        require_seen(session, round_, seen_version)
    plan = plan_frame(frame, round_, targets, pins)
    report = find_report(session, round_)
    save_record(
        session,
        round_,
        FRAME,
        {
            "format": 1,
            "kind": FRAME,
            "digest": frame.digest,
            "units": len(frame.units),
            "eligible": len(frame.eligible),
            "categories": plan["frame"],
            "mergers": report.mergers if report else [],
        },
    )
    record = save_record(session, round_, PLAN, dict(plan))
    advance(round_, FROZEN)
    record_event(
        session,
        actor,
        "plan.freeze",
        round_.id,
        n=plan["n"],
        plan_digest=record.digest,
        frame_digest=frame.digest,
    )
    return plan
