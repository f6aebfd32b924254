"""Where the files of the program lie that are no modules."""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def find_folder(name: str) -> Path:
    """Return where `name` (templates, migrations) lies: in a wheel below survey, else beside it."""
    packaged = HERE / name
    return packaged if packaged.is_dir() else HERE.parent / name
