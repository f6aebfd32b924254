"""Envelopes: round trip, one length, no bit to be changed, no other key and no other round."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from sampling.canonical import canonical_json
from sampling.problems import Problem
from survey.questionnaires.edition import LONGEST_TEXT, MOST_ITEMS
from survey.responses.envelope import (
    PLAINTEXT_SIZE,
    find_public_key,
    leaf_hash,
    new_round_key,
    open_envelope,
    read_public_key,
    seal,
)

PRIVATE, PUBLIC = new_round_key()
ROUND = "0123456789abcdef"
ENVELOPE = seal(PUBLIC, ROUND, {"overall": "mostly"})
SIZE = 1 + 32 + PLAINTEXT_SIZE + 16  # version, ephemeral key, text, tag

payloads = st.dictionaries(
    st.sampled_from(["overall", "suggestion", "moral"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=LONGEST_TEXT),
)


@given(payloads)
@settings(max_examples=50)
def test_what_is_sealed_is_opened_and_every_length_is_the_same(payload: dict[str, str]) -> None:
    envelope = seal(PUBLIC, ROUND, payload)
    assert len(envelope) == SIZE
    assert open_envelope(PRIVATE, ROUND, envelope) == payload


def test_the_longest_answer_fits() -> None:
    answers = {f"{number:02}" + "x" * 30: "dissatisfied" for number in range(MOST_ITEMS - 1)}
    answers["suggestion"] = "\U0001f600" * LONGEST_TEXT
    payload = {
        "edition": "e" * 64,
        "category": "principal",
        "answer_stratum": "s" * 80,
        "answers": answers,
        "flags": {},
    }
    assert open_envelope(PRIVATE, ROUND, seal(PUBLIC, ROUND, payload)) == payload


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Problem, match="too long"):
        seal(PUBLIC, ROUND, {"answers": "x" * PLAINTEXT_SIZE})


def test_the_same_answer_never_looks_the_same() -> None:
    assert seal(PUBLIC, ROUND, {"overall": "mostly"}) != seal(PUBLIC, ROUND, {"overall": "mostly"})


@given(st.integers(0, SIZE * 8 - 1))
@settings(max_examples=200)
def test_any_changed_bit_is_found(bit: int) -> None:
    envelope = bytearray(ENVELOPE)
    envelope[bit // 8] ^= 1 << bit % 8
    # Even the top bit of the ephemeral key, which the exchange ignores (RFC 7748): the bytes as
    # sent are hashed into the secret.
    with pytest.raises(Problem):
        open_envelope(PRIVATE, ROUND, bytes(envelope))


def test_a_torn_envelope_is_found() -> None:
    for broken in (b"", ENVELOPE[:1], ENVELOPE[:40], ENVELOPE[:-1], ENVELOPE + b"\0",
                   b"\2" + ENVELOPE[1:]):  # fmt: skip
        with pytest.raises(Problem):
            open_envelope(PRIVATE, ROUND, broken)


def test_another_key_or_round_does_not_open() -> None:
    with pytest.raises(Problem, match="another key"):
        open_envelope(new_round_key()[0], ROUND, ENVELOPE)
    with pytest.raises(Problem, match="another key"):
        open_envelope(PRIVATE, "fedcba9876543210", ENVELOPE)


@pytest.mark.parametrize("text", ["", "ab", "g" * 64, "0" * 64, "01" + "0" * 62, "2" * 66])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        read_public_key(text)


def test_keys_are_read_as_people_paste_them() -> None:
    assert read_public_key(f" {PUBLIC.upper()}\n") == PUBLIC
    assert find_public_key(f"{PRIVATE}\n") == PUBLIC
    with pytest.raises(Problem, match="private key is 64 characters"):
        find_public_key("not a key")


def test_the_leaf_is_that_of_rfc_6962() -> None:
    assert leaf_hash(ENVELOPE) == hashlib.sha256(b"\0" + ENVELOPE).hexdigest()


def test_an_envelope_opens_by_the_steps_of_rfc_9180() -> None:
    """Open without the HPKE library: sections 4.1, 5.1 and 5.2 with KEM 0x20, KDF 1, AEAD 2."""
    private_key = X25519PrivateKey.from_private_bytes(bytes.fromhex(PRIVATE))
    ephemeral, sealed = ENVELOPE[1:33], ENVELOPE[33:]
    secret = private_key.exchange(X25519PublicKey.from_public_bytes(ephemeral))
    kem = b"KEM\x00\x20"
    suite = b"HPKE\x00\x20\x00\x01\x00\x02"
    shared = expand(
        kem, extract(kem, b"", b"eae_prk", secret), b"shared_secret",
        ephemeral + bytes.fromhex(PUBLIC), 32,
    )  # fmt: skip
    info = b"renkedu envelope 1\n" + ROUND.encode()
    context = (
        b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    )
    prk = extract(suite, shared, b"secret", b"")
    key = expand(suite, prk, b"key", context, 32)
    nonce = expand(suite, prk, b"base_nonce", context, 12)
    plaintext = AESGCM(key).decrypt(nonce, sealed, b"")
    assert plaintext.decode().rstrip(" ") == canonical_json({"overall": "mostly"})


def extract(suite: bytes, salt: bytes, label: bytes, key: bytes) -> bytes:
    return HKDF.extract(SHA256(), salt or b"\0" * 32, b"HPKE-v1" + suite + label + key)


def expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labelled).derive(key)
