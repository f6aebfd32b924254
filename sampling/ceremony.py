"""The ceremony (抽签仪式) as a record: what was fixed when, each step bound to the one before.

The order is what makes a draw fair: first the frame, then the source of the seed, then the seed,
then the draw. A chain of digests shows that a record is whole, not that its times are true: whoever
keeps the file can write all of it anew. So every time is *asserted*, unless an outside time stamp
and a later public event *prove* that the frame and the source stood before the seed was knowable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, NotRequired, TypedDict, cast

from sampling.canonical import digest
from sampling.drand import find_round_time, is_signed
from sampling.problems import N_, Problem
from sampling.record import FORMAT, Draw, Plan, check_head, check_keys, read_json
from sampling.seed_sources import check_announcement, compose_seed, derive_value
from sampling.timestamps import make_verifier, read_time, read_token, verify_token
from sampling.verification import Difference

STEPS = ("frame", "source", "seed", "draw")
Content = dict[str, object]

# How much a finding is worth: redone here; said by whoever keeps the record; signed by outsiders.
CHECKED, ASSERTED, PROVED = "checked", "asserted", "proved"


class Step(TypedDict):
    """One step; `previous` is the digest of the step before, `timestamp` a token in base64.

    A step's digest covers all its keys but `timestamp`, which is a signature over that digest.
    """

    step: str
    time: str
    content: Content
    previous: str
    timestamp: NotRequired[str]


class Ceremony(TypedDict):
    """The record of a ceremony, format 1, with the steps that were taken so far."""

    format: int
    kind: Literal["ceremony"]
    county: str
    round: str
    stage: str
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check of a ceremony says, and how much it is worth: `level` is one of three."""

    level: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.level}: {self.message.format(**self.values)}"


def open_ceremony(county: str, round_name: str, stage: str) -> Ceremony:
    """Return a ceremony without steps; raise `Problem` for a name that cannot stand in a seed."""
    compose_seed(county, round_name, stage, "0")
    return Ceremony(
        format=FORMAT, kind="ceremony", county=county, round=round_name, stage=stage, steps=[]
    )


def step_digest(step: Step) -> str:
    """Return what the next step is bound to and what a time stamp signs: 64 hex digits."""
    return digest({key: value for key, value in step.items() if key != "timestamp"})


def find_head(ceremony: Ceremony) -> str:
    """Return the digest of the last step; before the first, of the record without steps."""
    if ceremony["steps"]:
        return step_digest(ceremony["steps"][-1])
    return digest({key: value for key, value in ceremony.items() if key != "steps"})


def add_step(ceremony: Ceremony, content: Content, time: str) -> Ceremony:
    """Return the ceremony with its next step; `time` is asserted (ISO 8601 with its offset).

    The contents are, step by step: `frame` {public_frame_digest, frame_digest, plan_digest, n};
    `source` as `seed_sources` says; `seed` {seed} and what the source discloses; `draw`
    {draw_digest}. Raises `Problem` for a content that does not fit the steps before.
    """
    if len(ceremony["steps"]) == len(STEPS):
        raise Problem(N_("the ceremony is over: it has all its steps"))
    name = STEPS[len(ceremony["steps"])]
    step = Step(step=name, time=time, content=content, previous=find_head(ceremony))
    longer = ceremony.copy()
    longer["steps"] = [*ceremony["steps"], step]
    _check_steps(longer)
    return longer


def add_timestamp(ceremony: Ceremony, token: str) -> Ceremony:
    """Return the ceremony with a token (base64) on its last step."""
    read_token(token)
    if not ceremony["steps"]:
        raise Problem(N_("the ceremony has no step that could be stamped"))
    stamped = ceremony.copy()
    last = ceremony["steps"][-1].copy()
    last["timestamp"] = token
    stamped["steps"] = [*ceremony["steps"][:-1], last]
    return stamped


def disclose_seed(ceremony: Ceremony, disclosure: Mapping[str, object]) -> str:
    """Return the seed that the announced source gives with `disclosure`."""
    source = find_step(ceremony, "source")
    if source is None:
        raise Problem(N_("the source of the seed was not announced yet"))
    value = derive_value(source["content"], disclosure, "seed")
    return compose_seed(ceremony["county"], ceremony["round"], ceremony["stage"], value)


def find_step(ceremony: Ceremony, name: str) -> Step | None:
    """Return a step by its name, None when it was not taken yet."""
    return next((step for step in ceremony["steps"] if step["step"] == name), None)


