"""Runs `renkedu` within the test's process, as a shell would see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from survey.commands import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def record(self) -> Any:
        """What was printed, as JSON; a number that is none fails."""
        assert (self.code, self.err) == (0, "")
        return json.loads(self.out, parse_constant=refuse)


def refuse(name: str) -> object:
    """Fail for NaN and the infinities, which are not JSON."""
    raise AssertionError(f"{name} is not JSON")


Renkedu = Callable[..., Ended]


def make_runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Renkedu:
    """Return what runs `renkedu` with the arguments that it is given."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["renkedu", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return Ended(int(ended.value.code or 0), captured.out, captured.err)

    return run
