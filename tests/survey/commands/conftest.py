"""The command line as a person runs it, within the test's process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sampling.frame import make_frame, write_frame
from sampling.survey_rules import load_survey_rules
from survey.commands import main
from tests.sampling.rosters import make_units
from tests.survey.commands.outcomes import Outcome, Run


@pytest.fixture
def renkedu(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `renkedu` with the arguments that it is given."""

    def run_command(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["renkedu", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(caught.value.code, captured.out, captured.err)

    return run_command


@pytest.fixture
def run(renkedu: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `renkedu` in an empty folder that holds a small county's frame.csv."""
    monkeypatch.chdir(tmp_path)
    write_frame(make_frame(make_units(), load_survey_rules()), tmp_path / "frame.csv")
    return renkedu
