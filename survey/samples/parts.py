"""Keys in parts that every database takes in one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def in_parts(keys: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """Yield `keys` in parts that every database takes in one statement."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
