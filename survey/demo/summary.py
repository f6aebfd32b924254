"""The demonstration in figures: people by category and disposition, rate, verdict, files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from scoring.answers import CATEGORIES
from survey.assessments.models import PLAN, RATE, VERDICT, Round
from survey.assessments.operations import find_record, read_body
from survey.demo.county import MADE_UP_EN, MADE_UP_ZH
from survey.demo.respondents import Wave
from survey.samples.progress import progress

SUMMARY_FILE = "summary.json"
FILES = {
    "frame": "frame.csv",
    "plan": "plan.json",
    "draw": "draw.json",
    "answers": "answers.json",
    "rate": "rate.json",
    "verdict": "verdict.json",
    "cards": "cards.pdf",
}


def make_summary(session: Session, round_: Round, files: Path, wave: Wave) -> dict[str, Any]:
    """Write summary.json and return what it holds."""
    plan, rate, verdict = (
        read_body(record)
        for kind in (PLAN, RATE, VERDICT)
        if (record := find_record(session, round_, kind))
    )
    official = rate["official"]
    people = progress(session, round_).categories
    summary = {
        "made_up": True,
        "note": f"{MADE_UP_ZH} {MADE_UP_EN}",
        "county": round_.county,
        "residents": round_.residents,
        "n": plan["n"],
        "categories": {
            name: {
                "target": plan["categories"][name],
                "issued": people[name].issued,
                "answered": people[name].answered,
                "refused": people[name].refused,
            }
            for name in CATEGORIES
        },
        "rate": {key: official[key] for key in ("numerator", "denominator", "parents")},
        "verdict": verdict["verdict"],
        "failed_visits": len(wave.failures),
        "files": {kind: str((files / name).resolve()) for kind, name in FILES.items()},
    }
    text = json.dumps(summary, ensure_ascii=False, indent=1)
    (files / SUMMARY_FILE).write_text(text + "\n", encoding="utf-8")
    return summary


def read_summary(files: Path) -> dict[str, Any]:
    """Return what summary.json holds."""
    summary: dict[str, Any] = json.loads((files / SUMMARY_FILE).read_text(encoding="utf-8"))
    return summary
