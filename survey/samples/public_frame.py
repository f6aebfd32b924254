"""The public frame of a round (公开抽样框), made when its ceremony begins and kept as it is.

The salt of a line is taken from the encrypted identity of its person: random, known to nobody else,
and gone with it when the roster is erased. So the file itself is kept, for it could not be made
again then.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.canonical import sha256_text
from sampling.commitments import COMMITMENT_DIGITS
from sampling.public_frame import PublicFrame, make_public_frame, render_public_frame
from survey.assessments.models import Record, Round
from survey.assessments.operations import find_record
from survey.frames.models import Person
from survey.samples.plan import read_frame
from survey.samples.records import read_plan

KIND = "public_frame"


def keep_public_frame(session: Session, round_: Round) -> PublicFrame:
    """Make the public frame and keep its file; an earlier one is replaced."""
    frame, plan = read_frame(session, round_), read_plan(session, round_)
    public = make_public_frame(frame, plan["strata"], make_salts(session, round_))
    record = find_record(session, round_, KIND)
    if record is None:
        record = Record(round_id=round_.id, kind=KIND, digest="", body="")
        session.add(record)
    record.body, record.digest = render_public_frame(public), public.digest
    session.flush()
    return public


def make_salts(session: Session, round_: Round) -> dict[str, str]:
    """Return a salt for each person, by pseudonym."""
    query = select(Person.unit_id, Person.identity).where(Person.round_id == round_.id)
    return {
        unit_id: sha256_text(f"salt\n{round_.id}\n{unit_id}\n{identity.hex()}")[:COMMITMENT_DIGITS]
        for unit_id, identity in session.execute(query)
    }