def read_ceremony(path: Path) -> Ceremony:
    """Read a ceremony; raise `Problem` with the file and the first thing wrong in its shape."""
    record = check_head(read_json(path, "ceremony"), "ceremony", str(path))
    texts = dict.fromkeys(("county", "round", "stage"), str)
    check_keys(record, {**texts, "steps": list}, str(path))
    for index, step in enumerate(cast(list[object], record["steps"])):
        place = f"{path} steps[{index}]"
        if not isinstance(step, dict):
            raise Problem(N_("expected a JSON object"), where=place)
        kinds = dict.fromkeys(("step", "time", "previous"), str)
        check_keys(step, {**kinds, "content": dict}, place)
        if "timestamp" in step:
            check_keys(step, {"timestamp": str}, place)
    return cast(Ceremony, record)


def verify_ceremony(
    ceremony: Ceremony,
    draw: Draw,
    *,
    plan: Plan | None = None,
    public_digest: str | None = None,
    roots: Sequence[bytes] = (),
) -> list[Finding]:
    """Return what the record of a ceremony shows about `draw`, and how much each point is worth.

    Parameters
    ----------
    ceremony, draw
        The two records; the draw itself is checked by `verify_draw` or `verify_public_draw`.
    plan, public_digest
        The plan and the digest of the public frame, where they are at hand.
    roots
        Certificates (PEM) of time-stamp authorities that the checker trusts.

    The order is proved when the step `source` carries a valid time stamp from before the announced
    drand round and that round's signature is valid. Everything else is asserted. Raises
    `Difference` where the record contradicts itself, the draw or one of the other inputs, and
    `Problem` for `roots` that are no certificates.
    """
    try:
        _check_steps(ceremony)
    except Difference:
        raise
    except Problem as problem:
        raise Difference(problem.message, where=problem.where, **problem.values) from problem
    if len(ceremony["steps"]) < len(STEPS):
        raise Difference(
            N_("the ceremony is not over: the step {step} is missing"),
            step=STEPS[len(ceremony["steps"])],
        )
    _verify_digests(ceremony, draw, plan, public_digest)
    return _judge(ceremony, roots)


def _check_steps(ceremony: Ceremony) -> None:
    """Raise `Problem` or `Difference` unless the steps are in order, chained and consistent."""
    shorter = ceremony.copy()
    before: datetime | None = None
    for index, step in enumerate(ceremony["steps"]):
        where = f"step {index + 1}"
        if index >= len(STEPS) or step["step"] != STEPS[index]:
            expected = STEPS[index] if index < len(STEPS) else "no further step"
            raise Difference(
                N_("expected {expected}, the record has {got}"),
                where=where,
                expected=expected,
                got=step["step"],
            )
        shorter["steps"] = ceremony["steps"][:index]
        if step["previous"] != find_head(shorter):
            raise Difference(
                N_("is not bound to what stands before it: {expected} is expected, got {got}"),
                where=where,
                expected=find_head(shorter),
                got=step["previous"],
            )
        time = read_time(step["time"])
        if before is not None and time < before:
            raise Difference(N_("is dated before the step it follows"), where=where)
        before = time
        _check_content(shorter, step, where)


def _check_content(before: Ceremony, step: Step, where: str) -> None:
    content = step["content"]
    if step["step"] == "frame":
        texts = dict.fromkeys(("public_frame_digest", "frame_digest", "plan_digest"), str)
        check_keys(content, {**texts, "n": int}, where)
    elif step["step"] == "source":
        check_announcement(content, where)
        _check_beacon_time(content, read_time(step["time"]), where, is_over=False)
    elif step["step"] == "seed":
        check_keys(content, {"seed": str}, where)
        expected = disclose_seed(before, content)
        if content["seed"] != expected:
            raise Difference(
                N_("the seed should be {expected!r}, the record has {got!r}"),
                where=where,
                expected=expected,
                got=content["seed"],
            )
        announced = before["steps"][-1]["content"]
        _check_beacon_time(announced, read_time(step["time"]), where, is_over=True)
    else:
        check_keys(content, {"draw_digest": str}, where)


def _check_beacon_time(source: Content, time: datetime, where: str, *, is_over: bool) -> None:
    """Raise `Difference` if a drand round was named after it was due, or used before."""
    if source["source"] != "drand":
        return
    due = find_round_time(cast(int, source["round"]))
    if (time >= due) is is_over:
        return
    message = (
        N_("the drand round is used at {time}, before it was due at {due}")
        if is_over
        else N_("the drand round was due at {due}, before it was named at {time}")
    )
    raise Difference(message, where=where, time=time.isoformat(), due=due.isoformat())


