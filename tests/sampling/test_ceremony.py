"""Ceremonies: order and chain are checked, times asserted, and proof is called proof only then.

`cases/ceremony` holds one about five teachers, with round 657413 of drand's quicknet and a time
stamp by an authority made for this test alone (OpenSSL's `ts`, with its clock set to 2023-09-15
09:40 UTC; in `stamped_too_late.json` to 12:00). Its private keys were thrown away.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sampling.canonical import digest
from sampling.ceremony import (
    ASSERTED,
    CHECKED,
    PROVED,
    Ceremony,
    Finding,
    add_step,
    add_timestamp,
    disclose_seed,
    find_head,
    open_ceremony,
    read_ceremony,
    step_digest,
    verify_ceremony,
)
from sampling.draw import draw_sample
from sampling.frame import Frame, read_frame
from sampling.problems import Problem
from sampling.public_frame import read_public_frame, verify_public_draw, verify_public_frame
from sampling.record import Draw, Plan, read_draw
from sampling.survey_rules import SurveyRules
from sampling.verification import Difference, verify_draw
from tests.sampling.test_seed_sources import QUICKNET, REVEALS, SIGNATURE, announce

CASES = Path(__file__).parent / "cases" / "ceremony"
ROOT = (CASES / "time_stamp_root.pem").read_bytes()
EVENT = {"source": "public-event", "event": "双色球第2026045期"}
ORDER = "frame and source were fixed by {stamped}, before the seed could be known at {event}"


@pytest.fixture
def proved() -> Ceremony:
    return read_ceremony(CASES / "ceremony.json")


@pytest.fixture(scope="module")
def small_draw() -> Draw:
    return read_draw(CASES / "draw.json")


def hold(
    frame: Frame, plan: Plan, source: dict[str, object], disclosure: Mapping[str, object]
) -> tuple[Ceremony, Draw]:
    """Hold a whole ceremony and draw with its seed."""
    ceremony = open_ceremony("宜州区", "2026", "省级")
    content: dict[str, object] = {
        "public_frame_digest": "0" * 64,
        "frame_digest": frame.digest,
        "plan_digest": digest(plan),
        "n": plan["n"],
    }
    ceremony = add_step(ceremony, content, "2026-05-07T09:00:00+08:00")
    ceremony = add_step(ceremony, dict(source), "2026-05-07T09:30:00+08:00")
    seed = disclose_seed(ceremony, disclosure)
    ceremony = add_step(ceremony, {**disclosure, "seed": seed}, "2026-05-08T09:00:00+08:00")
    draw = draw_sample(frame, plan, seed)
    end: dict[str, object] = {"draw_digest": digest(draw)}
    return add_step(ceremony, end, "2026-05-08T01:05:00+00:00"), draw


def find_levels(findings: list[Finding]) -> dict[str, str]:
    return {finding.message: finding.level for finding in findings}


def test_a_stamp_before_a_signed_round_proves_the_order(
    proved: Ceremony, small_draw: Draw, rules: SurveyRules
) -> None:
    public = read_public_frame(CASES / "public.csv")
    frame = read_frame(CASES / "frame.csv", rules)
    verify_draw(small_draw, frame)
    verify_public_draw(small_draw, public)
    verify_public_frame(public, frame, small_draw["strata"])
    findings = verify_ceremony(proved, small_draw, public_digest=public.digest, roots=[ROOT])
    by_message = {finding.message: finding for finding in findings}
    assert by_message[ORDER].level == PROVED
    assert by_message[ORDER].values == {
        "stamped": "2023-09-15T09:40:01+00:00",  # 09:40 and the second of accuracy it states
        "event": "2023-09-15T11:00:03+00:00",
    }
    assert by_message["drand signed this as its round {round}"].level == PROVED
    uniqueness = "that this was the only ceremony held for this county, round and stage"
    assert by_message[uniqueness].level == ASSERTED


def test_without_a_trusted_witness_the_order_is_asserted(
    proved: Ceremony, small_draw: Draw
) -> None:
    levels = find_levels(verify_ceremony(proved, small_draw))
    assert levels["that frame and source were fixed before the seed was known"] == ASSERTED
    assert ORDER not in levels
    assert levels["the times written in the steps are the record keeper's own"] == ASSERTED


def test_without_a_stamp_on_the_source_the_order_is_asserted(
    proved: Ceremony, small_draw: Draw
) -> None:
    del proved["steps"][1]["timestamp"]
    levels = find_levels(verify_ceremony(proved, small_draw, roots=[ROOT]))
    assert levels["that frame and source were fixed before the seed was known"] == ASSERTED
    assert levels["drand signed this as its round {round}"] == PROVED


def test_without_the_library_the_signature_is_asserted(
    proved: Ceremony, small_draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "py_ecc.bls.g2_primitives", None)
    levels = find_levels(verify_ceremony(proved, small_draw, roots=[ROOT]))
    assert ORDER not in levels
    message = "the signature of drand round {round} was not checked: {reason}"
    assert levels[message] == ASSERTED


def test_a_stamp_after_the_round_is_a_contradiction(small_draw: Draw) -> None:
    late = read_ceremony(CASES / "stamped_too_late.json")
    verify_ceremony(late, small_draw)
    with pytest.raises(Difference, match="the source was stamped at 2023-09-15T12:00:01"):
        verify_ceremony(late, small_draw, roots=[ROOT])


def test_a_stamp_of_another_step_or_authority_does_not_hold(
    proved: Ceremony, small_draw: Draw
) -> None:
    moved = copy.deepcopy(proved)
    moved["steps"][0]["timestamp"] = moved["steps"][1].pop("timestamp")
    with pytest.raises(Difference, match="step frame: the time stamp does not hold"):
        verify_ceremony(moved, small_draw, roots=[ROOT])
    other_root = (CASES / "another_root.pem").read_bytes()
    with pytest.raises(Difference, match="step source: the time stamp does not hold"):
        verify_ceremony(proved, small_draw, roots=[other_root])
    verify_ceremony(proved, small_draw, roots=[other_root, ROOT, ROOT])
    broken = copy.deepcopy(proved)
    broken["steps"][1]["timestamp"] = "%"
    with pytest.raises(Difference, match="not base64"):
        verify_ceremony(broken, small_draw, roots=[ROOT])


def test_trust_in_nothing_is_bad_input_not_a_difference(
    proved: Ceremony, small_draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Problem, match="not a certificate in PEM") as caught:
        verify_ceremony(proved, small_draw, roots=[b"no certificate"])
    assert not isinstance(caught.value, Difference)
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(Problem, match="needs the package rfc3161-client") as caught:
        verify_ceremony(proved, small_draw, roots=[ROOT])
    assert not isinstance(caught.value, Difference)


@pytest.mark.parametrize(
    ("source", "disclosure", "message"),
    [
        (EVENT, {"value": "03 11 + 09"}, "the outcome of {event!r} was typed in"),
        (announce(*REVEALS), {"reveals": REVEALS}, "the parties chose their texts apart"),
    ],
)
def test_events_and_parties_are_asserted(
    frame: Frame,
    plan: Plan,
    source: dict[str, object],
    disclosure: dict[str, object],
    message: str,
) -> None:
    ceremony, draw = hold(frame, plan, source, disclosure)
    findings = verify_ceremony(ceremony, draw, plan=plan, public_digest="0" * 64, roots=[ROOT])
    assert draw["seed"].startswith("宜州区|2026|省级|")
    assert PROVED not in {finding.level for finding in findings}
    assert [f.level for f in findings if f.message.startswith(message)] == [ASSERTED]
    assert [f.level for f in findings].count(CHECKED) == 2


def test_a_round_that_was_over_when_it_was_named_is_refused(frame: Frame, plan: Plan) -> None:
    beacon: dict[str, object] = {"source": "drand", "chain": QUICKNET, "round": 657413}
    with pytest.raises(Difference, match=r"was due at 2023-09-15T11:00:03.*before it was named"):
        hold(frame, plan, beacon, {"signature": SIGNATURE})


def test_a_round_cannot_be_used_before_its_time(proved: Ceremony, small_draw: Draw) -> None:
    forged = copy.deepcopy(proved)
    forged["steps"][2]["time"] = "2023-09-15T18:59:00+08:00"
    rechain(forged)
    with pytest.raises(Difference, match="before it was due"):
        verify_ceremony(forged, small_draw)


def rechain(ceremony: Ceremony) -> None:
    """Bind every step anew, as whoever keeps the file can."""
    shorter = copy.copy(ceremony)
    for index, step in enumerate(ceremony["steps"]):
        shorter["steps"] = ceremony["steps"][:index]
        step["previous"] = find_head(shorter)


def change_time(ceremony: Ceremony) -> None:
    ceremony["steps"][0]["time"] = "2023-09-15T16:00:00+08:00"


def change_county(ceremony: Ceremony) -> None:
    ceremony["county"] = "罗城县"


def swap_steps(ceremony: Ceremony) -> None:
    steps = ceremony["steps"]
    steps[0], steps[1] = steps[1], steps[0]


def drop_last(ceremony: Ceremony) -> None:
    del ceremony["steps"][-1]


def add_fifth(ceremony: Ceremony) -> None:
    ceremony["steps"].append(copy.deepcopy(ceremony["steps"][-1]))


def change_seed(ceremony: Ceremony) -> None:
    ceremony["steps"][2]["content"]["seed"] = "宜州区|2023|试验|17"
    rechain(ceremony)


def change_signature(ceremony: Ceremony) -> None:
    ceremony["steps"][2]["content"]["signature"] = "00" * 48
    rechain(ceremony)


def change_draw(ceremony: Ceremony) -> None:
    ceremony["steps"][3]["content"]["draw_digest"] = "0" * 64
    rechain(ceremony)


def change_plan(ceremony: Ceremony) -> None:
    ceremony["steps"][0]["content"]["plan_digest"] = "0" * 64
    rechain(ceremony)


def go_back_in_time(ceremony: Ceremony) -> None:
    ceremony["steps"][3]["time"] = "2023-09-15T19:00:30+08:00"
    rechain(ceremony)


def write_no_zone(ceremony: Ceremony) -> None:
    ceremony["steps"][0]["time"] = "2023-09-15T17:00:00"
    rechain(ceremony)


@pytest.mark.parametrize(
    ("spoil", "part"),
    [
        (change_time, "step 2: is not bound to what stands before it"),
        (change_county, "step 1: is not bound"),
        (swap_steps, "step 1: expected frame, the record has source"),
        (drop_last, "the step draw is missing"),
        (add_fifth, "step 5: expected no further step"),
        (change_seed, "step 3: the seed should be '宜州区|2023|试验|fc18"),
        (change_signature, "step 3: the seed should be"),
        (change_draw, "draw_digest: the ceremony has"),
        (change_plan, "plan_digest: the ceremony has"),
        (go_back_in_time, "step 4: is dated before the step it follows"),
        (write_no_zone, "expected a time like"),
    ],
)
def test_contradictions_are_refused(
    proved: Ceremony, small_draw: Draw, spoil: Callable[[Ceremony], None], part: str
) -> None:
    spoil(proved)
    with pytest.raises(Difference) as caught:
        verify_ceremony(proved, small_draw)
    assert part in str(caught.value)


def test_another_draw_plan_or_public_frame_is_refused(
    proved: Ceremony, small_draw: Draw, plan: Plan
) -> None:
    other = copy.deepcopy(small_draw)
    other["strata"][0]["reserve"].pop()
    with pytest.raises(Difference, match="draw_digest"):
        verify_ceremony(proved, other)
    with pytest.raises(Difference, match="plan_digest"):
        verify_ceremony(proved, small_draw, plan=plan)
    with pytest.raises(Difference, match="public_frame_digest"):
        verify_ceremony(proved, small_draw, public_digest="0" * 64)


def test_a_rewritten_chain_verifies_which_is_why_times_are_asserted(
    proved: Ceremony, small_draw: Draw
) -> None:
    change_time(proved)
    for step in proved["steps"]:
        step.pop("timestamp", None)
    rechain(proved)
    levels = find_levels(verify_ceremony(proved, small_draw))
    assert levels["the times written in the steps are the record keeper's own"] == ASSERTED


def test_a_rewritten_chain_loses_its_stamp(proved: Ceremony, small_draw: Draw) -> None:
    change_time(proved)
    rechain(proved)
    with pytest.raises(Difference, match="the time stamp does not hold"):
        verify_ceremony(proved, small_draw, roots=[ROOT])


def test_steps_are_only_added(proved: Ceremony) -> None:
    with pytest.raises(Problem, match="it has all its steps"):
        add_step(proved, {}, "2026-05-08T09:00:00+08:00")
    fresh = open_ceremony("宜州区", "2026", "省级")
    with pytest.raises(Problem, match="'public_frame_digest': expected text"):
        add_step(fresh, {}, "2026-05-08T09:00:00+08:00")
    with pytest.raises(Problem, match="no step that could be stamped"):
        add_timestamp(fresh, "")
    with pytest.raises(Problem, match="not announced yet"):
        disclose_seed(fresh, {"value": "17"})
    assert fresh["steps"] == []


def test_a_stamp_does_not_change_what_it_stamps(proved: Ceremony) -> None:
    bare = copy.deepcopy(proved["steps"][1])
    del bare["timestamp"]
    assert step_digest(bare) == step_digest(proved["steps"][1])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{", "not a ceremony in JSON"),
        ('{"format":1,"kind":"draw"}', "expected a ceremony, got a draw"),
        ('{"format":1,"county":"a","round":"b","stage":"c"}', "'steps': expected a list"),
        ('{"format":1,"county":"a","round":"b","stage":"c","steps":[1]}', "steps[0]: expected"),
        ('{"format":1,"county":"a","round":"b","stage":"c","steps":[{}]}', "steps[0]: key 'step'"),
    ],
)
def test_broken_files_are_told(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "ceremony.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Problem, match=r"ceremony\.json") as caught:
        read_ceremony(path)
    assert part in str(caught.value)
