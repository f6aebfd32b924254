"""The editions to choose from: those that ship, and those of one's own in a folder beside them."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sampling.problems import N_, Problem
from sampling.toml_table import read_toml
from survey.questionnaires.edition import (
    EDITION_FILE,
    EDITION_ID,
    load_edition,
    read_edition,
    shipped_editions,
)
from survey.questionnaires.paper import Edition

FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\.toml")
MOST_BYTES = 1_000_000  # of all files of an edition


@dataclass(frozen=True, slots=True)
class Shelved:
    """An edition that can be chosen, or why it cannot be: then `edition` is None."""

    id: str
    is_shipped: bool
    edition: Edition | None
    fault: Problem | None = None


def list_editions(folder: Path) -> list[Shelved]:
    """Return the editions that ship, then those in `folder`; faulty ones with their fault."""
    shipped = [Shelved(name, True, load_edition(name)) for name in shipped_editions()]
    own = sorted(path.parent for path in folder.glob(f"*/{EDITION_FILE}"))
    return [*shipped, *(_try_edition(path) for path in own if EDITION_ID.fullmatch(path.name))]


def list_choices(folder: Path, language: str) -> list[tuple[str, str]]:
    """Return id and title of the editions that a round can have."""
    return [
        (shelved.id, f"{shelved.edition.title[language]} ({shelved.id})")
        for shelved in list_editions(folder)
        if shelved.edition is not None
    ]


def _try_edition(folder: Path) -> Shelved:
    try:
        return Shelved(folder.name, False, find_edition(folder.parent, folder.name))
    except Problem as problem:
        return Shelved(folder.name, False, None, problem)


def find_edition(folder: Path, name: str) -> Edition:
    """Return an edition by its id, from those that ship or from `folder`.

    Raises `Problem` for a faulty edition, for none, and for one of one's own that takes the id of
    one that ships.
    """
    own = folder / name
    is_own = bool(EDITION_ID.fullmatch(name)) and (own / EDITION_FILE).is_file()
    if is_own and name in shipped_editions():
        raise Problem(N_("an edition of this id comes with the programme"), where=name)
    return read_edition(own) if is_own else load_edition(name)


def store_edition(folder: Path, files: Mapping[str, bytes]) -> Edition:
    """Check the files of an edition, by name, and put them into `folder` under its id.

    Raises `Problem` for what is faulty, and for an id that is taken: a correction is a new edition
    with a new id. Nothing is stored then, and never a part.
    """
    for name in files:
        if not FILE_NAME.fullmatch(name):
            raise Problem(N_("expected names such as society.toml, got {got!r}"), got=name)
    if sum(map(len, files.values())) > MOST_BYTES:
        raise Problem(N_("the files hold more than {limit} bytes"), limit=MOST_BYTES)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    trial = folder / f".{secrets.token_hex(8)}"
    try:
        return _move_in(folder, trial, files)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _move_in(folder: Path, trial: Path, files: Mapping[str, bytes]) -> Edition:
    """Write the files aside, read them as an edition, then give them their place at once."""
    draft = trial / "draft"
    draft.mkdir(parents=True)
    for name, content in files.items():
        (draft / name).write_bytes(content)
    name = _read_id(draft)
    named = draft.rename(trial / name)
    edition = read_edition(named)
    is_taken = name in shipped_editions()
    try:
        if not is_taken:
            named.rename(folder / name)  # fails where such a folder holds anything
    except OSError:
        is_taken = True
    if is_taken:
        raise Problem(
            N_("there is an edition {name!r} already; a correction is a new edition with a new id"),
            name=name,
        )
    return edition


def _read_id(draft: Path) -> str:
    if not (draft / EDITION_FILE).exists():
        raise Problem(N_("the file {file} is missing"), file=EDITION_FILE)
    name = read_toml(draft / EDITION_FILE).get("id")
    if not (isinstance(name, str) and EDITION_ID.fullmatch(name)):
        raise Problem(
            N_("key {key!r}: expected {expected}, got {got!r}"),
            where=EDITION_FILE,
            key="id",
            expected="up to 64 letters a-z, digits or -",
            got=name,
        )
    return name
