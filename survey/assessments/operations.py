"""Making a round, finding it, moving it on, keeping its records."""

from __future__ import annotations

import json
from typing import Any

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.canonical import canonical_json, sha256_text
from sampling.problems import N_, Problem
from survey.accounts.models import User
from survey.assessments.models import CLOSED, FIELD, STATUSES, Record, Round, now
from survey.audit_log import record_event
from survey.responses.envelope import new_round_key, read_public_key
from survey.settings import Settings


def create_round(
    session: Session,
    settings: Settings,
    *,
    region: str,
    county: str,
    year: int,
    residents: int,
    residents_source: str,
    is_rehearsal: bool,
    public_key: str,
    actor: str,
) -> Round:
    """Make a round.

    A real round is given the public key (64 hex characters) that the level above made. A rehearsal
    makes its own pair and keeps the private key on this machine, which its pages say.
    """
    if is_rehearsal:
        private_key, public_key = new_round_key()
    round_ = Round(
        region=region,
        county=county,
        year=year,
        residents=residents,
        residents_source=residents_source,
        is_rehearsal=is_rehearsal,
        public_key=read_public_key(public_key),
    )
    session.add(round_)
    session.flush()
    if is_rehearsal:
        keep_rehearsal_key(settings, round_, private_key)
    record_event(
        session, actor, "round.create", round_.id, county=county, year=year, rehearsal=is_rehearsal
    )
    return round_


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
