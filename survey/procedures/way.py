"""A county's way through a year as its page shows it: stages, history, and what may be done now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from sampling.canonical import digest
from sampling.problems import Problem
from scoring.procedure import NOT_BEGUN, UNDER_WAY, ProvinceYear, StageWay
from scoring.procedure_events import (
    DECIDED,
    FAILED,
    PASSED,
    PUBLISHED,
    RETURNED,
    SUBMITTED,
    Event,
)
from scoring.rule_set import RuleSet
from scoring.stages import Stage
from survey.accounts.models import OFFICIAL, User
from survey.procedures.operations import acting_stage, level_of, now_in_china

ANY_PAPER = "0" * 64
"""Stands for the digest of a paper while it is only asked whether an act would be taken."""

ACTS = (DECIDED, SUBMITTED, RETURNED, PUBLISHED)


@dataclass(frozen=True, slots=True)
class Act:
    """Something that may be done now: the event it would be, but for what a person adds.

    `late_days` is how late papers handed on today are: a reason is asked for then.
    """

    event: Event
    late_days: int = 0


@dataclass(frozen=True, slots=True)
class StageState:
    """A stage as it stands: what is open for the reader to do, and what holds a decision up."""

    stage: Stage
    way: StageWay
    status: str
    unpublished: Sequence[str]
    acts: Sequence[Act]
    hindrance: Problem | None

    def act(self, action: str) -> Act | None:
        """Return the act of a kind that may be done now, or None."""
        return next((act for act in self.acts if act.event.action == action), None)

    def acts_of(self, action: str) -> list[Act]:
        """Return the acts of a kind that may be done now."""
        return [act for act in self.acts if act.event.action == action]


@dataclass(frozen=True, slots=True)
class PastEvent:
    """A line of the log about the county: what it says, its number and its digest."""

    line: Mapping[str, Any]
    number: int
    digest: str


def list_stages(year: ProvinceYear, rule_set: RuleSet, county: str, user: User) -> list[StageState]:
    """Return every stage of a county with what `user` may do about it now."""
    return [stage_state(year, rule_set, county, stage, user) for stage in rule_set.stages]


def stage_state(
    year: ProvinceYear, rule_set: RuleSet, county: str, stage: Stage, user: User
) -> StageState:
    """Return one stage of a county with what `user` may do about it now."""
    way = year.counties.get(county)
    here = way.stages[stage.id] if way else StageWay()
    acts, hindrance = [], None
    status = year.status(county, stage.id)
    for event in candidates(stage, here, county):
        if not is_theirs(user, rule_set, event):
            continue
        late_days, problem = would_take(year, event)
        if problem is None:
            acts.append(Act(event, late_days))
        elif event.action == DECIDED and status in (NOT_BEGUN, UNDER_WAY):
            hindrance = problem
    return StageState(
        stage,
        here,
        status,
        year.unpublished(county, stage.id),
        acts,
        hindrance,
    )


def candidates(stage: Stage, here: StageWay, county: str) -> list[Event]:
    """Return every event that could come next in a stage, with all it needs but its substance."""
    done = [] if here.status == FAILED else here.steps
    step = next((one.id for one in stage.steps if one.id not in done), "")
    papers = dict.fromkeys(stage.submits, ANY_PAPER)
    bare = Event("", county, stage.id, by="?", time=now_in_china())
    handing = [replace(bare, action=SUBMITTED, evidence=papers, reason="?")]
    return [
        replace(bare, action=DECIDED, step=step, outcome=PASSED, evidence={"?": ANY_PAPER}),
        *(handing if stage.submits else []),
        replace(bare, action=RETURNED, reason="?"),
        *(
            replace(bare, action=PUBLISHED, name=name, days=stage.publication_days)
            for name in stage.publishes
        ),
    ]


def is_theirs(user: User, rule_set: RuleSet, event: Event) -> bool:
    """Say whether an event is for somebody of this level to bring about."""
    try:
        level = acting_stage(rule_set, event).level
    except Problem:
        return False
    return user.has_role(OFFICIAL) and level_of(user) == level


def would_take(year: ProvinceYear, event: Event) -> tuple[int, Problem | None]:
    """Return by how many days an event would be late, and why it would not be taken, if so."""
    try:
        return deepcopy(year).apply(event), None
    except Problem as problem:
        return 0, problem


def list_events(lines: Sequence[Mapping[str, Any]], county: str) -> list[PastEvent]:
    """Return what was done about a county, the newest first."""
    found = [
        PastEvent(line, number, digest(line))
        for number, line in enumerate(lines, start=1)
        if line.get("county") == county
    ]
    return found[::-1]
