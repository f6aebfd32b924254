"""Taking a roster in, whole or not at all, and giving the frame (抽样框) out."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from sampling.frame import COLUMNS, Frame, make_frame
from sampling.survey_rules import SurveyRules, load_survey_rules
from survey.assessments.models import DRAFT, FRAME, PLAN, Round
from survey.assessments.operations import (
    delete_record,
    find_record,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.frames.identity import Identity, Vault, make_pseudonyms
from survey.frames.models import Person
from survey.frames.roster import Roster, RosterRow, read_roster
from survey.settings import Settings
from survey.tables import read_table

# The report of the last import, kept as a record of the round but not as a certificate: it is for
# the supervisor's page, and a new import writes over it.
ROSTER = "roster"

UNIT_COLUMNS = (
    Person.unit_id,
    Person.category,
    Person.township,
    Person.area,
    Person.grade_band,
    Person.school,
)


@dataclass(frozen=True, slots=True)
class RosterReport:
    """What an import took in, in counts: rows, people, and people by each of the frame's columns.

    `mergers` lists ``{"kept", "dropped", "rows"}``: rows left out because the person stands on
    another list too, or (kept = dropped) several times on one.
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
    session.refresh(round_, with_for_update=True)  # of two uploads at once the second waits
    require_status(round_, DRAFT)
    rows = list(seal_people(settings, round_.id, roster.people))
    units = [[row["unit_id"], *(row[column] for column in COLUMNS[1:])] for row in rows]
    frame = make_frame(units, load_survey_rules(round_.survey_rules))
    session.execute(delete(Person).where(Person.round_id == round_.id))
    for kind in (FRAME, PLAN):
        delete_record(session, round_, kind)
    session.execute(insert(Person), rows)
    report = make_report(roster, frame)
    save_record(session, round_, ROSTER, {"format": 1, "kind": ROSTER, **asdict(report)})
    record_event(
        session,
        actor,
        "roster.import",
        round_.id,
        rows=report.n_rows,
        people=report.n_people,
        frame_digest=frame.digest,
    )
    return report


def seal_people(
    settings: Settings, round_id: str, people: tuple[RosterRow, ...]
) -> Iterator[dict[str, Any]]:
    """Yield the database rows of people: pseudonym and place in the open, identity encrypted."""
    vault = Vault.of(settings, round_id)
    for unit_id, row in zip(make_pseudonyms(len(people)), people, strict=True):
        identity = Identity(row.id, row.name, row.phone, row.class_name)
        yield {
            "round_id": round_id,
            "unit_id": unit_id,
            "category": row.category,
            "township": row.township,
            "area": row.area,
            "grade_band": row.grade_band,
            "school": row.school,
            "identity": vault.encrypt(unit_id, identity),
        }


def make_report(roster: Roster, frame: Frame) -> RosterReport:
    """Return an import in counts."""
    eligible, everybody = frame.count_eligible(), Counter(unit.category for unit in frame.units)
    return RosterReport(
        encoding=roster.encoding,
        n_rows=roster.n_rows,
        n_people=len(frame.units),
        n_eligible=len(frame.eligible),
        mergers=[asdict(merger) for merger in roster.mergers],
        categories={
            name: {"eligible": eligible[name], "ineligible": everybody[name] - eligible[name]}
            for name in everybody
        },
        areas=cross((unit.category, unit.area) for unit in frame.units),
        grade_bands=cross((unit.category, unit.grade_band) for unit in frame.units),
        townships=dict(Counter(unit.township for unit in frame.units)),
    )


def cross(pairs: Iterable[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Return counts by category, then by value."""
    counts: dict[str, dict[str, int]] = {}
    for (category, value), count in Counter(pairs).items():
        counts.setdefault(category, {})[value] = count
    return counts


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
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for part in session.execute(query.execution_options(yield_per=5000)).partitions():
        writer.writerows(part)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
