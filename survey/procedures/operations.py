"""A province's year on the site: opened, entered by counties, carried on level by level.

What is allowed where is `scoring.procedure`'s to say; here stands who may say it. A stage belongs
to its own level: a county's official cannot decide for the city, nor the nation for the county.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from flask import abort
from sqlalchemy import literal, or_, select
from sqlalchemy.orm import Session

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem
from scoring.procedure import ENDED, ProvinceYear
from scoring.procedure_events import RETURNED, Event, Opening
from scoring.procedure_log import append_event, follow_procedure, open_procedure
from scoring.rule_set import RuleSet, load_rule_set, rule_set_ids
from scoring.stages import Stage
from survey.accounts.models import OFFICIAL, User
from survey.assessments.models import Round
from survey.audit_log import record_event
from survey.event_logs import PROCEDURE, EventLog, append_line, find_log, read_lines
from survey.procedures.models import Entrant

LEVELS = {0: "nation", 2: "province", 4: "city", 6: "county"}
"""Whose region has so many digits."""

BEIJING = timezone(timedelta(hours=8))
"""A last day ends at midnight where the procedure is; China has one time."""


def level_of(user: User) -> str:
    """Return the level that somebody answers for."""
    return LEVELS.get(len(user.region), "")


def schemes() -> list[RuleSet]:
    """Return the rule sets that have a procedure."""
    found = (load_rule_set(name) for name in rule_set_ids())
    return [rule_set for rule_set in found if rule_set.stages]


def may_open(user: User) -> bool:
    """Say whether somebody may begin the year of a province: its officials and the nation's."""
    return user.has_role(OFFICIAL) and level_of(user) in ("province", "nation")


def open_year(
    session: Session,
    user: User,
    *,
    region: str,
    province: str,
    year: int,
    rule_set_id: str,
    is_rehearsal: bool,
) -> EventLog:
    """Begin the log of a province's year; raise `Problem` where there is one, or it is not theirs.

    The log of a rehearsal says so in its first line, for nothing else of it would.
    """
    if not may_open(user) or not user.may_see(region):
        raise Problem(N_("the year of a province is begun by the province or the nation"))
    if find_log(session, PROCEDURE, region, year, rule_set_id, is_rehearsal=is_rehearsal):
        raise Problem(N_("there is a log for this province, year and rule set already"))
    log = EventLog(
        kind=PROCEDURE,
        region=region,
        title=province,
        year=year,
        rule_set=rule_set_id,
        is_rehearsal=is_rehearsal,
    )
    session.add(log)
    session.flush()
    named = f"{province}（演练）" if is_rehearsal else province
    opening = Opening(named, year, user.username, now_in_china())
    rule_set = load_rule_set(rule_set_id)
    line = append_line(session, log, lambda path: open_procedure(path, opening, rule_set))
    record_event(
        session,
        user.username,
        "procedure.open",
        log.id,
        province=named,
        year=year,
        rules=rule_set_id,
        digest=sha256_text(line.body),
    )
    return log


def list_years(session: Session, user: User) -> list[EventLog]:
    """Return the years of the provinces that somebody's region touches, newest first."""
    touches = or_(
        EventLog.region.startswith(user.region, autoescape=True),
        literal(user.region).startswith(EventLog.region),
    )
    query = select(EventLog).where(EventLog.kind == PROCEDURE, touches)
    return list(session.scalars(query.order_by(EventLog.year.desc(), EventLog.region, EventLog.id)))


def load_year(session: Session, log_id: str, user: User) -> EventLog:
    """Return a province's year that somebody's region touches; anything else is a 404."""
    log = session.get(EventLog, log_id)
    if log is None or log.kind != PROCEDURE or not touches_region(user, log):
        abort(404)
    return log


def touches_region(user: User, log: EventLog) -> bool:
    """Say whether a log is of somebody's region, or their region lies in that of the log."""
    return user.may_see(log.region) or user.region.startswith(log.region)


def follow_year(session: Session, log: EventLog) -> ProvinceYear:
    """Return where everybody stands, every line checked anew."""
    return follow_procedure(read_lines(session, log), load_rule_set(log.rule_set))


def list_entrants(session: Session, log: EventLog, user: User) -> list[Entrant]:
    """Return the counties of a year that somebody may see."""
    query = select(Entrant).where(Entrant.log_id == log.id).order_by(Entrant.region)
    return [one for one in session.scalars(query) if user.may_see(one.region)]


