"""What a run of the command line leaves behind, and what a refusal looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple


class Outcome(NamedTuple):
    """Exit code, standard output and standard error of one run."""

    code: int | str | None
    out: str
    err: str

    @property
    def record(self) -> Any:
        """What a run that went well printed, as JSON; a number that is none fails."""
        assert (self.code, self.err) == (0, ""), self
        return json.loads(self.out, parse_constant=refuse)


Run = Callable[..., Outcome]


def refuse(name: str) -> object:
    """Fail for NaN and the infinities, which are not JSON."""
    raise AssertionError(f"{name} is not JSON")


def assert_refused(outcome: Outcome, part: str) -> None:
    """Bad input ends with 2, is told in lines on standard error, and nothing else is printed."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert part in outcome.err
    assert all(line.startswith("renkedu: ") for line in outcome.err.splitlines())
