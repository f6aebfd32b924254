"""The wheel: what a stranger installs holds the pages, the migrations and the translations."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.guards import ROOT, list_files


def run_pip(*arguments: str | Path) -> None:
    """Run this environment's pip without asking any index."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--no-input", *arguments],
        check=True,
        env={**os.environ, "PIP_NO_INDEX": "1"},
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run_pip("wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", directory, ROOT)
    (built,) = directory.glob("renkedu-*.whl")
    return built


def test_a_wheel_holds_every_page_migration_rule_and_translation(wheel: Path) -> None:
    sources = list_files("templates", "migrations", "survey", "sampling", "scoring")
    names = {str(file.relative_to(ROOT)) for file in sources}
    beside = {f"survey/{name}" for name in names if name.startswith(("templates/", "migrations/"))}
    compiled = {name.removesuffix(".po") + ".mo" for name in names if name.endswith(".po")}
    packaged = {name for name in names if not name.startswith(("templates/", "migrations/"))}
    assert compiled
    assert (beside | compiled | packaged) - set(ZipFile(wheel).namelist()) == set()


def test_an_installed_wheel_is_a_working_command(wheel: Path, tmp_path: Path) -> None:
    """Away from the tree, with the dependencies this environment has."""
    run_pip("install", "--no-deps", "--target", tmp_path / "installed", wheel)
    command = tmp_path / "installed" / "bin" / "renkedu"
    shown = subprocess.run(
        [command, "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert "verify" in shown.stdout
