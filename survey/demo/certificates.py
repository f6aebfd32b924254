"""Checking the demonstration's certificates the way `renkedu verify` does, from the files alone."""

from __future__ import annotations

from pathlib import Path

from sampling.frame import read_frame
from sampling.record import read_draw, read_plan
from sampling.survey_rules import load_survey_rules
from sampling.verification import verify_draw
from scoring.record import read_record, verify_verdict


def check_certificates(files: Path) -> list[str]:
    """Check draw and verdict; return a line for each, raise `Problem` at the first difference."""
    plan = read_plan(files / "plan.json")
    frame = read_frame(files / "frame.csv", load_survey_rules(plan["rules"]["id"]))
    verify_draw(read_draw(files / "draw.json"), frame, plan)
    verdict = read_record(files / "verdict.json", "verdict")
    verify_verdict(verdict, answers=read_record(files / "answers.json", "answers"))
    return ["draw.json 验证通过 (drawn again, the same)", "verdict.json 验证通过 (the same again)"]
