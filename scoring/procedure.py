"""评估程序: a county's way through the stages of a year, strictly in order, as the rule set has it.

Stages, steps, days, publications and what a failure ends all come from the rule set. Events come
from a log (`scoring.procedure_log`), one for a province's year; where everybody stands follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from sampling.problems import N_, Problem
from scoring.procedure_events import (
    DECIDED,
    FAILED,
    PASSED,
    PUBLISHED,
    RETURNED,
    SUBMITTED,
    Event,
    Opening,
)
from scoring.rule_set import RuleSet
from scoring.stages import Stage

NOT_BEGUN, UNDER_WAY, ENDED = "not_begun", "under_way", "ended"
STATUSES = {
    NOT_BEGUN: "未开始",
    UNDER_WAY: "进行中",
    PASSED: "通过",
    SUBMITTED: "已报送",
    RETURNED: "已退回",
    FAILED: "未通过",
    ENDED: "已终止",
}
"""Where a county stands in a stage, by code."""


@dataclass(slots=True)
class StageWay:
    """Where a county stands in one stage.

    `steps` are those passed so far. `published` has first and last day by what was published;
    the last is empty where it stays public. `late_days` is how late the papers were handed on.
    """

    status: str = NOT_BEGUN
    steps: list[str] = field(default_factory=list)
    decided_by: str = ""
    decided_on: str = ""
    submitted_on: str = ""
    late_days: int = 0
    published: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(slots=True)
class CountyWay:
    """A county's stages by id; `ended_at` is the stage whose failure ended its year, or empty."""

    stages: dict[str, StageWay]
    ended_at: str = ""

    @property
    def passed(self) -> frozenset[str]:
        """The stages that it has passed, for targets that ask for recognition."""
        done = (PASSED, SUBMITTED, RETURNED)
        return frozenset(name for name, way in self.stages.items() if way.status in done)


@dataclass(frozen=True, slots=True)
class ProvinceEnd:
    """The first failure that ended the year for the province: whose, and at which stage."""

    county: str
    stage: str
    step: str


