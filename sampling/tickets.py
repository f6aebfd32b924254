"""The ticket of a person: SHA-256 of text, so that ``sha256sum`` can redo it."""

from __future__ import annotations

from math import isqrt

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem

MAX_SEED = 1000
SPACE = 1 << 256  # how many tickets there are
NO_BOUND = "g"  # as text above every ticket, since hex digits end at f


def ticket(seed: str, unit_id: str) -> str:
    """Return the ticket of `unit_id`: the lower-case hex SHA-256 of seed, newline, id in UTF-8.

    64 characters; as text they sort like the numbers they are.

    >>> ticket("demo", "p-0001")[:16]
    '08397d7d08ba80d8'
    """
    return sha256_text(f"{seed}\n{unit_id}")


def bound_tickets(size: int, wanted: int, widening: int = 0) -> str:
    """Return a text below which about a little more than `wanted` of `size` tickets lie.

    The `wanted` smallest are nearly always among them: the bound lies six standard deviations of
    the count and ten more above it. Whoever finds fewer than `wanted` below the bound asks
    again with the next `widening` (0, 1, 2 …), until `NO_BOUND` lets everybody through. So the
    result is exact, and only a sliver of a big stratum has to be sorted.

    >>> bound_tickets(1_000_000, 75)[:8]
    '0008fa7a'
    >>> bound_tickets(100, 75)
    'g'
    """
    slack = (isqrt(36 * (wanted + 1)) + 10) << (3 * widening)
    if wanted + slack >= size:
        return NO_BOUND
    return f"{SPACE * (wanted + slack) // size:064x}"


def check_seed(seed: str) -> None:
    """Raise `Problem` unless `seed` is 1 to 1000 printable characters, not all of them blank.

    It is used as it is, not trimmed: whoever redoes the draw must be able to read it off a page.
    """
    if "\n" in seed or "\r" in seed:
        raise Problem(N_("the seed holds a line break; it must be one line of text"))
    if not seed.strip():
        raise Problem(N_("the seed is empty"))
    if len(seed) > MAX_SEED:
        raise Problem(
            N_("the seed has {got} characters, at most {limit}"), got=len(seed), limit=MAX_SEED
        )
    if seed != seed.strip():
        raise Problem(N_("the seed begins or ends with a blank that nobody could see on paper"))
    if not seed.isprintable():
        raise Problem(N_("the seed holds a character that cannot be printed: {seed!r}"), seed=seed)
