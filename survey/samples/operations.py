"""Plan, draw, links, progress, release: the way of a sample from the frame to the close."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Exists, Select, exists, func, insert, select, update
from sqlalchemy.orm import Session

from sampling.draw import draw_sample
from sampling.frame import Frame
from sampling.problems import N_, Problem
from sampling.quota import plan_quota
from sampling.record import Draw, Plan
from sampling.release import next_reserves
from sampling.survey_rules import load_survey_rules
from survey.assessments.models import DRAFT, DRAW, DRAWN, FIELD, FRAME, FROZEN, PLAN, Round
from survey.assessments.operations import (
    advance,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.frames.identity import Identity, Vault
from survey.frames.models import Person
from survey.frames.operations import find_report, read_frame_of
from survey.responses.codes import code_digest, new_code
from survey.samples.models import (
    LINK_OPEN,
    LINK_REFUSED,
    LINK_SPENT,
    LINK_VOID,
    PENDING,
    UNREACHABLE,
    Link,
    Release,
    Selection,
)
from survey.samples.progress import find_shortages
from survey.samples.records import read_draw, read_plan
from survey.settings import Settings

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A fresh code, for whom it is, and who that is; the code is kept nowhere."""

    code: str
    selection: Selection
    identity: Identity


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Links by what became of them; `waiting` people are asked and have none yet."""

    still_open: int
    used: int
    void: int
    waiting: int


# Plan and draw


def draft_plan(session: Session, round_: Round, targets: Mapping[str, int] | None = None) -> Plan:
    """Return the quota plan for the round's frame, by the rules or with a supervisor's numbers.

    Raises `Problem` when a hard rule cannot be kept, or there is no roster yet.
    """
    return plan_frame(read_frame(session, round_), round_, targets)


def plan_frame(frame: Frame, round_: Round, targets: Mapping[str, int] | None) -> Plan:
    """Return the quota plan of a round for a frame that was read already."""
    rules = load_survey_rules(round_.survey_rules)
    return plan_quota(frame, round_.residents, rules, targets=targets)


def read_frame(session: Session, round_: Round) -> Frame:
    """Return the round's frame; raise `Problem` when there is no roster yet."""
    if not session.scalar(select(exists().where(Person.round_id == round_.id))):
        raise Problem(N_("there is no roster yet; upload it first"))
    return read_frame_of(session, round_, load_survey_rules(round_.survey_rules))


def freeze_plan(
    session: Session,
    round_: Round,
    targets: Mapping[str, int] | None,
    actor: str,
    seen_digest: str | None = None,
) -> Plan:
    """Fix the quotas and the frame they were made for; both become records of the round.

    `seen_digest` is the digest of the frame whose numbers were looked at; raises `Problem` when the
    roster is another one by now. Without it the frame is taken as it is.
    """
    lock(session, round_)
    require_status(round_, DRAFT)
    frame = read_frame(session, round_)
    if seen_digest is not None and seen_digest != frame.digest:
        raise Problem(
            N_("the roster is not the one these numbers were shown for; look at them again")
        )
    plan = plan_frame(frame, round_, targets)
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


def draw_round(session: Session, round_: Round, seed: str, actor: str) -> Draw:
    """Draw the sample with a seed stated in public; the certificate becomes a record."""
    lock(session, round_)
    require_status(round_, FROZEN)
    plan = read_plan(session, round_)
    draw = draw_sample(read_frame(session, round_), plan, seed)
    record = save_record(session, round_, DRAW, dict(draw))
    session.execute(insert(Selection), list(list_selections(session, round_, plan, draw)))
    advance(round_, DRAWN)
    record_event(
        session, actor, "sample.draw", round_.id, n=draw["n"], seed=seed, draw_digest=record.digest
    )
    return draw


def list_selections(
    session: Session, round_: Round, plan: Plan, draw: Draw
) -> Iterator[dict[str, object]]:
    """Yield the database rows of everybody drawn; the sample is issued at once."""
    query = select(Person.unit_id, Person.id).where(Person.round_id == round_.id)
    people = {row.unit_id: row.id for row in session.execute(query)}
    unions = {
        stratum: union["answer_stratum"]
        for union in plan["answer_strata"]
        for stratum in union["strata"]
    }
    for stratum in draw["strata"]:
        name = stratum["stratum"]
        for position, unit_id in enumerate([*stratum["sample"], *stratum["reserve"]], start=1):
            is_reserve = position > stratum["n"]
            yield {
                "round_id": round_.id,
                "person_id": people[unit_id],
                "stratum": name,
                "answer_stratum": unions[name],
                "position": position,
                "is_reserve": is_reserve,
                "issued": not is_reserve,
                "disposition": PENDING,
            }


