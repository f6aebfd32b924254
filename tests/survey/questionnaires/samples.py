"""An edition with every kind of question, routing, and three ways of writing.

The Arabic-script and Mongolian-script texts are rows of letters, for layout; they say nothing.
"""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

from survey.questionnaires.edition import EDITIONS_FOLDER
from survey.questionnaires.toml_text import write_toml

NATIONAL = "national-2026"
ARABIC_LETTERS = "ئابپتج چخد رزژسشغ فقكگڭ، لمنھ؟"
MONGOLIAN_LETTERS = "ᠠᠡᠢᠣᠤ ᠥᠦᠨᠩ ᠪᠫᠬ ᠭᠮᠯ᠂ ᠰᠱᠲ᠃"
LANGUAGES = {
    "mn-Mong": {"name": "ᠮᠣᠩᠭᠣᠯ", "direction": "vertical"},
    "ug": {"name": "ئۇيغۇرچە", "direction": "rtl"},
}
LETTERS = {"mn-Mong": MONGOLIAN_LETTERS, "ug": ARABIC_LETTERS}

Contents = dict[str, dict[str, Any]]


def words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


FURTHER_ITEMS: list[dict[str, Any]] = [
    {
        "id": "visited",
        "dimension": "sharing",
        "kind": "single",
        "required": True,
        "text": words("您今年去过学校吗？", "Have you been to a school this year?"),
        "options": [
            {"id": "yes", "text": words("去过", "Yes")},
            {"id": "no", "text": words("没去过", "No")},
        ],
    },
    {
        "id": "reasons",
        "dimension": "sharing",
        "kind": "multiple",
        "required": True,
        "when": {"item": "visited", "is": ["yes"]},
        "text": words("为了什么事去的？", "What for?"),
        "hint": words("只说今年的。", "This year only."),
        "options": [
            {"id": "meeting", "text": words("家长会", "A meeting of parents")},
            {"id": "sport", "text": words("运动会", "A sports day")},
            {"id": "other", "text": words("其他", "Something else")},
        ],
    },
    {
        "id": "times",
        "dimension": "sharing",
        "kind": "number",
        "required": False,
        "least": 1,
        "most": 300,
        "when": {"item": "reasons", "is": ["meeting", "sport"]},
        "text": words("去过几次？", "How many times?"),
    },
]  # fmt: skip


def national_contents() -> Contents:
    """Return what the files of the national edition hold, to be changed by a test."""
    return {
        path.name: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in (EDITIONS_FOLDER / NATIONAL).glob("*.toml")
    }


def sample_contents(edition_id: str = "sample-2027") -> Contents:
    """Return an edition with every kind of question, in four languages."""
    contents = national_contents()
    contents["edition.toml"]["id"] = edition_id
    contents["edition.toml"]["languages"] = copy.deepcopy(LANGUAGES)
    contents["society.toml"]["items"][1:1] = copy.deepcopy(FURTHER_ITEMS)
    for name, paper in contents.items():
        if name != "edition.toml":
            add_letters(paper)
    return contents


def add_letters(value: object) -> None:
    """Put the letters of further languages beside every wording."""
    if isinstance(value, list):
        for entry in value:
            add_letters(entry)
    elif isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            value.update(LETTERS)
        for entry in value.values():
            add_letters(entry)


def write_contents(folder: Path, contents: Contents) -> Path:
    """Write an edition's files below `folder`; return the edition's folder."""
    home = folder / str(contents["edition.toml"]["id"])
    home.mkdir(parents=True)
    for name, data in contents.items():
        (home / name).write_text(write_toml(data), encoding="utf-8")
    return home
