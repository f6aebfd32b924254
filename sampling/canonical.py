"""Canonical JSON: one value, one sequence of bytes, so that a digest means something."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical_json(value: Any) -> str:
    """Return `value` as canonical JSON text ending in a newline.

    Keys sorted by code point, no blanks, no escapes beyond what JSON needs, no NaN. A record is
    written to disk in exactly these bytes, so ``sha256sum FILE`` prints its digest.

    >>> canonical_json({"n": 2, "area": "城区"})
    '{"area":"城区","n":2}\\n'
    """
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text + "\n"


def digest(value: Any) -> str:
    """Return the lower-case hex SHA-256 of `value`'s canonical JSON (64 characters)."""
    return sha256_text(canonical_json(value))


def sha256_text(text: str) -> str:
    """Return the lower-case hex SHA-256 of the UTF-8 bytes of `text` (64 characters)."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