def lock(session: Session, round_: Round) -> None:
    """Hold the round until the commit, as it stands now; of two at once the second waits."""
    session.refresh(round_, with_for_update=True)


# Links


def issue_links(
    session: Session, settings: Settings, round_: Round, actor: str, replace: bool = False
) -> list[IssuedLink]:
    """Make links for the people asked who have none; the first time opens the field.

    With `replace` every link still open is voided and its person gets a new one; who answered or
    refused keeps what they have. Sorted the way cards are handed out: township, school, class.
    The codes are in the answer only; the database holds their keyed digests.
    """
    lock(session, round_)
    require_status(round_, DRAWN, FIELD)
    voided = void_open_links(session, round_) if replace else 0
    waiting = find_people_without_link(session, round_)
    if not waiting:
        raise Problem(N_("everybody who is asked has a link already; nothing was made"))
    vault = Vault.of(settings, round_.id)
    issued = [IssuedLink(new_code(), chosen, vault.read(chosen.person)) for chosen in waiting]
    session.add_all(
        Link(
            round_id=round_.id,
            selection_id=link.selection.id,
            code_digest=code_digest(settings.link_key, link.code),
        )
        for link in issued
    )
    if round_.status == DRAWN:
        advance(round_, FIELD)
    session.flush()
    record_event(session, actor, "links.issue", round_.id, links=len(issued), voided=voided)
    return sorted(issued, key=hand_out_order)


def hand_out_order(link: IssuedLink) -> tuple[str, ...]:
    """Return what cards are sorted by: where they go, then who gets them."""
    person, identity = link.selection.person, link.identity
    return person.township, person.school, person.category, identity.class_name, identity.name


def void_open_links(session: Session, round_: Round) -> int:
    """Void every link that is still open; return how many."""
    open_links = select(Link.id).where(Link.round_id == round_.id, Link.state == LINK_OPEN)
    found = list(session.scalars(open_links.with_for_update()))
    for part in in_parts(found):
        session.execute(
            update(Link).where(Link.id.in_(part), Link.state == LINK_OPEN).values(state=LINK_VOID)
        )
    return len(found)


def find_people_without_link(session: Session, round_: Round) -> list[Selection]:
    """Return whoever is asked, has neither answered nor refused, and holds no link."""
    query = select(Selection).where(
        Selection.round_id == round_.id,
        Selection.issued,
        Selection.disposition.in_((PENDING, UNREACHABLE)),
        ~has_link(),
    )
    return list(session.scalars(query.order_by(Selection.stratum, Selection.position)))


def has_link() -> Exists:
    """Return the condition that a selection holds a link that is not void."""
    return exists().where(Link.selection_id == Selection.id, Link.state != LINK_VOID)


def count_links(session: Session, round_: Round) -> LinkCounts:
    """Return how many links are out, and how many people who are asked have none."""
    states = select(Link.state, func.count()).where(Link.round_id == round_.id).group_by(Link.state)
    by_state = {row[0]: row[1] for row in session.execute(states)}
    return LinkCounts(
        still_open=by_state.get(LINK_OPEN, 0),
        used=by_state.get(LINK_SPENT, 0) + by_state.get(LINK_REFUSED, 0),
        void=by_state.get(LINK_VOID, 0),
        waiting=len(find_people_without_link(session, round_)),
    )


def in_parts(keys: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Yield `keys` in parts that every database takes in one statement."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


# Release of reserves


def mark_unreachable(
    session: Session, round_: Round, actor: str, at_most: int | None = None
) -> int:
    """Note as not reached whoever holds a link and has not been heard of; return how many.

    Their links stay open: who comes late is welcome. Reserves that were released but have no card
    yet are left alone. Raises `Problem` for more than `at_most`, the number that was confirmed.
    """
    lock(session, round_)
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


def release_reserves(session: Session, round_: Round, actor: str, reason: str) -> dict[str, int]:
    """Release reserves in each stratum for the people it has lost; return how many by stratum.

    Lost is who refused, was not reached or is not eligible: dispositions, never answers. Released
    are the next ones in the drawn order of the same stratum, as far as its reserve goes. They
    need links of their own afterwards.
    """
    reason = check_reason(reason)
    lock(session, round_)
    require_status(round_, FIELD)
    draw = read_draw(session, round_)
    already = list_released(session, round_)
    counts: dict[str, int] = {}
    for shortage in find_shortages(session, round_):
        if not shortage.releasable:
            continue
        name = shortage.stratum
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
