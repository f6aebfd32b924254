"""Seeds: from parties who cannot copy or go back on their word, from events, from drand."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import pytest

from sampling.problems import Problem
from sampling.seed_sources import (
    Reveal,
    check_announcement,
    commit,
    compose_seed,
    derive_value,
)

REVEALS = [
    Reveal(party="督导办", text="春江水暖", nonce="00" * 16),
    Reveal(party="家长代表", text="鸭先知", nonce="ab" * 32),
    Reveal(party="人大代表", text="17", nonce="0123456789abcdef" * 2),
]
SIGNATURE = (
    "b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be"
    "41076862b98fad56e91a6b85b89cd97b"
)
QUICKNET = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"


def announce(*reveals: Reveal) -> dict[str, object]:
    parties = [{"party": reveal["party"], "commitment": commit(reveal)} for reveal in reveals]
    return {"source": "commit-reveal", "parties": parties}


def test_a_commitment_is_sha256_of_three_lines() -> None:
    text = "督导办\n春江水暖\n" + "00" * 16
    assert commit(REVEALS[0]) == hashlib.sha256(text.encode()).hexdigest()


def test_reveals_are_joined_in_the_announced_order_however_they_come() -> None:
    lines = "\n".join(f"{r['party']}\n{r['text']}\n{r['nonce']}" for r in REVEALS)
    expected = hashlib.sha256(lines.encode()).hexdigest()
    announced = announce(*REVEALS)
    for order in (REVEALS, REVEALS[::-1]):
        assert derive_value(announced, {"reveals": order}, "seed") == expected
    assert derive_value(announce(*REVEALS[::-1]), {"reveals": REVEALS}, "seed") != expected


@pytest.mark.parametrize(
    ("reveals", "part"),
    [
        (REVEALS[:2], "with one missing there is no seed"),
        ([], "reveals are of nobody"),
        ([*REVEALS[:2], {**REVEALS[2], "text": "18"}], "人大代表: the text shown is not the one"),
        ([*REVEALS[:2], {**REVEALS[2], "nonce": "0" * 32}], "人大代表: the text shown is not"),
        ([*REVEALS[:2], {**REVEALS[2], "nonce": "short"}], "a nonce is 32 to 128 hex digits"),
        ([*REVEALS[:2], "17"], "expected a JSON object"),
    ],
)
def test_other_reveals_are_refused(reveals: object, part: str) -> None:
    with pytest.raises(Problem, match=part):
        derive_value(announce(*REVEALS), {"reveals": reveals}, "seed")


def test_a_party_cannot_take_over_anothers_commitment() -> None:
    announced = announce(*REVEALS)
    parties = announced["parties"]
    assert isinstance(parties, list)
    parties[1]["commitment"] = parties[0]["commitment"]
    with pytest.raises(Problem, match="each once and with its own commitment"):
        check_announcement(announced, "source")
    copied = Reveal(party="家长代表", text=REVEALS[0]["text"], nonce=REVEALS[0]["nonce"])
    assert commit(copied) != commit(REVEALS[0])


def test_drand_gives_the_sha256_of_its_signature() -> None:
    # Round 657413 of quicknet, the published example of the beacon's own checking tool.
    value = derive_value(
        {"source": "drand", "chain": QUICKNET, "round": 657413}, {"signature": SIGNATURE}, "seed"
    )
    assert value == "fc1873a13f3545aeade8401532ef5519920652eee6b0d2b19ca12643b87b3587"


def test_an_event_gives_what_was_typed() -> None:
    announced = {"source": "public-event", "event": "双色球第2026045期"}
    check_announcement(announced, "source")
    assert derive_value(announced, {"value": "03 11 + 09"}, "seed") == "03 11 + 09"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({}, "'source': expected text, got nothing"),
        ({"source": "dice"}, "no source of seeds named 'dice'"),
        ({"source": "public-event"}, "'event': expected text"),
        ({"source": "public-event", "event": "a\nb"}, "line break"),
        ({"source": "drand", "chain": "ab" * 32, "round": 1}, "is not known"),
        ({"source": "drand", "chain": QUICKNET, "round": 0}, "1 to 1000000000, got 0"),
        ({"source": "drand", "chain": QUICKNET, "round": "1"}, "'round': expected a whole number"),
        ({"source": "commit-reveal", "parties": []}, "expected 2 parties or more"),
        (announce(REVEALS[0]), "expected 2 parties or more"),
        (announce(REVEALS[0], REVEALS[0]), "expected 2 parties or more"),
        ({"source": "commit-reveal", "parties": ["a", "b"]}, "expected a JSON object"),
        (
            {"source": "commit-reveal", "parties": [{"party": "a", "commitment": "x"}]},
            "a: a commitment is 64 hex digits",
        ),
    ],
)
def test_incomplete_announcements_are_refused(content: Mapping[str, object], part: str) -> None:
    with pytest.raises(Problem, match=part):
        check_announcement(content, "source")


def test_county_round_and_stage_stand_in_the_seed() -> None:
    seeds = {
        compose_seed(county, round_name, stage, "17")
        for county in ("宜州区", "罗城县")
        for round_name in ("2026", "2027")
        for stage in ("省级", "国家")
    }
    assert len(seeds) == 8


@pytest.mark.parametrize(
    ("parts", "part"),
    [
        (("", "2026", "省级", "1"), "empty"),
        (("宜州区", "20|26", "省级", "1"), "holds the sign"),
        (("宜州区", "2026", "省级\n", "1"), "line break"),
        (("宜州区", "2026", "省级 ", "1"), "blank"),
        (("宜州区", "2026", "省级", "1" * 999), "at most 1000"),
    ],
)
def test_parts_that_would_blur_a_seed_are_refused(parts: tuple[str, ...], part: str) -> None:
    with pytest.raises(Problem, match=part):
        compose_seed(*parts)
