"""Codes: any single letter wrong is found without the database."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from survey.responses.codes import (
    ALPHABET,
    LENGTH,
    check_character,
    code_digest,
    group_code,
    is_well_formed,
    new_code,
    normalize_code,
)

bodies = st.text(ALPHABET, min_size=LENGTH - 1, max_size=LENGTH - 1)
codes = bodies.map(lambda body: body + check_character(body))
KEY = "0b" * 32


@given(codes, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_any_single_wrong_letter_is_found(code: str, place: int, letter: str) -> None:
    changed = code[:place] + letter + code[place + 1 :]
    assert is_well_formed(changed) == (changed == code)


@given(codes, st.integers(0, LENGTH - 2))
def test_nearly_every_swap_of_neighbours_is_found(code: str, place: int) -> None:
    first, second = code[place], code[place + 1]
    swapped = code[:place] + second + first + code[place + 2 :]
    # Luhn's blind spot: first and last letter of the alphabet.
    if first != second and {first, second} != {ALPHABET[0], ALPHABET[-1]}:
        assert not is_well_formed(swapped)


@given(codes, st.integers(0, LENGTH))
def test_a_letter_missing_or_too_many_is_found(code: str, place: int) -> None:
    assert not is_well_formed(code[:place] + code[place + 1 :] if place < LENGTH else code + "2")
    assert not is_well_formed(code[:place] + "7" + code[place:])


@given(codes)
def test_the_way_of_writing_does_not_matter(code: str) -> None:
    full_width = "".join(chr(ord(letter) + 0xFEE0) for letter in code)
    for written in (code.lower(), f"  {group_code(code)} ", group_code(code).replace("-", "—"),
                    full_width, " ".join(code)):  # fmt: skip
        assert normalize_code(written) == code


@given(st.text())
def test_any_text_can_be_looked_at(typed: str) -> None:
    code = normalize_code(typed)
    assert not is_well_formed(code) or set(code) <= set(ALPHABET)


def test_look_alikes_are_not_guessed_at() -> None:
    assert not set("0O1ILU") & set(ALPHABET)
    assert not any(is_well_formed(f"23456789ABC{letter}M") for letter in "0O1IL")


def test_new_codes_are_well_formed_and_differ() -> None:
    made = [new_code() for _ in range(1000)]
    assert all(map(is_well_formed, made))
    assert len(set(made)) == 1000


def test_the_digest_is_hmac_sha256() -> None:
    # RFC 4231, test case 1: key 20 times 0b, data "Hi There".
    expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
    assert code_digest("0b" * 20, "Hi There") == expected
    assert code_digest(KEY, "23456789ABCDM") != code_digest("0c" * 32, "23456789ABCDM")
