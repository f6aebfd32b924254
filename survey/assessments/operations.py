"""Making a round, finding it, moving it on, keeping its records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask import abort
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sampling.canonical import canonical_json, sha256_text
from sampling.problems import N_, Problem
from survey.accounts.models import User
from survey.assessments.models import (
    CLOSED,
    DEFAULT_EDITION,
    DRAFT,
    DRAWN,
    FIELD,
    FROZEN,
    PLAN,
    STATUSES,
    Record,
    Round,
    now,
)
from survey.audit_log import record_event
from survey.frames.models import Person, RosterFile, RosterTrace
from survey.procedures.models import Entrant
from survey.responses.drafts import discard_drafts
from survey.responses.envelope import new_round_key, read_public_key
from survey.results.models import ReliefSwitch
from survey.schools.models import HeldUpload, SchoolVersion
from survey.settings import Settings


@dataclass(frozen=True, slots=True)
class Particulars:
    """What a round is about, as a supervisor may change it until the quotas are frozen.

    `areas` are the residents by area and add up to `residents`; None where they are not known.
    Days are ISO text.
    """

    county: str
    year: int
    residents: int
    residents_source: str
    areas: Mapping[str, int] | None = None
    opens_on: str | None = None
    closes_on: str | None = None
    rule_set: str = "national-2017"
    edition: str = DEFAULT_EDITION


def create_round(
    session: Session,
    settings: Settings,
    particulars: Particulars,
    *,
    region: str,
    is_rehearsal: bool,
    public_key: str,
    actor: str,
) -> Round:
    """Make a round.

    A real round is given the public key (64 hex characters) that the level above made, now or with
    `set_public_key` before links are made. A rehearsal makes its own pair and keeps the private
    key on this machine, which its pages say.

    Raises `Problem` for a real round where log-ins need no second factor.
    """
    if not (is_rehearsal or settings.second_factor):
        raise Problem(
            N_(
                "the second factor is switched off on this machine, so a password alone would open "
                "a real round: only rehearsals can be made here. Whoever runs the site switches it "
                "on (RENKEDU_SECOND_FACTOR=on)"
            )
        )
    if is_rehearsal:
        private_key, public_key = new_round_key()
    round_ = Round(
        region=region,
        is_rehearsal=is_rehearsal,
        public_key=read_public_key(public_key) if public_key.strip() else "",
        **asdict(particulars),
    )
    session.add(round_)
    session.flush()
    if is_rehearsal:
        keep_rehearsal_key(settings, round_, private_key)
    record_event(
        session,
        actor,
        "round.create",
        round_.id,
        county=round_.county,
        year=round_.year,
        rehearsal=is_rehearsal,
    )
    return round_


def change_round(
    session: Session, round_: Round, particulars: Particulars, seen_version: int, actor: str
) -> None:
    """Change what a round is about; a plan that was looked at before is made anew from it.

    Raises `Problem` when somebody else changed the round since `seen_version` was shown, and once
    the quotas are frozen.
    """
    lock_round(session, round_)
    require_status(round_, DRAFT)
    require_version(round_, seen_version)
    changed = {
        name: value for name, value in asdict(particulars).items() if getattr(round_, name) != value
    }
    if not changed:
        return
    for name, value in changed.items():
        setattr(round_, name, value)
    round_.version += 1
    delete_record(session, round_, PLAN)
    record_event(session, actor, "round.change", round_.id, **changed)


def require_version(round_: Round, seen_version: int) -> None:
    """Raise `Problem` when a round is no longer as it was shown."""
    if round_.version != seen_version:
        raise Problem(
            N_(
                "somebody else changed this in the meantime; nothing of yours was kept. Look at "
                "how it stands now and enter your change again"
            )
        )


def set_public_key(session: Session, round_: Round, public_key: str, actor: str) -> None:
    """Take the public key that the level above hands over; it is final once links are made."""
    lock_round(session, round_)
    require_status(round_, DRAFT, FROZEN, DRAWN)
    if round_.is_rehearsal:
        raise Problem(N_("a rehearsal has a key of its own"))
    round_.public_key = read_public_key(public_key)
    record_event(session, actor, "round.key", round_.id, public_key=round_.public_key)


def delete_round(session: Session, settings: Settings, round_: Round, actor: str) -> None:
    """Remove a round that has not come to anything yet, with its roster and its figures.

    Raises `Problem` once its quotas are frozen: from then on it stays, for its records are out. It
    stays, too, while the county takes part in its province's year with it.
    """
    lock_round(session, round_)
    require_status(round_, DRAFT)
    if session.scalar(select(Entrant.log_id).where(Entrant.round_id == round_.id).limit(1)):
        raise Problem(
            N_("the county takes part in a procedure with this round; enter another one first")
        )
    roster = (Person, RosterFile, RosterTrace)
    for model in (Record, *roster, SchoolVersion, HeldUpload, ReliefSwitch):
        session.execute(delete(model).where(model.round_id == round_.id))
    session.delete(round_)
    (settings.round_keys / f"{round_.id}.key").unlink(missing_ok=True)
    told = {"region": round_.region, "county": round_.county, "year": round_.year}
    record_event(session, actor, "round.delete", round_.id, **told)


def keep_rehearsal_key(settings: Settings, round_: Round, private_key: str) -> None:
    """Keep a rehearsal's private key beside the database, readable by this account only."""
    settings.round_keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = settings.round_keys / f"{round_.id}.key"
    path.touch(mode=0o600)
    path.write_text(private_key + "\n", encoding="ascii")


