"""What a run of the command line leaves behind, and what a refusal looks like."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Outcome(NamedTuple):
    """Exit code, standard output and standard error of one run."""

    code: int | str | None
    out: str
    err: str


Run = Callable[..., Outcome]


def assert_refused(outcome: Outcome, part: str) -> None:
    """Bad input ends with 2, is told in lines on standard error, and nothing else is printed."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert part in outcome.err
    assert all(line.startswith("renkedu: ") for line in outcome.err.splitlines())
