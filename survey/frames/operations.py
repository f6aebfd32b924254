"""Taking a roster in, whole or not at all, and giving the frame (抽样框) out."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from sampling.frame import COLUMNS, Frame, make_frame
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
from survey.frames.changes import compare_traces, find_last_trace, make_trace
from survey.frames.contacts import hold_roster_key
from survey.frames.identity import Identity, Vault, make_pseudonyms
from survey.frames.models import Person, RosterTrace
from survey.frames.roster import Roster, read_roster
from survey.settings import Settings, read_roster_keys
from survey.tables import read_table

# The report of the last import, kept as a record of the round but not as a certificate: it is for
# the supervisor's page, and a new import writes over it.
ROSTER = "roster"

PERSON_COLUMNS = ("unit_id", *COLUMNS[1:])
UNIT_COLUMNS = tuple(getattr(Person, name) for name in PERSON_COLUMNS)
BATCH = 5000


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


@dataclass(frozen=True, slots=True)
class Sealed:
    """A roster ready to be stored: made before the transaction, which others wait for.

    `keys` are the roster's keys it was encrypted under; `identities` go with `units` one by one.
    """

    keys: tuple[str, ...]
    units: list[tuple[str, ...]]
    identities: list[bytes]
    frame: Frame
    trace: bytes


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
    sealed = seal_roster(settings, round_, roster)
    return store_sealed(session, settings, round_, roster, sealed, actor=actor)


def store_sealed(
    session: Session,
    settings: Settings,
    round_: Round,
    roster: Roster,
    sealed: Sealed,
    *,
    actor: str,
) -> RosterReport:
    """Keep a roster that is encrypted already; raise `Problem` if the key is another by now."""
    lock_round(session, round_)
    require_status(round_, DRAFT)
    hold_roster_key(session)
    if sealed.keys != read_roster_keys(settings):
        raise Problem(N_("the roster's key was changed meanwhile; begin again"))
    forget_people(session, round_)
    for start in range(0, len(sealed.units), BATCH):
        end = start + BATCH
        pairs = zip(sealed.units[start:end], sealed.identities[start:end], strict=True)
        rows = [make_values(round_.id, unit, identity) for unit, identity in pairs]
        session.execute(insert(Person), rows)
    before = find_last_trace(session, round_)
    session.add(RosterTrace(round_id=round_.id, digests=sealed.trace))
    changes = None if before is None else compare_traces(before, sealed.trace)
    report = make_report(roster, sealed.frame, changes)
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


def seal_roster(settings: Settings, round_: Round, roster: Roster) -> Sealed:
    """Return a roster under fresh pseudonyms, encrypted."""
    keys, vault = read_roster_keys(settings), Vault.of(settings, round_.id)
    units: list[tuple[str, ...]] = []
    identities: list[bytes] = []
    pseudonyms = make_pseudonyms(len(roster.people))
    for unit_id, row in zip(pseudonyms, roster.people, strict=True):
        place = (row.category, row.township, row.area, row.grade_band, row.school)
        units.append((unit_id, *place))
        identity = Identity(row.id, row.name, row.phone, row.class_name)
        identities.append(vault.encrypt(unit_id, identity))
    frame = make_frame(units, load_survey_rules(round_.survey_rules))
    return Sealed(keys, units, identities, frame, make_trace(settings, round_, roster.people))


def make_values(round_id: str, unit: tuple[str, ...], identity: bytes) -> dict[str, Any]:
    """Return the values of a person's row in the database."""
    named = dict(zip(PERSON_COLUMNS, unit, strict=True))
    return {"round_id": round_id, "identity": identity, **named}


def make_report(
    roster: Roster, frame: Frame, changes: dict[str, dict[str, int]] | None
) -> RosterReport:
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
        schools=dict(Counter(unit.school for unit in frame.units if unit.school)),
        changes=changes,
        frame_digest=frame.digest,
        frame_sha256=hash_lines(write_lines(frame.units)),
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
    yield from write_lines(session.execute(query.execution_options(yield_per=BATCH)))


def write_lines(units: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield units as CSV, piece by piece."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, unit in enumerate(units, start=1):
        writer.writerow(unit)
        if number % BATCH == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def hash_lines(lines: Iterable[str]) -> str:
    """Return the SHA-256 of a text that comes piece by piece."""
    hashed = hashlib.sha256()
    for line in lines:
        hashed.update(line.encode())
    return hashed.hexdigest()
