"""The ticket of a person: SHA-256 of text, so that ``sha256sum`` can redo it."""

from __future__ import annotations

from sampling.canonical import sha256_text
from sampling.problems import N_, Problem

MAX_SEED = 1000


def ticket(seed: str, unit_id: str) -> str:
    """Return the ticket of `unit_id`: the lower-case hex SHA-256 of seed, newline, id in UTF-8.

    64 characters; as text they sort like the numbers they are.

    >>> ticket("demo", "p-0001")[:16]
    '08397d7d08ba80d8'
    """
    return sha256_text(f"{seed}\n{unit_id}")


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
