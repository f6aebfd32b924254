"""Reference cases that other programs computed, kept beside the tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def load_cases(name: str) -> dict[str, dict[str, Any]]:
    """Return the cases of a file by their id."""
    path = Path(__file__).parent / "cases" / name
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in cases}
