"""The sealed envelopes of a closed round as a file for the level above: JSON lines, all in one.

The first line holds what counting needs of the round, its questionnaire, how many envelopes follow
and their Merkle root; then comes an envelope a line in base64, in the order of their receipts. The
envelopes of places follow apart, with a number and a root of their own. An envelope that was
changed since it was stored has its receipt before it and a blank. Nobody's name or link is in it,
nor the order in which answers came. Needs neither database nor Flask.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from sampling.canonical import canonical_json
from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.merkle import HEX_DIGEST, leaf_hash, merkle_root
from scoring.record_file import check_head
from survey.open_answers.tally import Place
from survey.questionnaires.edition import parse_edition
from survey.questionnaires.paper import Edition
from survey.responses.tally import CountedRound

FORMAT, KIND = 1, "envelopes"
LONGEST_LINE = 1 << 24
NOT_WHOLE = N_("the file is not whole: it holds other envelopes than its first line says")
NO_ENVELOPES = N_("this is no file of envelopes")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file of envelopes is about; `leaves` and `open_leaves` are sorted receipts.

    `places` are those of the round, `open_leaves` what came in at them.
    """

    counted: CountedRound
    edition: Edition
    leaves: Sequence[str]
    places: Sequence[Place] = ()
    open_leaves: Sequence[str] = ()


def write_envelope_file(
    path: Path, contents: Contents, envelopes: Iterable[tuple[str, bytes]]
) -> None:
    """Write a new file, readable for its owner alone; one that is there already is a `Problem`.

    It gets its name when it is whole. Raises `Problem` if the envelopes are not those of its
    receipts, the drawn sample's first.
    """
    if path.exists():
        raise Problem(N_("is there already; it is not overwritten"), where=str(path))
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(canonical_json(_make_head(contents)))
            written = _write(stream, envelopes)
            stream.flush()
            os.fsync(stream.fileno())
        if written != [*contents.leaves, *contents.open_leaves]:
            raise Problem(NOT_WHOLE, where=str(path))
        os.link(part, path)  # unlike a rename, it does not overwrite
    finally:
        part.unlink()


def _make_head(contents: Contents) -> dict[str, object]:
    edition, leaves, open_leaves = contents.edition, contents.leaves, contents.open_leaves
    at_places = {
        "places": [asdict(place) for place in contents.places],
        "envelopes": len(open_leaves),
        "merkle_root": merkle_root(open_leaves),
    }
    return {
        "format": FORMAT,
        "kind": KIND,
        "round": asdict(contents.counted),
        "questionnaire": {"edition": edition.id, "files": edition.content},
        "envelopes": len(leaves),
        "merkle_root": merkle_root(leaves),
        **({"open": at_places} if contents.places else {}),
    }


def _write(stream: TextIO, envelopes: Iterable[tuple[str, bytes]]) -> list[str]:
    written = []
    for leaf, ciphertext in envelopes:
        receipt = "" if leaf == leaf_hash(ciphertext) else f"{leaf} "
        stream.write(receipt + base64.b64encode(ciphertext).decode("ascii") + "\n")
        written.append(leaf)
    return written


def read_head(path: Path) -> Contents:
    """Return what a file is about, without receipts; raise `Problem` for another kind of file."""
    head, where = _read_first(path), str(path)
    return Contents(_read_round(head, where), _read_edition(head, where), (), _read_places(head))


def read_envelope_file(path: Path) -> Iterator[tuple[bool, str, bytes]]:
    """Yield of each envelope whether it is of a place, its receipt and its ciphertext.

    Raises `Problem` at the end if the file is not whole.
    """
    head = _read_first(path)
    at_places = head.get("open") or {"envelopes": 0, "merkle_root": merkle_root([])}
    leaves: list[str] = []
    with path.open(encoding="ascii", errors="replace") as stream:
        stream.readline(LONGEST_LINE)
        for number, line in enumerate(stream, start=2):
            leaf, ciphertext = _read_line(line, number)
            leaves.append(leaf)
            yield len(leaves) > head["envelopes"], leaf, ciphertext
    for part, found in (
        (head, leaves[: head["envelopes"]]),
        (at_places, leaves[head["envelopes"] :]),
    ):
        if len(found) != part["envelopes"] or merkle_root(found) != part["merkle_root"]:
            raise Problem(NOT_WHOLE, where=str(path))


def _read_line(line: str, number: int) -> tuple[str, bytes]:
    receipt, _, sealed = line.strip().rpartition(" ")
    try:
        ciphertext = base64.b64decode(sealed, validate=True)
    except binascii.Error as error:
        raise Problem(N_("line {number} is no envelope"), number=number) from error
    if receipt and not HEX_DIGEST.fullmatch(receipt):
        raise Problem(N_("line {number} is no envelope"), number=number)
    return receipt or leaf_hash(ciphertext), ciphertext


def _read_first(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        try:
            head = json.loads(stream.readline(LONGEST_LINE))
        except (ValueError, RecursionError) as error:
            raise Problem(NO_ENVELOPES, where=str(path)) from error
    check_head(head, KIND, where=str(path))
    for part in (head, head.get("open", head)):
        if not isinstance(part, dict) or type(part.get("envelopes")) is not int:
            raise Problem(NO_ENVELOPES, where=str(path))
    return dict(head)


def _read_places(head: dict[str, Any]) -> tuple[Place, ...]:
    try:
        return tuple(Place(**place) for place in head.get("open", {}).get("places", ()))
    except TypeError as error:
        raise Problem(NO_ENVELOPES) from error


def _read_round(head: dict[str, Any], where: str) -> CountedRound:
    try:
        found = dict(head["round"])
        strata = tuple(AnswerStratum(**stratum) for stratum in found.pop("answer_strata"))
        return CountedRound(answer_strata=strata, **found)
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(NO_ENVELOPES, where=where) from error


def _read_edition(head: dict[str, Any], where: str) -> Edition:
    try:
        found = head["questionnaire"]
        return parse_edition(found["edition"], found["files"])
    except (KeyError, TypeError) as error:
        raise Problem(NO_ENVELOPES, where=where) from error
