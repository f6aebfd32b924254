"""Where a seed comes from (种子来源): named before anybody can know it, then disclosed.

Three sources: parties who commit to a text before any of them shows it (commit-reveal), a public
event named in advance whose outcome is typed in, and a round of the beacon drand. County, round and
stage stand in the seed text, so that one event gives every county and every stage its own draw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TypedDict, cast

from sampling.canonical import sha256_text
from sampling.drand import QUICKNET, find_round_time, get_randomness
from sampling.problems import N_, Problem
from sampling.record import check_keys
from sampling.tickets import check_seed

SEPARATOR = "|"
FEWEST_PARTIES = 2
_NONCE = re.compile(r"[0-9a-f]{32,128}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
Content = Mapping[str, object]


class Reveal(TypedDict):
    """What a party shows: its name, its text, and the nonce that kept others from guessing it."""

    party: str
    text: str
    nonce: str


def compose_seed(county: str, round_name: str, stage: str, value: str) -> str:
    """Return the seed text: county, round, stage and the value disclosed, with "|" between.

    Raises `Problem` for a part that is empty, holds "|" or cannot be read off a page.

    >>> compose_seed("宜州区", "2026", "省级", "03 11 17 22 28 31 + 09")
    '宜州区|2026|省级|03 11 17 22 28 31 + 09'
    """
    parts = (county, round_name, stage, value)
    for part in parts:
        check_seed(part)
        if SEPARATOR in part:
            raise Problem(N_("{part!r} holds the sign {sign!r}"), part=part, sign=SEPARATOR)
    seed = SEPARATOR.join(parts)
    check_seed(seed)
    return seed


def commit(reveal: Reveal) -> str:
    """Return a party's commitment: SHA-256 of party, newline, text, newline, nonce (64 hex digits).

    The name is part of it, so that nobody can take over another party's commitment.

    >>> commit({"party": "督导办", "text": "春江水暖", "nonce": "00" * 16})[:16]
    '175e09508ee2cb97'
    """
    for text in (reveal["party"], reveal["text"]):
        check_seed(text)
    if not _NONCE.fullmatch(reveal["nonce"]):
        raise Problem(
            N_("{party}: a nonce is 32 to 128 hex digits in lower case"), party=reveal["party"]
        )
    return sha256_text(_write_reveal(reveal))


def check_announcement(content: Content, where: str) -> None:
    """Raise `Problem` unless `content` names a source completely, before its outcome is known."""
    check_keys(content, {"source": str}, where)
    _find_source(content)[0](content, where)


def derive_value(announcement: Content, disclosure: Content, where: str) -> str:
    """Return the value that the announced source gives, checked as far as arithmetic can.

    Raises `Problem` for a disclosure that does not belong to the announcement.
    """
    return _find_source(announcement)[1](announcement, disclosure, where)


def list_parties(announcement: Content) -> dict[str, str]:
    """Return the commitments of a commit-reveal announcement by party, in the announced order."""
    parties = cast(list[dict[str, str]], announcement["parties"])
    return {entry["party"]: entry["commitment"] for entry in parties}


def _write_reveal(reveal: Reveal) -> str:
    return f"{reveal['party']}\n{reveal['text']}\n{reveal['nonce']}"


def _check_parties(content: Content, where: str) -> None:
    check_keys(content, {"parties": list}, where)
    entries = cast(list[object], content["parties"])
    for entry in entries:
        if not isinstance(entry, dict):
            raise Problem(N_("expected a JSON object"), where=where)
        check_keys(entry, {"party": str, "commitment": str}, where)
        if not _DIGEST.fullmatch(entry["commitment"]):
            raise Problem(
                N_("{party}: a commitment is 64 hex digits in lower case"),
                where=where,
                party=entry["party"],
            )
    names = list_parties(content)
    if len(names) < max(FEWEST_PARTIES, len(entries)) or len(set(names.values())) < len(names):
        raise Problem(
            N_("expected {least} parties or more, each once and with its own commitment"),
            where=where,
            least=FEWEST_PARTIES,
        )


def _combine_reveals(announcement: Content, disclosure: Content, where: str) -> str:
    """SHA-256 of all reveals, a newline between, in the order in which parties were announced."""
    check_keys(disclosure, {"reveals": list}, where)
    reveals: dict[str, Reveal] = {}
    for entry in cast(list[object], disclosure["reveals"]):
        if not isinstance(entry, dict):
            raise Problem(N_("expected a JSON object"), where=where)
        check_keys(entry, {"party": str, "text": str, "nonce": str}, where)
        reveals[entry["party"]] = cast(Reveal, entry)
    commitments = list_parties(announcement)
    if set(reveals) != set(commitments):
        raise Problem(
            N_(
                "reveals are of {got}, commitments of {expected}; with one missing there is no seed"
            ),
            where=where,
            got=", ".join(sorted(reveals)) or "nobody",
            expected=", ".join(sorted(commitments)),
        )
    for party, commitment in commitments.items():
        if commit(reveals[party]) != commitment:
            raise Problem(
                N_("{party}: the text shown is not the one committed to"), where=where, party=party
            )
    return sha256_text("\n".join(_write_reveal(reveals[party]) for party in commitments))


def _check_event(content: Content, where: str) -> None:
    check_keys(content, {"event": str}, where)
    check_seed(cast(str, content["event"]))


def _read_outcome(_announcement: Content, disclosure: Content, where: str) -> str:
    check_keys(disclosure, {"value": str}, where)
    return cast(str, disclosure["value"])


def _check_beacon(content: Content, where: str) -> None:
    check_keys(content, {"chain": str, "round": int}, where)
    if content["chain"] != QUICKNET.chain_hash:
        raise Problem(
            N_("the drand chain {got!r} is not known; known: {known}"),
            where=where,
            got=content["chain"],
            known=QUICKNET.chain_hash,
        )
    find_round_time(cast(int, content["round"]))


def _read_beacon(_announcement: Content, disclosure: Content, where: str) -> str:
    check_keys(disclosure, {"signature": str}, where)
    return get_randomness(cast(str, disclosure["signature"]))


Source = tuple[Callable[[Content, str], None], Callable[[Content, Content, str], str]]

SOURCES: dict[str, Source] = {
    "commit-reveal": (_check_parties, _combine_reveals),
    "public-event": (_check_event, _read_outcome),
    "drand": (_check_beacon, _read_beacon),
}


def _find_source(announcement: Content) -> Source:
    name = cast(str, announcement["source"])
    if name not in SOURCES:
        raise Problem(
            N_("there is no source of seeds named {name!r}; known: {known}"),
            name=name,
            known=", ".join(SOURCES),
        )
    return SOURCES[name]
