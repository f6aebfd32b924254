"""The code on a respondent's card: twelve random letters and one that checks them.

Thirty letters without look-alikes (no 0 O, 1 I L, U), 58.9 bits at random. The thirteenth is a
Luhn mod 30 check character: any single letter mistaken is found without asking the database, and
so is nearly every swap of neighbours. Only a keyed digest of a code is ever stored.
"""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from collections.abc import Mapping

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 12
LENGTH = RANDOM_LENGTH + 1
BASE = len(ALPHABET)
SINGLE = {letter: number for number, letter in enumerate(ALPHABET)}
DOUBLE = {letter: sum(divmod(2 * number, BASE)) for letter, number in SINGLE.items()}
LONGEST_TYPED = 64  # with blanks and hyphens; what is longer is no code and not worth reading


def new_code() -> str:
    """Return a fresh random code of 13 letters, the last one its check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return body + check_character(body)


def check_character(body: str) -> str:
    """Return the Luhn mod 30 check character of `body`.

    >>> check_character("23456789ABCD")
    'M'
    """
    return ALPHABET[-_luhn_sum(body, DOUBLE, SINGLE) % BASE]


def normalize_code(typed: str) -> str:
    """Return what was typed as a code would be written: capitals, no blanks, no hyphens.

    Full-width letters count as letters. Look-alikes are not guessed at: none of 0 O 1 I L has a
    single counterpart in the alphabet, so such a code is simply not well formed.

    >>> normalize_code(" 2345-6789 abcd-Ｍ ")
    '23456789ABCDM'
    """
    text = typed[:LONGEST_TYPED].upper()
    if text.isascii() and text.isalnum():
        return text
    text = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in text if unicodedata.category(letter) not in ("Zs", "Pd"))


def is_well_formed(code: str) -> bool:
    """Say whether a normalised code has the right letters and a check character that fits.

    >>> is_well_formed("23456789ABCDM"), is_well_formed("23456789ABCEM")
    (True, False)
    """
    return (
        len(code) == LENGTH
        and SINGLE.keys() >= set(code)
        and _luhn_sum(code, SINGLE, DOUBLE) % BASE == 0
    )


def group_code(code: str) -> str:
    """Return the code as it is printed for people to type.

    >>> group_code("23456789ABCDM")
    '2345-6789-ABCDM'
    """
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def code_digest(link_key_hex: str, code: str) -> str:
    """Return the HMAC-SHA256 (hex) of a code under the installation's link key (32 bytes, hex).

    By `hmac.new`: `hmac.digest` lets go of the interpreter each time, and waits to get it back.
    """
    return hmac.new(bytes.fromhex(link_key_hex), code.encode("ascii"), "sha256").hexdigest()


def _luhn_sum(letters: str, last: Mapping[str, int], before: Mapping[str, int]) -> int:
    """Add up what letters count, in turns: from the end by `last`, by `before`, by `last`."""
    in_turn = sum(map(last.__getitem__, letters[::-2]))
    return in_turn + sum(map(before.__getitem__, letters[-2::-2]))
