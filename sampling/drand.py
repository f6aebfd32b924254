"""drand: a public beacon (公共随机信标) whose rounds come at fixed times and are signed.

A round's randomness is the SHA-256 of its signature, a BLS signature (BLS12-381) of the round's
number by a league of independent operators, of whom more than half must work together. Nobody can
know it before its time, and anybody can check it afterwards without a network.

Source: drand documentation, "Cryptography" and "quicknet"; hashing to the curve by RFC 9380.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from types import ModuleType

from sampling.problems import N_, Problem

LAST_ROUND = 10**9  # due in about a century; far beyond it dates end
_SIGNATURE = re.compile(r"[0-9a-f]{96}")


@dataclass(frozen=True, slots=True)
class Chain:
    """A beacon: its name and digest, the league's public key, Unix time of round 1, period (s)."""

    name: str
    chain_hash: str
    public_key: str
    genesis: int
    period: int
    domain: bytes


QUICKNET = Chain(
    name="quicknet",
    chain_hash="52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    public_key=(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d"
        "1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8"
        "991ef5ece45a"
    ),
    genesis=1692803367,
    period=3,
    domain=b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_",
)


def find_round_time(round_number: int, chain: Chain = QUICKNET) -> datetime:
    """Return when a round (from 1) was due, and not known to anybody before.

    >>> find_round_time(657413).isoformat()
    '2023-09-15T11:00:03+00:00'
    """
    _check_round(round_number)
    return datetime.fromtimestamp(chain.genesis + (round_number - 1) * chain.period, UTC)


def find_round(time: datetime, chain: Chain = QUICKNET) -> int:
    """Return the first round that is due at `time` or after it: the one to name in advance.

    >>> find_round(datetime(2023, 9, 15, 11, 0, 1, tzinfo=UTC))
    657413
    """
    seconds = int(time.timestamp()) - chain.genesis
    return max(1, -(-seconds // chain.period) + 1)


def get_randomness(signature: str) -> str:
    """Return a round's randomness from its signature (96 hex digits): 64 hex digits."""
    if not _SIGNATURE.fullmatch(signature):
        raise Problem(
            N_("a drand signature is 96 hex digits in lower case, got {got!r}"), got=signature
        )
    return hashlib.sha256(bytes.fromhex(signature)).hexdigest()


def is_signed(round_number: int, signature: str, chain: Chain = QUICKNET) -> bool:
    """Say whether `signature` is the league's signature of the round: e(H(m), key) = e(s, g2).

    Takes about a quarter of a second. Raises `Problem` when the library for it is not installed.
    """
    _check_round(round_number)
    get_randomness(signature)
    points, hashing, curves = _load_library()
    message = hashlib.sha256(round_number.to_bytes(8, "big")).digest()
    try:
        # Signatures of this chain are points of G1 and its key one of G2; the library's names say
        # it the other way round, but what counts is the curve that a point is on.
        point = points.pubkey_to_G1(bytes.fromhex(signature))
        key = points.signature_to_G2(bytes.fromhex(chain.public_key))
    except (ValueError, AssertionError):
        return False
    if not points.subgroup_check(point):
        return False
    hashed = hashing.hash_to_G1(message, chain.domain, hashlib.sha256)
    product = curves.pairing(key, hashed, False) * curves.pairing(
        curves.neg(curves.G2), point, False
    )
    return bool(curves.final_exponentiate(product) == curves.FQ12.one())


def _load_library() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Import what is needed of py_ecc, whose own annotations contradict how it is to be called."""
    limit = sys.getrecursionlimit()
    try:
        return (
            import_module("py_ecc.bls.g2_primitives"),
            import_module("py_ecc.bls.hash_to_curve"),
            import_module("py_ecc.optimized_bls12_381"),
        )
    except ImportError as error:
        raise Problem(
            N_("checking a drand signature needs the package {package}"), package="py_ecc"
        ) from error
    finally:
        # The library lifts the limit to 100,000 on import, beyond what the stack holds: a record
        # of nested brackets would then end the program instead of being told as broken JSON.
        sys.setrecursionlimit(limit)


def _check_round(round_number: int) -> None:
    if not 1 <= round_number <= LAST_ROUND:
        raise Problem(
            N_("a drand round is a number from 1 to {last}, got {got}"),
            last=LAST_ROUND,
            got=round_number,
        )
