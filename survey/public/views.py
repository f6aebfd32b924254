"""Pages anybody may read: what this is, and what a round leaves for everybody to check."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.access import public
from survey.assessments.models import (
    ANSWERS,
    CEREMONY,
    DRAFT,
    DRAW,
    FRAME,
    OPEN_ANSWERS,
    OPENED,
    PLAN,
    Record,
    Round,
)
from survey.assessments.operations import find_record, read_body
from survey.context import current_database
from survey.samples.public_frame import KIND as PUBLIC_FRAME

public_pages = Blueprint("public", __name__)

# Who was drawn stands in these under pseudonyms only. The rate is not here: making a result known
# (公示) is an act of the authority, not of a page.
OPEN_KINDS = (PLAN, DRAW, CEREMONY)


@public_pages.get("/")
@public
def home() -> ResponseReturnValue:
    """Say what this site is; a way in for respondents and for staff."""
    return render_template("public/home.html")


@public_pages.get("/check")
@public
def check() -> ResponseReturnValue:
    """List the rounds that can be checked."""
    with current_database().sessions() as session:
        query = select(Round).where(Round.status != DRAFT)
        rounds = session.scalars(query.order_by(Round.created_at.desc(), Round.id)).all()
        return render_template("public/check.html", rounds=rounds)


@public_pages.get("/commitment")
@public
def commitment() -> ResponseReturnValue:
    """Let a party of a ceremony seal its text; the browser does it, nothing is sent."""
    return render_template("public/commitment.html")


@public_pages.get("/check/<round_id>")
@public
def check_round(round_id: str) -> ResponseReturnValue:
    """Show a round's digests, and where its records and receipts are."""
    with current_database().sessions() as session:
        round_ = load_public_round(session, round_id)
        frame = find_record(session, round_, FRAME)
        opened = read_opened(session, round_)
        return render_template(
            "public/check_round.html",
            round=round_,
            frame_digest=read_body(frame)["digest"] if frame else "",
            records=[
                record for kind in OPEN_KINDS if (record := find_record(session, round_, kind))
            ],
            public_frame=find_digest(session, round_, PUBLIC_FRAME),
            answers=opened.get(ANSWERS),
            open_answers=opened.get(OPEN_ANSWERS),
            set_aside=list_damaged(opened),
        )


@public_pages.get("/check/<round_id>/<kind>.json")
@public
def download(round_id: str, kind: str) -> ResponseReturnValue:
    """Hand a plan or a draw certificate out in its exact bytes."""
    with current_database().sessions() as session:
        round_ = load_public_round(session, round_id)
        record = find_record(session, round_, kind) if kind in OPEN_KINDS else None
        if record is None:
            abort(404)
        return Response(record.body, mimetype="application/json")


@public_pages.get("/check/<round_id>/public.csv")
@public
def public_frame(round_id: str) -> ResponseReturnValue:
    """Hand the public frame out in its exact bytes: with it anybody can redo the draw."""
    with current_database().sessions() as session:
        record = find_record(session, load_public_round(session, round_id), PUBLIC_FRAME)
        if record is None:
            abort(404)
        return Response(record.body, mimetype="text/csv")


@public_pages.get("/check/<round_id>/receipts.txt")
@public
def receipts(round_id: str) -> ResponseReturnValue:
    """List the receipts of all envelopes that were opened, sorted, one a line."""
    return list_receipts(round_id, ANSWERS)


@public_pages.get("/check/<round_id>/open-receipts.txt")
@public
def open_receipts(round_id: str) -> ResponseReturnValue:
    """List the receipts of what came in at places, apart, unless these are very few."""
    return list_receipts(round_id, OPEN_ANSWERS)


def list_receipts(round_id: str, kind: str) -> Response:
    """Return the receipts that a record of an opened round publishes, one a line."""
    with current_database().sessions() as session:
        body = read_opened(session, load_public_round(session, round_id)).get(kind)
        if body is None or body.get("leaves") is None:
            abort(404)
        lines = "".join(f"{leaf}\n" for leaf in body["leaves"])
        return Response(lines, mimetype="text/plain")


def list_damaged(opened: dict[str, dict[str, Any]]) -> list[str]:
    """Return the receipts of envelopes that could not be opened, by the records of an opening."""
    return [row["leaf"] for body in opened.values() for row in body.get("set_aside", ())]


def read_opened(session: Session, round_: Round) -> dict[str, dict[str, Any]]:
    """Return what the opening certified, by kind of record; nothing before it."""
    if round_.status != OPENED:
        return {}
    found = {kind: find_record(session, round_, kind) for kind in (ANSWERS, OPEN_ANSWERS)}
    return {kind: read_body(record) for kind, record in found.items() if record}


def find_digest(session: Session, round_: Round, kind: str) -> str:
    """Return a record's digest without reading all of it, "" where there is none."""
    query = select(Record.digest).where(Record.round_id == round_.id, Record.kind == kind)
    return session.scalar(query) or ""


def load_public_round(session: Session, round_id: str) -> Round:
    """Return a round that has something to check; anything else is not there."""
    round_ = session.get(Round, round_id)
    if round_ is None or round_.status == DRAFT:
        abort(404)
    return round_
