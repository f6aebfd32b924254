"""Receipts (回执): the code a respondent is shown, and looking it up in the published list.

The code is the leaf hash of the sealed envelope: 64 hex characters, printed in groups of four.
Needs neither database nor Flask.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

from sampling.problems import N_, Problem
from scoring.merkle import HEX_DIGEST, merkle_root

GROUP = 4
OPEN_KIND = '"open_answers"'  # stands in the record of open answers alone


def group_receipt(leaf: str) -> str:
    """Return a receipt as it is shown: in groups of four.

    >>> group_receipt("00ff" * 16)[:14]
    '00ff 00ff 00ff'
    """
    return " ".join(leaf[at : at + GROUP] for at in range(0, len(leaf), GROUP))


def read_receipt(typed: str) -> str:
    """Return the leaf that a typed receipt stands for; raise `Problem` if it is none.

    Blanks, hyphens, capitals and full-width letters do not matter.

    >>> read_receipt(" 00FF-００ff " + "00ff" * 14) == "00ff" * 16
    True
    """
    text = unicodedata.normalize("NFKC", typed).lower()
    leaf = "".join(letter for letter in text if not letter.isspace() and letter not in "-·")
    if not HEX_DIGEST.fullmatch(leaf):
        raise Problem(
            N_("a receipt is 64 characters 0-9 a-f, in groups of four; this one has {got}"),
            got=len(leaf),
        )
    return leaf


def read_leaves(text: str) -> list[str]:
    """Return the leaves of a published list, one a line; raise `Problem` for any other line."""
    leaves = text.split()
    for number, leaf in enumerate(leaves, start=1):
        if not HEX_DIGEST.fullmatch(leaf):
            raise Problem(N_("line {number} is no receipt"), number=number)
    if leaves != sorted(set(leaves)):
        raise Problem(N_("the receipts are not sorted, or one stands there twice"))
    return leaves


def read_published(path: Path) -> list[str]:
    """Return the leaves in a certificate, which is checked, or in a list of receipts.

    The certificate is that of the answers, or the record of the open ones. Raises `Problem` for any
    other file, `Difference` for a certificate that does not hold together.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(N_("is no text"), where=str(path)) from error
    if text.lstrip().startswith("{"):
        return read_certificate(path, is_open=OPEN_KIND in text)
    return read_leaves(text)


def is_set_aside(path: Path, leaf: str) -> bool:
    """Say whether a certificate, which was read before, names a receipt among the damaged ones."""
    text = path.read_bytes().decode("utf-8-sig")
    if not text.lstrip().startswith("{"):
        return False  # a list of receipts does not tell
    return any(row.get("leaf") == leaf for row in json.loads(text).get("set_aside", ()))


def read_certificate(path: Path, *, is_open: bool) -> list[str]:
    """Return the leaves of a certificate of answers, or of a record of open ones, checked."""
    # Only certificates need the scoring core, which is slow to load.
    from scoring.difference import compare_records
    from scoring.record import read_record, verify_answers
    from scoring.record_file import texts

    record = read_record(path, "open_answers" if is_open else "answers")
    if not is_open:
        verify_answers(record)
        return texts(record, "leaves")
    leaves = read_leaves("\n".join(texts(record, "leaves")))
    compare_records(record.get("merkle_root"), merkle_root(leaves), "merkle_root")
    return leaves
