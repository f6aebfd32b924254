"""Commitments (承诺值): a line of the public frame that only the person it is about can open.

The public frame shows a pseudonym, a stratum and a commitment. Whoever holds the salt can prove
what the line says about them; nobody else can guess it, for a salt has 128 random bits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem

COMMITMENT_DIGITS = 32  # of hex: 128 bits
_SALT = re.compile(r"[0-9a-f]{32}")


def write_line(values: Sequence[str], person: str = "") -> str:
    """Return what is committed to: the compact JSON array of a unit's six values.

    `person` is what was agreed to tell people apart by (say a name and four digits); it becomes a
    seventh value. Without it two people could be shown one and the same line.

    >>> write_line(("t-01", "teacher", "庆远镇", "urban", "", "一中"), "韦小明 4417")
    '["t-01","teacher","庆远镇","urban","","一中","韦小明 4417"]'
    """
    line = [*values, person] if person else list(values)
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def make_commitment(salt: str, line: str) -> str:
    """Return the first 128 bits, as 32 lower-case hex digits, of SHA-256 of salt, newline, line.

    `salt` is 32 lower-case hex digits drawn at random for this person alone. Raises `Problem` for
    any other salt.

    >>> make_commitment("00112233445566778899aabbccddeeff", '["t-01","teacher"]')
    'c0e2d23dd835f74c0f45e68009cd4f8f'
    """
    if not _SALT.fullmatch(salt):
        raise Problem(N_("a salt is 32 hex digits in lower case, got {salt!r}"), salt=salt)
    return sha256_text(f"{salt}\n{line}")[:COMMITMENT_DIGITS]
