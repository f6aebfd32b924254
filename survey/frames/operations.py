"""Taking a roster in, whole or not at all, and giving the frame (抽样框) out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from sampling.frame import Frame, Unit, make_frame
from sampling.problems import N_, Problem
from sampling.survey_rules import SurveyRules, load_survey_rules
from survey.assessments.models import DRAFT, FRAME, PLAN, Round
from survey.assessments.operations import (
    delete_record,
    find_record,
    lock_round,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.frames.contacts import hold_roster_key
from survey.frames.intake import (
    PERSON_COLUMNS,
    Prepared,
    forget_ready,
    prepare_roster,
    switch,
)
from survey.frames.lines import BATCH, write_lines
from survey.frames.models import Person, RosterTrace
from survey.frames.roster import Roster, read_roster
from survey.settings import Settings, read_roster_keys
from survey.tables import read_table

# The report of the last import, kept as a record of the round but not as a certificate: it is for
# the supervisor's page, and a new import writes over it.
ROSTER = "roster"

UNIT_COLUMNS = tuple(getattr(Person, name) for name in PERSON_COLUMNS)


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import took in, in counts: rows, people, and people by each of the frame's columns.

    `changes` are those since the round before (None if there was none); the two digests are those
    of the frame and of its file. `mergers` lists ``{"kept", "dropped", "rows"}``: rows left out
    because the person stands on another list too, or (kept = dropped) several times on one.
    """

    encoding: str
    n_rows: int
    n_people: int
    n_eligible: int
    mergers: list[dict[str, Any]]
    categories: dict[str, dict[str, int]]
    areas: dict[str, dict[str, int]]
    grade_bands: dict[str, dict[str, int]]
    townships: dict[str, int]
    schools: dict[str, int] = field(default_factory=dict)
    changes: dict[str, dict[str, int]] | None = None
    frame_digest: str = ""
    frame_sha256: str = ""


def import_roster(
    session: Session,
    settings: Settings,
    round_: Round,
    filename: str,
    content: bytes,
    *,
    actor: str,
) -> RosterReport:
    """Read an uploaded roster and take it in, in place of an earlier one.

    Raises `Problem` or `Problems` with everything that is wrong; then nothing was changed.
    """
    rules = load_survey_rules(round_.survey_rules)
    roster = read_roster(read_table(filename, content), rules)
    return store_roster(session, settings, round_, roster, actor)


def store_roster(
    session: Session, settings: Settings, round_: Round, roster: Roster, actor: str
) -> RosterReport:
    """Keep the people of a roster under fresh pseudonyms; a plan made before it is dropped."""
    lock_round(session, round_)  # of two uploads at once the second waits
    require_status(round_, DRAFT)
    hold_roster_key(session)
    prepared = prepare_roster(session, settings, round_, roster)
    report = store_prepared(session, settings, round_, roster, prepared, actor=actor)
    forget_ready(session.connection())
    return report


def store_prepared(
    session: Session,
    settings: Settings,
    round_: Round,
    roster: Roster,
    prepared: Prepared,
    *,
    actor: str,
) -> RosterReport:
    """Take a prepared roster in; raise `Problem` if the key is another by now."""
    lock_round(session, round_)
    require_status(round_, DRAFT)
    hold_roster_key(session)
    if prepared.keys != read_roster_keys(settings):
        raise Problem(N_("the roster's key was changed meanwhile; begin again"))
    forget_people(session, round_)
    switch(session.connection(), round_)
    session.add(RosterTrace(round_id=round_.id, digests=prepared.trace))
    report = make_report(roster, prepared, load_survey_rules(round_.survey_rules))
    save_record(session, round_, ROSTER, {"format": 1, "kind": ROSTER, **asdict(report)})
    record_event(
        session,
        actor,
        "roster.import",
        round_.id,
        rows=report.n_rows,
        people=report.n_people,
        frame_digest=report.frame_digest,
    )
    return report


def remove_roster(session: Session, round_: Round, actor: str) -> int:
    """Remove a roster that was taken in, and a plan made from it; return how many people."""
    lock_round(session, round_)
    require_status(round_, DRAFT)
    people = forget_people(session, round_)
    delete_record(session, round_, ROSTER)
    record_event(session, actor, "roster.remove", round_.id, people=people)
    return people


def forget_people(session: Session, round_: Round) -> int:
    """Delete the people of a round and what was made of them; return how many they were."""
    counted = select(func.count()).select_from(Person).where(Person.round_id == round_.id)
    people = session.scalar(counted) or 0
    for model in (Person, RosterTrace):
        session.execute(delete(model).where(model.round_id == round_.id))
    for kind in (FRAME, PLAN):
        delete_record(session, round_, kind)
    return people


def make_report(
    roster: Roster,
    prepared: Prepared,
    rules: SurveyRules,
) -> RosterReport:
    """Return an import in counts."""
    units = [(Unit("", *place), count) for place, count in prepared.groups]
    eligible = cross(
        (unit.category, str(rules.is_eligible(unit.category, unit.grade_band)), count)
        for unit, count in units
    )
    categories = {
        category: {"eligible": by.get("True", 0), "ineligible": by.get("False", 0)}
        for category, by in eligible.items()
    }
    return RosterReport(
        encoding=roster.encoding,
        n_rows=roster.n_rows,
        n_people=sum(count for _, count in units),
        n_eligible=sum(each["eligible"] for each in categories.values()),
        mergers=[asdict(merger) for merger in roster.mergers],
        categories=categories,
        areas=cross((unit.category, unit.area, count) for unit, count in units),
        grade_bands=cross((unit.category, unit.grade_band, count) for unit, count in units),
        townships=add_up((unit.township, count) for unit, count in units),
        schools=add_up((unit.school, count) for unit, count in units if unit.school),
        changes=prepared.changes,
        frame_digest=prepared.frame_digest,
        frame_sha256=prepared.frame_sha256,
    )


def add_up(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return the sums by value."""
    sums: Counter[str] = Counter()
    for value, count in pairs:
        sums[value] += count
    return dict(sums)


def cross(counts: Iterable[tuple[str, str, int]]) -> dict[str, dict[str, int]]:
    """Return sums by category, then by value."""
    sums: dict[str, Counter[str]] = {}
    for category, value, count in counts:
        sums.setdefault(category, Counter())[value] += count
    return {category: dict(by_value) for category, by_value in sums.items()}


def find_report(session: Session, round_: Round) -> RosterReport | None:
    """Return the report of the round's last import, or None."""
    record = find_record(session, round_, ROSTER)
    if record is None:
        return None
    body = read_body(record)
    return RosterReport(**{key: body[key] for key in body if key not in ("format", "kind")})


def read_frame_of(session: Session, round_: Round, rules: SurveyRules) -> Frame:
    """Return the round's frame: pseudonyms and places, no identity."""
    units = session.execute(select(*UNIT_COLUMNS).where(Person.round_id == round_.id))
    return make_frame([tuple(row) for row in units], rules)


def write_frame_lines(session: Session, round_: Round) -> Iterator[str]:
    """Yield the frame as CSV, piece by piece, in the form that ``renkedu verify --frame`` reads."""
    query = select(*UNIT_COLUMNS).where(Person.round_id == round_.id).order_by(Person.unit_id)
    yield from write_lines(session.execute(query.execution_options(yield_per=BATCH)))
