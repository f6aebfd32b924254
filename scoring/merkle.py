"""Merkle tree of sealed envelopes (RFC 6962, section 2.1): one hash stands for all of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from sampling.problems import N_, Problem

LEAF, NODE = b"\x00", b"\x01"
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")


def leaf_hash(ciphertext: bytes) -> str:
    """Return the leaf of an envelope: lower-case hex SHA-256 of a zero byte and the ciphertext.

    >>> leaf_hash(b"")
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d'
    """
    return hashlib.sha256(LEAF + ciphertext).hexdigest()


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the root over leaf hashes (lower-case hex) in the order given.

    Certificates list leaves sorted, so that the order says nothing about time. No leaves: the
    hash of nothing. Raises `Problem` for a leaf that is not 64 lower-case hex characters.
    """
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    level = [_bytes(leaf) for leaf in leaves]
    while len(level) > 1:
        level = _parents(level)
    return level[0].hex()


def has_leaf(leaf: str, leaves: Sequence[str], root: str) -> bool:
    """Return whether `leaf` is in the full list and the list gives `root`."""
    return leaf in leaves and merkle_root(leaves) == root


def _parents(level: Sequence[bytes]) -> list[bytes]:
    """Return the level above; an odd one out moves up unchanged, as the RFC's split has it."""
    pairs = zip(level[::2], level[1::2], strict=False)
    parents = [hashlib.sha256(NODE + left + right).digest() for left, right in pairs]
    return parents + ([level[-1]] if len(level) % 2 else [])


def _bytes(leaf: str) -> bytes:
    if not HEX_DIGEST.fullmatch(leaf):
        raise Problem(N_("expected 64 lower-case hex characters, got {got!r}"), got=leaf)
    return bytes.fromhex(leaf)
