"""The locks agree with what the project says it needs, and with each other."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.guards import ROOT

FOR_THE_INSTALLATION = {"hatchling", "editables"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def read_names(name: str) -> set[str]:
    lines = (ROOT / "requirements" / name).read_text().splitlines()
    named = (line for line in lines if line and not line.startswith(("#", "-")))
    return {canonicalize_name(Requirement(line).name) for line in named}


def read_pins(name: str) -> dict[str, Version]:
    text = (ROOT / "requirements" / name).read_text()
    pins = re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", text, re.MULTILINE)
    return {canonicalize_name(package): Version(version) for package, version in pins}


def test_what_is_locked_is_what_the_project_needs() -> None:
    needed = {canonicalize_name(Requirement(text).name) for text in PROJECT["dependencies"]}
    assert read_names("base.in") - FOR_THE_INSTALLATION == needed


@pytest.mark.parametrize("text", PROJECT["dependencies"])
def test_the_pin_is_one_the_project_allows(text: str) -> None:
    requirement = Requirement(text)
    assert read_pins("base.txt")[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_checks_run_with_the_versions_the_program_runs_with() -> None:
    base, dev = read_pins("base.txt"), read_pins("dev.txt")
    assert {name: dev.get(name) for name in base} == base


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_pin_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert [line for line in lines if "--hash=sha256:" not in line] == []