def load_entrant(session: Session, log: EventLog, region: str, user: User) -> Entrant:
    """Return a county of a year that somebody may see; anything else is a 404."""
    entrant = session.get(Entrant, (log.id, region))
    if entrant is None or not user.may_see(region):
        abort(404)
    return entrant


def years_for(session: Session, round_: Round) -> list[EventLog]:
    """Return the years that a round's county can take part in: its province's, of that year."""
    query = select(EventLog).where(
        EventLog.kind == PROCEDURE,
        EventLog.region == round_.region[:2],
        EventLog.year == round_.year,
        EventLog.is_rehearsal == round_.is_rehearsal,
    )
    return list(session.scalars(query.order_by(EventLog.rule_set)))


def enter_year(session: Session, log: EventLog, round_: Round, user: User) -> Entrant:
    """Let a county take part in its province's year, with one of its rounds.

    Raises `Problem` for anybody but the county's official, for a round of another province or
    year, and where a rehearsal and a real one would meet. A county that takes part already may
    name another round as long as nothing has been decided about it.
    """
    if not user.has_role(OFFICIAL) or level_of(user) != "county" or not user.may_see(round_.region):
        raise Problem(N_("a county takes part through its own official"))
    if log not in years_for(session, round_):
        raise Problem(
            N_("the round belongs to another province or year, or one of the two is a rehearsal")
        )
    session.refresh(log, with_for_update=True)
    entrant = session.get(Entrant, (log.id, round_.region))
    if entrant is None:
        name = free_name(session, log, round_)
        entrant = Entrant(log_id=log.id, region=round_.region, name=name, round_id=round_.id)
        session.add(entrant)
    elif entrant.name in follow_year(session, log).counties:
        raise Problem(N_("the county is under way with another round already"))
    entrant.round_id = round_.id
    session.flush()
    record_event(
        session, user.username, "procedure.enter", log.id, region=round_.region, round=round_.id
    )
    return entrant


def free_name(session: Session, log: EventLog, round_: Round) -> str:
    """Return a county's name, with its code where another county of the log bears it."""
    query = select(Entrant.name).where(Entrant.log_id == log.id, Entrant.name == round_.county)
    is_taken = session.scalar(query) is not None
    return f"{round_.county[:70]}（{round_.region}）" if is_taken else round_.county


def require_level(user: User, stage: Stage) -> None:
    """Raise `Problem` unless somebody is an official of the stage's own level."""
    if not user.has_role(OFFICIAL) or level_of(user) != stage.level:
        raise Problem(
            N_("this is for an official of the {level} to do, not of the {own}"),
            level=stage.level,
            own=level_of(user),
        )


def acting_stage(rule_set: RuleSet, event: Event) -> Stage:
    """Return the stage whose level an event is for: papers are sent back by the level above."""
    order = [stage.id for stage in rule_set.stages]
    if event.stage not in order:
        raise Problem(N_("the procedure has no such stage"))
    place = order.index(event.stage) + (event.action == RETURNED)
    if place == len(order):
        raise Problem(N_("there is no level above that could send the papers back"))
    return rule_set.stages[place]


def record_step(
    session: Session, log: EventLog, entrant: Entrant, event: Event, user: User
) -> None:
    """Append what somebody did about a county's stage, with its audit event.

    Raises `Problem`, with nothing kept, for somebody of another level or region and for whatever
    the procedure does not allow.
    """
    rule_set = load_rule_set(log.rule_set)
    require_level(user, acting_stage(rule_set, event))
    session.refresh(log, with_for_update=True)
    if follow_year(session, log).status(entrant.name, event.stage) == ENDED:
        # Said without the name of the county that ended it: that is for others to see.
        raise Problem(N_("the year has ended before stage {stage}"), stage=event.stage)
    line = append_line(session, log, lambda path: append_event(path, event, rule_set))
    record_event(
        session,
        user.username,
        f"procedure.{event.action}",
        log.id,
        region=entrant.region,
        stage=event.stage,
        step=event.step,
        outcome=event.outcome,
        line=line.number,
        digest=sha256_text(line.body),
    )


def now_in_china() -> str:
    """Return the time as ISO 8601 text with China's offset, to the second."""
    return datetime.now(BEIJING).isoformat(timespec="seconds")
