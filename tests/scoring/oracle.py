"""Reads the reference values of R's survey package (`oracle/README.md`)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

HERE = Path(__file__).with_name("oracle")
Case = Mapping[str, Any]


@cache
def _all_cases() -> dict[str, Case]:
    content = json.loads((HERE / "survey.json").read_text(encoding="utf-8"))
    return {case["id"]: case for case in content["cases"]}


def case(id: str) -> Case:
    """Return the case `{id, call, value}`."""
    return _all_cases()[id]


def cases(prefix: str = "") -> list[Case]:
    """Return the cases whose ids begin with `prefix`, in the file's order."""
    return [found for id, found in _all_cases().items() if id.startswith(prefix)]


def matching(pattern: str) -> list[str]:
    """Return the ids that `pattern`, a regular expression, matches from end to end."""
    return [id for id in _all_cases() if re.fullmatch(pattern, id)]


@cache
def data(name: str) -> pd.DataFrame:
    """Return the data set `name`; a blank is NaN. Not to be changed by a test."""
    return pd.read_csv(HERE / "data" / f"{name}.csv")


@cache
def result(name: str) -> npt.NDArray[np.float64]:
    """Return results/`name`.csv without its heading: (rows,) of weights or (rows, replicates)."""
    path = HERE / "results" / f"{name}.csv"
    values = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float64)
    values.flags.writeable = False
    return values


@cache
def exceptions() -> dict[str, str]:
    """Return the ids that no test holds, each with the reason."""
    return {
        id: entry["reason"]
        for entry in _entries("exceptions", "exception")
        for id in matching(entry["pattern"])
    }


@cache
def covered(by: str) -> list[str]:
    """Return the ids that the test `by` (file::function) holds: its patterns less exceptions."""
    return [
        id
        for entry in _entries("coverage", "covered")
        if entry["by"] == by
        for id in matching(entry["pattern"])
        if id not in exceptions()
    ]


def holders() -> set[str]:
    """Return all tests that hold ids."""
    return {entry["by"] for entry in _entries("coverage", "covered")}


@cache
def _entries(folder: str, kind: str) -> list[dict[str, str]]:
    return [
        entry
        for path in sorted((HERE / folder).glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))[kind]
    ]
