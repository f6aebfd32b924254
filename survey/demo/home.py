"""The directory of a demonstration: made afresh, and never in place of anything else."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sampling.problems import N_, Problem
from scoring.engine_registry import BUILT_IN
from survey.demo.county import MADE_UP_EN, MADE_UP_ZH
from survey.settings import Settings, load_settings

MARKER = "made-by-renkedu-demo.txt"
FILES = "files"


@contextmanager
def prepare_home(home: Path) -> Iterator[Path]:
    """Yield `home`, empty but for its marker, and keep other demonstrations out of it meanwhile.

    An earlier demonstration is removed. Raises `Problem` for a directory that holds anything else
    (it has no marker), and where another demonstration is running.
    """
    home = home.resolve()
    marker = home / MARKER
    if home.exists() and not marker.exists() and not is_empty(home):
        raise Problem(
            N_("holds no demonstration (no {marker}): nothing was changed; give another --home"),
            where=str(home),
            marker=MARKER,
        )
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with marker.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Problem(N_("another demonstration is running here"), where=str(home)) from error
        remove_all_but(home, marker)
        file.truncate(0)
        file.write(f"{MADE_UP_ZH}\n{MADE_UP_EN}\n")
        file.flush()
        (home / FILES).mkdir()
        yield home


def is_empty(home: Path) -> bool:
    """Say whether there is a directory with nothing in it."""
    return home.is_dir() and not any(home.iterdir())


def remove_all_but(home: Path, marker: Path) -> None:
    """Remove what an earlier demonstration left."""
    for path in home.iterdir():
        if path == marker:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def make_settings(home: Path, public_url: str) -> Settings:
    """Return the demonstration's settings.

    What the environment names is put aside: a demonstration must never reach a real database.
    """
    return replace(
        load_settings(home),
        database_url=f"sqlite:///{home / 'renkedu.db'}",
        public_url=public_url,
        indicator_engine=BUILT_IN,
        second_factor=False,  # whoever looks at a demonstration has no authenticator for it
        secure_cookies=False,
    )
