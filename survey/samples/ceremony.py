"""The ceremony of a round (抽签仪式): digests, source of the seed, seed, draw, in this order.

It is kept as the record "ceremony" after every step, and everybody can read it while it grows. What
each step shows, and how much, `sampling.ceremony` says.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from sampling.ceremony import (
    Ceremony,
    Content,
    Finding,
    add_step,
    add_timestamp,
    disclose_seed,
    find_head,
    find_step,
    open_ceremony,
    verify_ceremony,
)
from sampling.drand import QUICKNET, find_round, is_signed
from sampling.problems import N_, Problem
from sampling.record import Draw
from sampling.seed_sources import Reveal
from survey.assessments.models import CEREMONY, DRAW, FROZEN, PLAN, Round
from survey.assessments.operations import (
    delete_record,
    find_record,
    lock_round,
    read_body,
    require_status,
    save_record,
)
from survey.audit_log import record_event
from survey.localization import BEIJING
from survey.samples.draw import draw_round
from survey.samples.public_frame import keep_public_frame
from survey.samples.records import read_draw, read_plan

MOST_TOKEN = 64 * 1024  # bytes; an authority's answer with its certificates takes a few thousand

# They stand in the seed, so they are never translated.
STAGES = ("县级自评", "市级复核", "省级督导评估", "国家认定")
REHEARSAL_STAGE = "演练"


def find_ceremony(session: Session, round_: Round) -> Ceremony | None:
    """Return the ceremony as far as it has come, None before it began."""
    record = find_record(session, round_, CEREMONY)
    return cast(Ceremony, read_body(record)) if record else None


def begin_ceremony(session: Session, round_: Round, stage: str, actor: str) -> None:
    """Step 1: fix the digests of the frame and the plan, and make the public frame."""
    lock_round(session, round_)
    require_status(round_, FROZEN)
    if find_ceremony(session, round_) is not None:
        raise Problem(N_("the ceremony has begun already"))
    if round_.is_rehearsal:
        stage = REHEARSAL_STAGE
    elif stage not in STAGES:
        raise Problem(N_("choose the stage that the draw is for"))
    plan, record = read_plan(session, round_), find_record(session, round_, PLAN)
    content: Content = {
        "public_frame_digest": keep_public_frame(session, round_).digest,
        "frame_digest": plan["frame_digest"],
        "plan_digest": record.digest if record else "",
        "n": plan["n"],
    }
    opened = open_ceremony(round_.county, str(round_.year), stage)
    head = keep_step(session, round_, opened, content)
    record_event(session, actor, "ceremony.begin", round_.id, stage=stage, head=head)


def announce_source(session: Session, round_: Round, content: Content, actor: str) -> None:
    """Step 2: name where the seed will come from, before anybody can know it."""
    ceremony = open_step(session, round_, "source")
    head = keep_step(session, round_, ceremony, content)
    record_event(
        session, actor, "ceremony.announce", round_.id, source=content["source"], head=head
    )


def disclose(session: Session, round_: Round, disclosure: Content, actor: str) -> None:
    """Step 3: show what the source gave; the seed follows from it."""
    ceremony = open_step(session, round_, "seed")
    source = find_step(ceremony, "source")
    if source is not None and source["content"]["source"] == "drand":
        check_beacon(cast(int, source["content"]["round"]), str(disclosure.get("signature", "")))
    seed = disclose_seed(ceremony, disclosure)
    head = keep_step(session, round_, ceremony, {"seed": seed, **disclosure})
    record_event(session, actor, "ceremony.seed", round_.id, seed=seed, head=head)


def draw_in_ceremony(session: Session, round_: Round, actor: str) -> Draw:
    """Step 4: draw with the seed that the ceremony gave."""
    ceremony = open_step(session, round_, "draw")
    step = find_step(ceremony, "seed")
    if step is None:
        raise Problem(N_("the seed is not known yet"))
    draw = draw_round(session, round_, str(step["content"]["seed"]), actor)
    head = keep_step(session, round_, ceremony, {"draw_digest": digest_of(session, round_)})
    record_event(session, actor, "ceremony.end", round_.id, head=head)
    return draw


def abandon_ceremony(session: Session, round_: Round, reason: str, actor: str) -> None:
    """Give up a ceremony whose seed is not known yet; the log keeps its head and the reason.

    Once the seed is known nobody may begin anew: a draw that pleases could be waited for.
    """
    lock_round(session, round_)
    require_status(round_, FROZEN)
    ceremony = find_ceremony(session, round_)
    if ceremony is None:
        raise Problem(N_("there is no ceremony to give up"))
    if find_step(ceremony, "seed") is not None:
        raise Problem(N_("the seed is known; from now on the ceremony can only be finished"))
    delete_record(session, round_, CEREMONY)
    record_event(
        session,
        actor,
        "ceremony.abandon",
        round_.id,
        reason=reason,
        head=find_head(ceremony),
        steps=[step["step"] for step in ceremony["steps"]],
    )


def draw_simply(session: Session, round_: Round, seed: str, actor: str) -> Draw:
    """Draw with a seed that was typed, without a ceremony: it shows that the seed gave the sample.

    It does not show when the seed was chosen. Raises `Problem` once a ceremony has begun.
    """
    lock_round(session, round_)
    require_no_ceremony(session, round_)
    return draw_round(session, round_, seed, actor)


def require_no_ceremony(session: Session, round_: Round) -> None:
    """Raise `Problem` while a ceremony is on: its draw comes from its own seed."""
    if find_ceremony(session, round_) is not None:
        raise Problem(N_("a ceremony has begun; draw with its seed, or give it up first"))


def stamp_step(session: Session, round_: Round, token: bytes, actor: str) -> None:
    """Put a time stamp (RFC 3161) on the step taken last, before the next one is taken.

    Only that it names the step's digest is looked at here; whoever checks the ceremony names the
    authorities they trust.
    """
    lock_round(session, round_)
    require_status(round_, FROZEN)
    ceremony = find_ceremony(session, round_)
    if ceremony is None:
        raise Problem(N_("the ceremony has not begun"))
    head = find_head(ceremony)
    if len(token) > MOST_TOKEN or bytes.fromhex(head) not in token:
        raise Problem(N_("this is no time stamp of the digest {digest}"), digest=head)
    stamped = add_timestamp(ceremony, base64.b64encode(token).decode("ascii"))
    save_record(session, round_, CEREMONY, dict(stamped))
    record_event(session, actor, "ceremony.stamp", round_.id, head=head)


def judge_ceremony(session: Session, round_: Round) -> list[Finding]:
    """Return what the finished ceremony shows, and how much each point is worth."""
    ceremony = find_ceremony(session, round_)
    if ceremony is None or find_step(ceremony, "draw") is None:
        return []
    return verify_ceremony(ceremony, read_draw(session, round_), plan=read_plan(session, round_))


def open_step(session: Session, round_: Round, name: str) -> Ceremony:
    """Hold the round and return its ceremony, whose next step must be `name`."""
    lock_round(session, round_)
    require_status(round_, FROZEN)
    ceremony = find_ceremony(session, round_)
    if ceremony is None:
        raise Problem(N_("the ceremony has not begun"))
    if next_step(ceremony) != name:
        raise Problem(N_("this step of the ceremony is done, or not yet due; look at the page"))
    return ceremony


def next_step(ceremony: Ceremony | None) -> str:
    """Return the step that comes next, "" after the last."""
    names = ("frame", "source", "seed", "draw", "")
    return names[len(ceremony["steps"]) if ceremony else 0]


def keep_step(session: Session, round_: Round, ceremony: Ceremony, content: Content) -> str:
    """Add a step at this moment, keep the record and return its head."""
    longer = add_step(ceremony, content, datetime.now(BEIJING).isoformat(timespec="seconds"))
    save_record(session, round_, CEREMONY, dict(longer))
    return find_head(longer)


def digest_of(session: Session, round_: Round) -> str:
    """Return the digest of the draw certificate just kept."""
    record = find_record(session, round_, DRAW)
    return record.digest if record else ""


def check_beacon(number: int, signature: str) -> None:
    """Raise `Problem` for a signature that drand did not make.

    Where the library that checks it is missing, the certificate says that it was not checked.
    """
    try:
        signed = is_signed(number, signature)
    except Problem as problem:
        if "package" in problem.values:
            return
        raise
    if not signed:
        raise Problem(N_("drand did not sign this as its round {round}"), round=number)


def announce_parties(rows: Sequence[tuple[str, str]]) -> Content:
    """Return the announcement of parties, each with its commitment."""
    parties = [{"party": party, "commitment": commitment} for party, commitment in rows]
    return {"source": "commit-reveal", "parties": parties}


def announce_event(event: str) -> Content:
    """Return the announcement of a public event."""
    return {"source": "public-event", "event": event}


def announce_beacon(at: datetime) -> Content:
    """Return the announcement of the drand round due at a time in Beijing."""
    number = find_round(at.replace(tzinfo=BEIJING))
    return {"source": "drand", "chain": QUICKNET.chain_hash, "round": number}


def disclose_parts(reveals: Sequence[Mapping[str, str]]) -> Content:
    """Return what the parties show."""
    return {
        "reveals": [
            Reveal(party=one["party"], text=one["text"], nonce=one["nonce"]) for one in reveals
        ]
    }