class ProvinceYear:
    """The state of a province's year, after the events that were applied in their order."""

    def __init__(self, rule_set: RuleSet, opening: Opening) -> None:
        if not rule_set.stages:
            raise Problem(N_("rule set {id} has no stages"), id=rule_set.id)
        self.opening = opening
        self.counties: dict[str, CountyWay] = {}
        self.ended: ProvinceEnd | None = None
        self._stages = {stage.id: stage for stage in rule_set.stages}
        self._order = [*self._stages]

    def apply(self, event: Event) -> int:
        """Take an event in and return by how many days it is late, 0 where it is in time.

        Raises `Problem` for whatever the procedure does not allow: a stage or step out of order,
        papers that are missing, a publication too short, something late without a reason, and
        anything after the year has ended for the county or its province.
        """
        stage = self._stage(event)
        way = self.counties.get(event.county) or self._new_way()
        self._check_ended(event, way)
        self._check_day(event)
        acts = {
            DECIDED: self._decide,
            SUBMITTED: self._submit,
            RETURNED: self._return,
            PUBLISHED: self._publish,
        }
        late_days = acts[event.action](event, stage, way)
        self.counties[event.county] = way
        return late_days

    def status(self, county: str, stage_id: str) -> str:
        """Return where a county stands in a stage; `ended` where its year ended before that."""
        way = self.counties.get(county)
        own = way.stages[stage_id].status if way else NOT_BEGUN
        is_open = own in (NOT_BEGUN, UNDER_WAY)
        if is_open and way and way.ended_at:
            return ENDED
        return ENDED if is_open and self._is_barred(stage_id) else own

    def unpublished(self, county: str, stage_id: str) -> list[str]:
        """Return what a decided stage has to publish and, as far as the log says, has not."""
        way = self.counties.get(county)
        if way is None or way.stages[stage_id].status in (NOT_BEGUN, UNDER_WAY):
            return []
        published = way.stages[stage_id].published
        return [name for name in self._stages[stage_id].publishes if name not in published]

    def _new_way(self) -> CountyWay:
        return CountyWay({name: StageWay() for name in self._order})

    def _stage(self, event: Event) -> Stage:
        if event.stage not in self._stages:
            raise Problem(
                N_("the procedure has no stage {stage!r}; its stages are: {known}"),
                stage=event.stage,
                known=", ".join(self._order),
            )
        return self._stages[event.stage]

    def _is_barred(self, stage_id: str) -> bool:
        """Return whether the province's year has ended for this stage and those after it."""
        if self.ended is None:
            return False
        return self._order.index(stage_id) >= self._order.index(self.ended.stage)

    def _check_ended(self, event: Event, way: CountyWay) -> None:
        if way.ended_at:
            raise Problem(
                N_("the year has ended for {county}: it failed at stage {stage}"),
                county=event.county,
                stage=way.ended_at,
            )
        if self.ended is not None and self._is_barred(event.stage):
            raise Problem(
                N_("the year has ended for the province: {county} failed at stage {stage}"),
                county=self.ended.county,
                stage=self.ended.stage,
            )

    def _check_day(self, event: Event) -> None:
        if int(event.day[:4]) < self.opening.year:
            raise Problem(
                N_("{day} is before the year {year}"), day=event.day, year=self.opening.year
            )

    def _neighbour(self, stage: Stage, step: int) -> Stage | None:
        place = self._order.index(stage.id) + step
        return self._stages[self._order[place]] if 0 <= place < len(self._order) else None

    def _check_open(self, stage: Stage, way: CountyWay) -> None:
        """Raise `Problem` unless the stage before was passed, and its papers handed on."""
        before = self._neighbour(stage, -1)
        if before is None:
            return
        needed = SUBMITTED if hands_on(before) else PASSED
        if way.stages[before.id].status != needed:
            raise Problem(
                N_("stage {stage} is not open: stage {before} is {status}, expected {needed}"),
                stage=stage.id,
                before=before.id,
                status=way.stages[before.id].status,
                needed=needed,
            )

    def _decide(self, event: Event, stage: Stage, way: CountyWay) -> int:
        self._check_open(stage, way)
        here = way.stages[stage.id]
        is_again = here.status == FAILED and self._neighbour(stage, -1) is None
        if here.status not in (NOT_BEGUN, UNDER_WAY) and not is_again:
            raise Problem(
                N_("stage {stage} is {status} already"), stage=stage.id, status=here.status
            )
        steps = [] if is_again else here.steps
        expected = [step.id for step in stage.steps if step.id not in steps][:1] or [""]
        if event.step != expected[0]:
            raise Problem(
                N_("stage {stage}: the step to be decided is {expected!r}, got {got!r}"),
                stage=stage.id,
                expected=expected[0],
                got=event.step,
            )
        passed = [*steps, event.step] if event.outcome == PASSED and event.step else [*steps]
        is_last = event.outcome == PASSED and len(passed) == len(stage.steps)
        if is_last and self._neighbour(stage, 1) is None:
            _check_published(event, stage, here)
        here.steps, here.decided_by, here.decided_on = passed, event.by, event.day
        here.status = PASSED if is_last else UNDER_WAY
        if event.outcome == FAILED:
            self._fail(event, stage, way)
        return 0

    def _fail(self, event: Event, stage: Stage, way: CountyWay) -> None:
        way.stages[stage.id].status = FAILED
        ends = stage.ends_for(event.step)
        if "county" in ends:
            way.ended_at = stage.id
        if "province" in ends and self.ended is None:
            self.ended = ProvinceEnd(event.county, stage.id, event.step)

    def _submit(self, event: Event, stage: Stage, way: CountyWay) -> int:
        here, after = way.stages[stage.id], self._neighbour(stage, 1)
        is_retry = bool(after) and here.status == SUBMITTED and _is_failed(way, after)
        if here.status not in (PASSED, RETURNED) and not is_retry:
            raise Problem(
                N_("stage {stage} is {status}: papers are handed on once it is passed"),
                stage=stage.id,
                status=here.status,
            )
        missing = [name for name in stage.submits if name not in event.evidence]
        if missing:
            raise Problem(
                N_("stage {stage}: papers are missing: {missing}"),
                stage=stage.id,
                missing=", ".join(missing),
            )
        late_days = days_late(stage, self.opening.year, event.day)
        if late_days and not event.reason:
            raise Problem(
                N_("{days} days after {due}: say in a reason why it is accepted"),
                days=late_days,
                due=stage.due,
            )
        here.status, here.submitted_on, here.late_days = SUBMITTED, event.day, late_days
        if after is not None:
            way.stages[after.id] = StageWay(published=way.stages[after.id].published)
        return late_days

    def _return(self, _: Event, stage: Stage, way: CountyWay) -> int:
        here, after = way.stages[stage.id], self._neighbour(stage, 1)
        is_open = after is not None and way.stages[after.id].status in (NOT_BEGUN, UNDER_WAY)
        if here.status != SUBMITTED or not is_open:
            raise Problem(N_("stage {stage}: there are no papers to be sent back"), stage=stage.id)
        here.status = RETURNED
        return 0

    def _publish(self, event: Event, stage: Stage, way: CountyWay) -> int:
        self._check_open(stage, way)
        if event.name not in stage.publishes:
            raise Problem(
                N_("stage {stage} publishes: {known}; got {got!r}"),
                stage=stage.id,
                known=", ".join(stage.publishes) or "—",
                got=event.name,
            )
        if event.days < stage.publication_days:
            raise Problem(
                N_("stage {stage}: published for {got} days, expected at least {days}"),
                stage=stage.id,
                got=event.days,
                days=stage.publication_days,
            )
        last = _day(event.day) + timedelta(days=event.days)
        way.stages[stage.id].published[event.name] = (
            event.day,
            last.isoformat() if event.days else "",
        )
        return 0


def hands_on(stage: Stage) -> bool:
    """Return whether a stage ends with papers that are handed on to the next."""
    return bool(stage.submits)


def days_late(stage: Stage, year: int, day: str) -> int:
    """Return how many days `day` (``YYYY-MM-DD``) is after the stage's last one, 0 where in time.

    >>> from scoring.rule_set import load_rule_set
    >>> county = load_rule_set("inner-mongolia-2022").stages[0]
    >>> [days_late(county, 2026, day) for day in ("2026-04-30", "2026-05-02")]
    [0, 2]
    """
    if not stage.due:
        return 0
    month, number = map(int, stage.due.split("-"))
    due = date(year, month, 1) + timedelta(days=number - 1)
    return max(0, (_day(day) - due).days)


def _is_failed(way: CountyWay, stage: Stage | None) -> bool:
    return stage is not None and way.stages[stage.id].status == FAILED


def _check_published(event: Event, stage: Stage, here: StageWay) -> None:
    """Raise `Problem` unless all was published, long enough, before the last word."""
    missing = [name for name in stage.publishes if name not in here.published]
    if missing:
        raise Problem(
            N_("stage {stage}: {missing} has to be published before the last word"),
            stage=stage.id,
            missing=", ".join(missing),
        )
    last = max((until for _, until in here.published.values()), default="")
    if last and event.day <= last:
        raise Problem(
            N_("stage {stage}: the publication lasts until {last}"), stage=stage.id, last=last
        )


def _day(text: str) -> date:
    return date.fromisoformat(text)
