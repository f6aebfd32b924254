"""The sealed envelope (密封信封): an answer encrypted to a key that this server does not have.

An envelope is one version byte and an RFC 9180 message (HPKE, base mode: X25519, HKDF-SHA256,
AES-256-GCM), so that any HPKE library can open it with the round's private key. The plaintext is
canonical JSON padded to one size: the length of an envelope tells nothing, not even whether the
open question was answered. The round's id is bound in: an envelope opens in its own round only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sampling.canonical import canonical_json
from sampling.problems import N_, Problem
from scoring import merkle
from survey.responses.key_words import KEY, read_private_key

VERSION = b"\x01"
PLAINTEXT_SIZE = 4096  # bytes; twelve answers and 500 characters of four bytes each leave room
PADDING = b" "  # JSON ends at its closing brace, blanks after it mean nothing
NO_ANSWER = N_("an envelope holds no answer")
SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def new_round_key() -> tuple[str, str]:
    """Return a fresh key pair of a round: private key, public key, each 64 hex characters."""
    private_key = X25519PrivateKey.generate()
    return private_key.private_bytes_raw().hex(), _hex(private_key.public_key())


def read_public_key(text: str) -> str:
    """Return a round's public key as 64 hex characters; raise `Problem` if `text` is not one."""
    key = text.strip().lower()
    if not KEY.fullmatch(key):
        raise Problem(N_("a round's public key is 64 characters 0-9 a-f"))
    try:
        SUITE.encrypt(b"", _public(key))
    except ValueError as error:  # a point that gives every sender the same secret
        raise Problem(N_("this is no usable public key")) from error
    return key


def find_public_key(private_key: str) -> str:
    """Return the public key (hex) that belongs to a private key, given in hex or in words.

    Raises `Problem` for no key.
    """
    return _hex(_private(private_key).public_key())


def seal(public_hex: str, round_id: str, payload: Mapping[str, Any]) -> bytes:
    """Return `payload` sealed to a round's public key; every envelope has the same length.

    Raises `Problem` when the payload is larger than an envelope holds.
    """
    plaintext = canonical_json(dict(payload)).encode("utf-8")
    if len(plaintext) > PLAINTEXT_SIZE:
        raise Problem(N_("the answer is too long"))
    padded = plaintext.ljust(PLAINTEXT_SIZE, PADDING)
    return VERSION + SUITE.encrypt(padded, _public(public_hex), info=_info(round_id))


def open_envelope(private_key: str, round_id: str, envelope: bytes) -> dict[str, Any]:
    """Return what was sealed; raise `Problem` for a wrong key, another round or any changed bit."""
    return Opener.of(private_key, round_id).open(envelope)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens the envelopes of one round: its private key, read once for all of them."""

    private_key: X25519PrivateKey
    info: bytes

    @classmethod
    def of(cls, private_key: str, round_id: str) -> Self:
        """Return the opener of a round; raise `Problem` for text that is no private key."""
        return cls(_private(private_key), _info(round_id))

    @property
    def public_key(self) -> str:
        """The public key (hex) that belongs to the private key."""
        return _hex(self.private_key.public_key())

    def open(self, envelope: bytes) -> dict[str, Any]:
        """Return what was sealed, as `open_envelope`."""
        if envelope[:1] != VERSION:
            raise Problem(N_("an envelope has an unknown version"))
        try:
            plaintext = SUITE.decrypt(envelope[1:], self.private_key, info=self.info)
        except (InvalidTag, ValueError) as error:
            raise Problem(N_("an envelope was changed, or is sealed to another key")) from error
        try:
            payload = json.loads(plaintext.rstrip(PADDING))
        except (ValueError, RecursionError) as error:  # anybody may seal anything to a public key
            raise Problem(NO_ANSWER) from error
        if not isinstance(payload, dict):
            raise Problem(NO_ANSWER)
        return payload


def leaf_hash(envelope: bytes) -> str:
    """Return the receipt (回执) of an envelope: its Merkle leaf by RFC 6962, 64 hex characters."""
    return merkle.leaf_hash(envelope)


def _info(round_id: str) -> bytes:
    return b"renkedu envelope 1\n" + round_id.encode("ascii")


def _public(public_hex: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(bytes.fromhex(public_hex))


def _private(text: str) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(bytes.fromhex(read_private_key(text)))


def _hex(public_key: X25519PublicKey) -> str:
    return public_key.public_bytes_raw().hex()
