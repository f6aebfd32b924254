"""A private key as words: the same key back, and a slip is told."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sampling.problems import Problem
from survey.responses.key_words import CHINESE, ENGLISH, FOLDER, read_private_key, to_words

KEYS = st.binary(min_size=32, max_size=32).map(bytes.hex)

# The published test vectors of BIP-39 for 256 bits.
VECTORS = {
    "00" * 32: "abandon " * 23 + "art",
    "7f" * 32: "legal winner thank year wave sausage worth useful " * 2
    + "legal winner thank year wave sausage worth title",
    "80" * 32: "letter advice cage absurd amount doctor acoustic avoid " * 2
    + "letter advice cage absurd amount doctor acoustic bless",
    "ff" * 32: "zoo " * 23 + "vote",
}


@given(KEYS)
def test_words_lead_back_to_the_key(key: str) -> None:
    for words in (CHINESE, ENGLISH):
        told = to_words(key, words)
        assert read_private_key(" ".join(told)) == key
        numbered = "\n".join(f"{place}. {word}" for place, word in enumerate(told, start=1))
        assert read_private_key(numbered) == key
    assert read_private_key("".join(to_words(key, CHINESE))) == key
    assert read_private_key(f" {key.upper()}\n") == key


@pytest.mark.parametrize(("key", "words"), VECTORS.items())
def test_the_form_is_the_standard_one(key: str, words: str) -> None:
    assert to_words(key, ENGLISH) == words.split()


@given(KEYS, st.integers(0, 23), st.integers(1, 2047))
def test_one_wrong_word_is_nearly_always_found(key: str, place: int, shift: int) -> None:
    """Eight bits check 256: one slip in 256 gives another key, and then it opens nothing."""
    listed = (FOLDER / f"{ENGLISH}.txt").read_text().split()
    words = to_words(key, ENGLISH)
    words[place] = listed[(listed.index(words[place]) + shift) % len(listed)]
    with suppress(Problem):
        assert read_private_key(" ".join(words)) != key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "24 words"),
        ("12" * 31, "24 words"),
        ("zoo " * 23, "24 words"),
        ("zoo " * 5 + "zebu " + "zoo " * 18, "word 6 of the key"),
        ("zoo " * 24, "these words are no key"),
        ("xy" * 32, "24 words"),
    ],
)
def test_what_is_no_key_is_told(text: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        read_private_key(text)


def test_the_lists_are_those_that_are_named() -> None:
    readme = (FOLDER / "README.md").read_text()
    for name in (CHINESE, ENGLISH):
        digest = hashlib.sha256((FOLDER / f"{name}.txt").read_bytes()).hexdigest()
        assert re.search(rf"{name}\.txt \| {digest}", readme)
