"""Reserves released for people who were lost: by dispositions, in the drawn order."""

from __future__ import annotations

from collections.abc import Container, Sequence

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from sampling.release import next_reserves
from survey.assessments.models import FIELD, Round
from survey.assessments.operations import (
    lock_round,
    require_status,
)
from survey.audit_log import record_event
from survey.samples.links import has_link
from survey.samples.models import (
    PENDING,
    UNREACHABLE,
    Release,
    Selection,
)
from survey.samples.parts import in_parts
from survey.samples.progress import find_shortages
from survey.samples.records import read_draw

LONGEST_REASON = 200


def mark_unreachable(
    session: Session, round_: Round, actor: str, at_most: int | None = None
) -> int:
    """Note as not reached whoever holds a link and has not been heard of; return how many.

    Their links stay open: who comes late is welcome. Reserves that were released but have no card
    yet are left alone. Raises `Problem` for more than `at_most`, the number that was confirmed.
    """
    lock_round(session, round_)
    require_status(round_, FIELD)
    found = list(session.scalars(select_silent(round_)))
    if at_most is not None and len(found) > at_most:
        raise Problem(
            N_("{people} people would be noted now, {confirmed} were confirmed; look again"),
            people=len(found),
            confirmed=at_most,
        )
    for part in in_parts(found):
        session.execute(
            update(Selection)
            .where(Selection.id.in_(part), Selection.disposition == PENDING)
            .values(disposition=UNREACHABLE)
        )
    session.expire_all()
    record_event(session, actor, "dispositions.unreachable", round_.id, people=len(found))
    return len(found)


def select_silent(round_: Round) -> Select[int]:
    """Return the query for whoever holds a link and has not been heard of."""
    return select(Selection.id).where(
        Selection.round_id == round_.id,
        Selection.issued,
        Selection.disposition == PENDING,
        has_link(),
    )


def count_silent(session: Session, round_: Round) -> int:
    """Return how many hold a link and have not been heard of."""
    query = select(func.count()).select_from(select_silent(round_).subquery())
    return session.scalar(query) or 0


def release_reserves(
    session: Session, round_: Round, actor: str, reason: str, strata: Container[str] | None = None
) -> dict[str, int]:
    """Release reserves in each stratum for the people it has lost; return how many by stratum.

    `strata` are those to release in; None stands for all.

    Lost is who refused, was not reached or is not eligible: dispositions, never answers. Released
    are the next ones in the drawn order of the same stratum, as far as its reserve goes. They
    need links of their own afterwards.
    """
    reason = check_reason(reason)
    lock_round(session, round_)
    require_status(round_, FIELD)
    draw = read_draw(session, round_)
    already = list_released(session, round_)
    counts: dict[str, int] = {}
    for shortage in find_shortages(session, round_):
        name = shortage.stratum
        if not shortage.releasable or not (strata is None or name in strata):
            continue
        unit_ids = next_reserves(draw, name, already.get(name, []), shortage.releasable)
        release(session, round_, name, unit_ids)
        session.add(
            Release(
                round_id=round_.id,
                stratum=name,
                unit_ids=unit_ids,
                reason=reason,
                released_by=actor,
            )
        )
        counts[name] = len(unit_ids)
    if counts:
        session.flush()
        record_event(session, actor, "reserves.release", round_.id, strata=counts, reason=reason)
    return counts


def release(session: Session, round_: Round, stratum: str, unit_ids: Sequence[str]) -> None:
    """Mark the next reserves of a stratum as asked; they must be the ones named."""
    query = (
        select(Selection)
        .where(
            Selection.round_id == round_.id,
            Selection.stratum == stratum,
            Selection.is_reserve,
            Selection.issued.is_(False),
        )
        .order_by(Selection.position)
        .limit(len(unit_ids))
    )
    chosen = list(session.scalars(query))
    if [selection.person.unit_id for selection in chosen] != list(unit_ids):
        raise Problem(
            N_("stratum {stratum}: reserves were released out of their drawn order"),
            stratum=stratum,
        )
    for selection in chosen:
        selection.issued = True


def check_reason(reason: str) -> str:
    """Return the reason for a release on one line; raise `Problem` when there is none."""
    reason = " ".join(reason.split())
    if not reason:
        raise Problem(N_("give a reason: it stands in the record of the release"))
    if len(reason) > LONGEST_REASON:
        raise Problem(N_("the reason is longer than {longest} characters"), longest=LONGEST_REASON)
    return reason


def list_released(session: Session, round_: Round) -> dict[str, list[str]]:
    """Return the unit ids released so far, by stratum."""
    released: dict[str, list[str]] = {}
    for entry in session.scalars(select(Release).where(Release.round_id == round_.id)):
        released.setdefault(entry.stratum, []).extend(entry.unit_ids)
    return released
