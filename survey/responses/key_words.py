"""The private key of a round as words (助记词): 24 of a list of 2,048, the last one checks.

The form is that of BIP-39 for 256 bits, in Chinese (24 characters) or in English; see
`words/README.md`. Wherever a private key is asked for, either form is taken.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sampling.problems import N_, Problem

FOLDER = Path(__file__).parent / "words"
CHINESE, ENGLISH = LISTS = ("chinese_simplified", "english")
COUNT = 24
WORD_BITS = 11
CHECK_BITS = 8
KEY_BITS = 256
KEY = re.compile(r"[0-9a-f]{64}")


def to_words(private_hex: str, words: str = ENGLISH) -> list[str]:
    """Return the 24 words of a private key (64 hex characters).

    >>> to_words("00" * 32)[-1]
    'art'
    """
    key = bytes.fromhex(private_hex)
    number = int.from_bytes(key) << CHECK_BITS | _check(key)
    listed = _load(words)
    shifts = range(WORD_BITS * (COUNT - 1), -1, -WORD_BITS)
    return [listed[number >> shift & (1 << WORD_BITS) - 1] for shift in shifts]


def read_private_key(text: str) -> str:
    """Return a private key as 64 hex characters, from these or from its words.

    Raises `Problem` for anything else: with the number of a word that is in no list, or because
    the words do not fit together.
    """
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    if KEY.fullmatch("".join(plain.split())):
        return "".join(plain.split())
    words = _split(plain)
    if len(words) != COUNT:
        raise Problem(
            N_("a round's private key is 64 characters 0-9 a-f, or its {count} words"), count=COUNT
        )
    return _join(words)


def _split(text: str) -> list[str]:
    """Return the words; Chinese ones need no blanks between them. Numbers before words go."""
    words: list[str] = []
    for piece in re.split(r"[\s,.;:、,。]+", text):
        if piece and not piece.isdecimal():
            words += [piece] if piece.isascii() else list(piece)
    return words


def _join(words: list[str]) -> str:
    positions = max(
        (_positions(name) for name in LISTS),
        key=lambda known: sum(word in known for word in words),
    )
    number = 0
    for place, word in enumerate(words, start=1):
        if word not in positions:
            raise Problem(N_("word {number} of the key is not in the list of words"), number=place)
        number = number << WORD_BITS | positions[word]
    key = (number >> CHECK_BITS).to_bytes(KEY_BITS // 8)
    if number & (1 << CHECK_BITS) - 1 != _check(key):
        raise Problem(N_("these words are no key: one is wrong, or two changed places"))
    return key.hex()


def _check(key: bytes) -> int:
    return hashlib.sha256(key).digest()[0]


@cache
def _load(name: str) -> tuple[str, ...]:
    return tuple((FOLDER / f"{name}.txt").read_text(encoding="utf-8").split())


@cache
def _positions(name: str) -> Mapping[str, int]:
    return {word: position for position, word in enumerate(_load(name))}