def find_rehearsal_key(settings: Settings, round_: Round) -> str | None:
    """Return the private key of a rehearsal; None for a real round, whose key is not here."""
    path = settings.round_keys / f"{round_.id}.key"
    if not (round_.is_rehearsal and path.exists()):
        return None
    return path.read_text(encoding="ascii").strip()


def load_round(session: Session, round_id: str, user: User, *, lock: bool = False) -> Round:
    """Return a round the user may see; anything else is answered with 404, existing or not."""
    round_ = session.get(Round, round_id, with_for_update=lock)
    if round_ is None or not user.may_see(round_.region):
        abort(404)
    return round_


def lock_round(session: Session, round_: Round) -> None:
    """Hold the round until the commit, as it stands now; of two at once the second waits."""
    session.refresh(round_, with_for_update=True)


def list_rounds(session: Session, user: User) -> list[Round]:
    """Return the rounds of the user's region, newest first."""
    query = select(Round).where(Round.region.startswith(user.region))
    return list(session.scalars(query.order_by(Round.created_at.desc(), Round.id)))


def require_status(round_: Round, *statuses: str) -> None:
    """Raise a Problem unless the round stands at one of `statuses`."""
    if round_.status not in statuses:
        raise Problem(
            N_("this step is not open: the round stands at “{status}”"),
            status=round_.status,
        )


def advance(round_: Round, status: str) -> None:
    """Move the round on to `status`, which must be the next one."""
    expected = STATUSES[STATUSES.index(round_.status) + 1]
    if status != expected:
        raise Problem(
            N_("this step is not open: the round stands at “{status}”"),
            status=round_.status,
        )
    round_.status = status


def close_round(session: Session, round_: Round, actor: str) -> None:
    """End the survey (截止): from now on no link is taken; the envelopes are still sealed."""
    require_status(round_, FIELD)
    advance(round_, CLOSED)
    round_.closed_at = now()
    discard_drafts(session, round_.id)
    record_event(session, actor, "round.close", round_.id)


def save_record(session: Session, round_: Round, kind: str, value: dict[str, Any]) -> Record:
    """Keep a certificate of the round, in place of an earlier one of its kind."""
    body = canonical_json(value)
    record = find_record(session, round_, kind)
    if record is None:
        record = Record(round_id=round_.id, kind=kind, digest="", body="")
        session.add(record)
    record.body, record.digest, record.created_at = body, sha256_text(body), now()
    session.flush()
    return record


def find_record(session: Session, round_: Round, kind: str) -> Record | None:
    """Return the round's record of a kind, or None."""
    return session.scalar(select(Record).where(Record.round_id == round_.id, Record.kind == kind))


def delete_record(session: Session, round_: Round, kind: str) -> None:
    """Drop a record that what it told of has overtaken (a plan when the roster changes)."""
    record = find_record(session, round_, kind)
    if record is not None:
        session.delete(record)
        session.flush()


def read_body(record: Record) -> dict[str, Any]:
    """Return a record's value."""
    value: dict[str, Any] = json.loads(record.body)
    return value
