"""Times in a record, and the only ones that prove anything: those of an outside witness.

A time that a program writes down is what its clock, or its owner, says. A time-stamp token (RFC
3161 时间戳) is a third party's signature over a digest and a time, and can be checked offline.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sampling.problems import N_, Problem

if TYPE_CHECKING:
    from rfc3161_client import Verifier


def read_time(text: str) -> datetime:
    """Return an ISO 8601 time with its offset; raise `Problem` for anything else.

    >>> read_time("2026-05-07T09:00:00+08:00").utcoffset() == timedelta(hours=8)
    True
    """
    time = _parse_time(text)
    if time is None or time.tzinfo is None:
        raise Problem(N_("expected a time like 2026-05-07T09:00:00+08:00, got {got!r}"), got=text)
    return time


def _parse_time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_token(text: str) -> bytes:
    """Return a token from its base64 text; raise `Problem` for other text."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem(N_("a time stamp is not base64: {reason}"), reason=error) from error


def make_verifier(roots: Sequence[bytes]) -> Verifier:
    """Return what verifies tokens of the authorities under `roots` (certificates in PEM).

    The checker names whom to trust; a record cannot vouch for its own witness. Raises `Problem` for
    other bytes, for none, and when the library for it is not installed.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificates
        from rfc3161_client import VerifierBuilder
    except ImportError as error:
        raise Problem(
            N_("checking a time stamp needs the package {package}"), package="rfc3161-client"
        ) from error
    try:
        # One certificate may stand in two files; the library wants it once.
        certificates = {c for pem in roots for c in load_pem_x509_certificates(pem)}
        builder = VerifierBuilder(roots=list(certificates))
        return builder.build()
    except ValueError as error:
        raise Problem(
            N_("a trusted root is not a certificate in PEM: {reason}"), reason=error
        ) from error


def verify_token(token: bytes, digest: str, verifier: Verifier) -> datetime:
    """Return the latest time at which `digest` existed, as the time-stamp authority signed it.

    Parameters
    ----------
    token
        The authority's response (RFC 3161 TimeStampResp, DER), as ``openssl ts -reply`` writes it.
    digest
        The SHA-256 that was stamped, 64 hex digits.
    verifier
        From `make_verifier`.

    The accuracy that the authority states is added. Raises `Problem` for a token that is broken, of
    another digest, or signed by nobody trusted.
    """
    from rfc3161_client import VerificationError, decode_timestamp_response

    try:
        response = decode_timestamp_response(token)
        verifier.verify(response, bytes.fromhex(digest))
    except (ValueError, VerificationError) as error:
        raise Problem(N_("the time stamp does not hold: {reason}"), reason=error) from error
    time: datetime = response.tst_info.gen_time + _margin(response.tst_info.accuracy)
    return time


def _margin(accuracy: object) -> timedelta:
    parts = [getattr(accuracy, name, None) or 0 for name in ("seconds", "millis", "micros")]
    return timedelta(seconds=parts[0], milliseconds=parts[1], microseconds=parts[2])
