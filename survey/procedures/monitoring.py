"""Monitoring on the site (监测复查): a recognised county's verdicts, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from scoring.measured_county import MeasuredCounty, read_measured
from scoring.monitoring import TitleFinding, YearLevel, monitor, year_level
from scoring.procedure_events import PASSED
from scoring.rule_set import Rule, RuleSet
from scoring.verdict import decide
from survey.assessments.models import VERDICT, Record, Round
from survey.assessments.operations import read_body
from survey.event_logs import EventLog
from survey.procedures.models import Entrant
from survey.procedures.operations import follow_year

BASES = ("school", "difference", "survey")
"""Kinds of rules whose figure can be followed through the years."""


@dataclass(frozen=True, slots=True)
class MonitoredYear:
    """A year: the round whose verdict counts, what it said, and the level by the chosen rule."""

    year: int
    round_id: str
    verdict: str
    level: YearLevel
    display: str


@dataclass(frozen=True, slots=True)
class Monitored:
    """What a county's page of monitoring shows."""

    county: str
    rule_set: RuleSet | None
    years: Sequence[MonitoredYear] = ()
    left_out: Sequence[int] = ()
    recognised_in: int | None = None
    findings: Sequence[TitleFinding] = field(default_factory=tuple)

    @property
    def bases(self) -> list[Rule]:
        """Return the rules that a fall can be measured on."""
        return list(self.rule_set.of_kind(*BASES)) if self.rule_set else []


def read_years(session: Session, region: str) -> tuple[dict[int, tuple[str, MeasuredCounty]], str]:
    """Return the newest verdict of each year with its round, and the county's name.

    A rehearsal is no year.
    """
    query = (
        select(Record, Round)
        .join(Round, Record.round_id == Round.id)
        .where(Round.region == region, Round.is_rehearsal.is_(False), Record.kind == VERDICT)
        .order_by(Round.year, Record.created_at, Record.id)
    )
    found: dict[int, tuple[str, MeasuredCounty]] = {}
    name = ""
    for record, round_ in session.execute(query):
        found[round_.year] = (round_.id, read_measured(read_body(record)))
        name = round_.county
    return found, name


def find_recognition(session: Session, region: str) -> int | None:
    """Return the year in which a county passed the last stage, or None; a rehearsal is none."""
    query = (
        select(EventLog, Entrant)
        .join(Entrant, Entrant.log_id == EventLog.id)
        .where(Entrant.region == region, EventLog.is_rehearsal.is_(False))
        .order_by(EventLog.year)
    )
    for log, entrant in session.execute(query):
        way = follow_year(session, log).counties.get(entrant.name)
        if way and list(way.stages.values())[-1].status == PASSED:
            return log.year
    return None


def monitor_county(
    session: Session,
    region: str,
    *,
    basis: str = "",
    since: int | None = None,
    exceptional: frozenset[int] = frozenset(),
) -> Monitored:
    """Return a county's years and whether its title is kept.

    Parameters
    ----------
    basis
        The rule whose figure is followed; no text says which, and without one a fall is not
        measured.
    since
        The year of the recognition; by default what the procedure's log says.
    exceptional
        Years of 非常情况.

    Verdicts under another rule set than the newest one's are left out, and their years told.
    """
    found, county = read_years(session, region)
    recognised_in = since if since is not None else find_recognition(session, region)
    if not found:
        return Monitored(county, None, recognised_in=recognised_in)
    rule_set = found[max(found)][1].rule_set
    same = {year: one for year, one in found.items() if one[1].rule_set.digest == rule_set.digest}
    known = {rule.id for rule in rule_set.of_kind(*BASES)}
    used = basis if basis in known else ""
    levels = {
        year: year_level(measured, used, is_exceptional=year in exceptional)
        for year, (_, measured) in same.items()
    }
    findings: Sequence[TitleFinding] = ()
    if recognised_in is not None and recognised_in <= max(found):
        findings = monitor(rule_set.monitoring, recognised_in, max(found), levels)
    return Monitored(
        county,
        rule_set,
        [
            MonitoredYear(
                year, round_id, decide(measured.findings), levels[year], _display(measured, used)
            )
            for year, (round_id, measured) in sorted(same.items())
        ],
        sorted(set(found) - set(same)),
        recognised_in,
        findings,
    )


def _display(measured: MeasuredCounty, basis: str) -> str:
    """Return the figure of a rule as its findings show it: a share of sections, or the value."""
    found = [finding for finding in measured.findings if finding.rule.id == basis]
    if not found:
        return ""
    if found[0].rule.kind == "school":
        met = sum(finding.outcome == "met" for finding in found)
        return f"{met} / {len(found)}"
    value: Mapping[str, str] = found[0].measured or {}
    return value.get("display", "")
