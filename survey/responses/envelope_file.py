"""The sealed envelopes of a closed round as a file for the level above: JSON lines, all in one.

The first line holds what counting needs of the round, its questionnaire, how many envelopes follow
and their Merkle root; then comes an envelope a line in base64, in the order of their hashes.
Nobody's name or link is in it, nor the order in which answers came. Needs neither database nor
Flask.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from sampling.canonical import canonical_json
from sampling.problems import N_, Problem
from scoring.answers import AnswerStratum
from scoring.merkle import leaf_hash, merkle_root
from scoring.record_file import check_head
from survey.questionnaires.edition import parse_edition
from survey.questionnaires.paper import Edition
from survey.responses.tally import CountedRound

FORMAT, KIND = 1, "envelopes"
LONGEST_LINE = 1 << 24
NOT_WHOLE = N_("the file is not whole: it holds other envelopes than its first line says")
NO_ENVELOPES = N_("this is no file of envelopes")


def write_envelope_file(
    path: Path,
    counted: CountedRound,
    edition: Edition,
    leaves: list[str],
    envelopes: Iterable[tuple[str, bytes]],
) -> None:
    """Write a new file, readable for its owner alone; one that is there already is a `Problem`.

    It gets its name when it is whole. Raises `Problem` if the envelopes are not those of `leaves`.
    """
    if path.exists():
        raise Problem(N_("is there already; it is not overwritten"), where=str(path))
    part = path.with_name(path.name + ".part")
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(canonical_json(_make_head(counted, edition, leaves)))
            written = _write(stream, envelopes)
            stream.flush()
            os.fsync(stream.fileno())
        if written != leaves:
            raise Problem(NOT_WHOLE, where=str(path))
        os.link(part, path)  # unlike a rename, it does not overwrite
    finally:
        part.unlink()


def _make_head(counted: CountedRound, edition: Edition, leaves: list[str]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "kind": KIND,
        "round": asdict(counted),
        "questionnaire": {"edition": edition.id, "files": edition.content},
        "envelopes": len(leaves),
        "merkle_root": merkle_root(leaves),
    }


def _write(stream: TextIO, envelopes: Iterable[tuple[str, bytes]]) -> list[str]:
    written = []
    for leaf, ciphertext in envelopes:
        stream.write(base64.b64encode(ciphertext).decode("ascii") + "\n")
        written.append(leaf)
    return written


def read_head(path: Path) -> tuple[CountedRound, Edition]:
    """Return the round and its questionnaire; raise `Problem` for another kind of file."""
    head = _read_first(path)
    return _read_round(head, str(path)), _read_edition(head, str(path))


def read_envelope_file(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield leaf and ciphertext of each envelope; raise `Problem` if it is not whole."""
    head = _read_first(path)
    leaves = []
    with path.open(encoding="ascii", errors="replace") as stream:
        stream.readline(LONGEST_LINE)
        for number, line in enumerate(stream, start=2):
            try:
                ciphertext = base64.b64decode(line.strip(), validate=True)
            except binascii.Error as error:
                raise Problem(N_("line {number} is no envelope"), number=number) from error
            leaves.append(leaf_hash(ciphertext))
            yield leaves[-1], ciphertext
    if len(leaves) != head["envelopes"] or merkle_root(leaves) != head["merkle_root"]:
        raise Problem(NOT_WHOLE, where=str(path))


def _read_first(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8", errors="replace") as stream:
        try:
            head = json.loads(stream.readline(LONGEST_LINE))
        except (ValueError, RecursionError) as error:
            raise Problem(NO_ENVELOPES, where=str(path)) from error
    check_head(head, KIND, where=str(path))
    return dict(head)


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