def _verify_digests(
    ceremony: Ceremony, draw: Draw, plan: Plan | None, public_digest: str | None
) -> None:
    frame, _, seed, end = (step["content"] for step in ceremony["steps"])
    pairs: list[tuple[str, object, object]] = [
        ("draw_digest", end["draw_digest"], digest(draw)),
        ("seed", seed["seed"], draw["seed"]),
        ("frame_digest", frame["frame_digest"], draw["frame_digest"]),
        ("plan_digest", frame["plan_digest"], draw["plan_digest"]),
        ("n", frame["n"], draw["n"]),
    ]
    if plan is not None:
        pairs.append(("plan_digest", frame["plan_digest"], digest(plan)))
    if public_digest is not None:
        pairs.append(("public_frame_digest", frame["public_frame_digest"], public_digest))
    for key, recorded, found in pairs:
        if recorded != found:
            raise Difference(
                N_("{key}: the ceremony has {recorded!r}, but it is {found!r}"),
                key=key,
                recorded=recorded,
                found=found,
            )


def _judge(ceremony: Ceremony, roots: Sequence[bytes]) -> list[Finding]:
    findings = [
        Finding(
            CHECKED, N_("frame, source, seed and draw follow one another in an unbroken chain")
        ),
        Finding(CHECKED, N_("the seed is what the announced source gives, and the draw used it")),
        Finding(ASSERTED, N_("the times written in the steps are the record keeper's own")),
    ]
    stamped = _judge_stamps(ceremony, roots, findings)
    event = _judge_event(ceremony, findings)
    if stamped is None or event is None:
        findings.append(
            Finding(ASSERTED, N_("that frame and source were fixed before the seed was known"))
        )
    elif stamped < event:
        values = {"stamped": stamped.isoformat(), "event": event.isoformat()}
        message = N_(
            "frame and source were fixed by {stamped}, before the seed could be known at {event}"
        )
        findings.append(Finding(PROVED, message, values))
    else:
        raise Difference(
            N_("the source was stamped at {stamped}, when the seed was known since {event}"),
            stamped=stamped.isoformat(),
            event=event.isoformat(),
        )
    findings.append(
        Finding(
            ASSERTED, N_("that this was the only ceremony held for this county, round and stage")
        )
    )
    return findings


def _judge_stamps(
    ceremony: Ceremony, roots: Sequence[bytes], findings: list[Finding]
) -> datetime | None:
    """Add a finding for each time stamp; return the proved time of the step `source`, if any."""
    proved: datetime | None = None
    verifier = make_verifier(roots) if roots else None
    for step in ceremony["steps"]:
        if "timestamp" not in step:
            continue
        if verifier is None:
            message = N_(
                "the step {step} has a time stamp; name whose you trust to have it checked"
            )
            findings.append(Finding(ASSERTED, message, {"step": step["step"]}))
            continue
        try:
            time = verify_token(read_token(step["timestamp"]), step_digest(step), verifier)
        except Problem as problem:
            raise Difference(
                problem.message, where=f"step {step['step']}", **problem.values
            ) from problem
        values = {"step": step["step"], "time": time.isoformat()}
        findings.append(Finding(PROVED, N_("the step {step} existed by {time}"), values))
        if step["step"] == "source":
            proved = time
    return proved


def _judge_event(ceremony: Ceremony, findings: list[Finding]) -> datetime | None:
    """Add what is known of the source; return when its outcome was due, if that is proved."""
    _, source, seed, _ = (step["content"] for step in ceremony["steps"])
    if source["source"] == "commit-reveal":
        message = N_("the parties chose their texts apart: each can vouch for its own only")
        findings.append(Finding(ASSERTED, message))
        return None
    if source["source"] == "public-event":
        message = N_("the outcome of {event!r} was typed in; look it up where it was published")
        findings.append(Finding(ASSERTED, message, {"event": source["event"]}))
        return None
    number = cast(int, source["round"])
    values: dict[str, object] = {"round": number}
    try:
        signed = is_signed(number, cast(str, seed["signature"]))
    except Problem as problem:
        message = N_("the signature of drand round {round} was not checked: {reason}")
        findings.append(Finding(ASSERTED, message, {**values, "reason": str(problem)}))
        return None
    if not signed:
        raise Difference(N_("drand did not sign this as its round {round}"), round=number)
    findings.append(Finding(PROVED, N_("drand signed this as its round {round}"), values))
    return find_round_time(number)
