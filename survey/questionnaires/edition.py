"""Questionnaire editions (问卷版本) as data: three papers, few closed kinds of question.

An edition is a folder of TOML files: `edition.toml` names it, its languages and dimensions, every
other file is one paper. What is faulty in a file is told with the file's name and the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml
from scoring.answers import CATEGORIES
from survey.questionnaires.paper import (
    ALWAYS,
    DIRECTIONS,
    KINDS,
    OVERALL,
    SINGLE,
    TEXT,
    Edition,
    Item,
    Language,
    Option,
    Paper,
    Wording,
)
from survey.questionnaires.paper_table import (
    LONGEST_TEXT,
    MOST_ITEMS,
    check_id,
    read_paper,
    read_wording,
)

EDITIONS_FOLDER = Path(__file__).parent / "editions"
EDITION_FILE = "edition.toml"
FORMAT = 1

EDITION_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
LANGUAGE_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LANGUAGE_NAME = re.compile(r"[^\s:()](?:[^:()\x00-\x1f\x7f]{0,38}[^\s:()])?")


@cache
def load_edition(name: str) -> Edition:
    """Return the edition that ships under `name`; raise `Problem` when there is none.

    >>> load_edition("national-2026").paper_for("principal").id
    'staff'
    """
    known = shipped_editions()
    if name not in known:
        raise Problem(
            N_("there is no edition named {name!r}; known: {known}"),
            name=name,
            known=", ".join(known),
        )
    return read_edition(EDITIONS_FOLDER / name)


def shipped_editions() -> list[str]:
    """Return the ids of the editions that come with the programme."""
    return sorted(path.parent.name for path in EDITIONS_FOLDER.glob(f"*/{EDITION_FILE}"))


def read_edition(folder: Path) -> Edition:
    """Read an edition from its folder; raise `Problem` naming file, key and what was expected."""
    contents = {path.name: read_toml(path) for path in sorted(folder.glob("*.toml"))}
    return parse_edition(folder.resolve().name, contents)


def parse_edition(name: str, contents: Mapping[str, Mapping[str, object]]) -> Edition:
    """Return the edition called `name` out of what its files hold, by file name."""
    if EDITION_FILE not in contents:
        raise Problem(N_("the file {file} is missing"), where=name, file=EDITION_FILE)
    top = Table(contents[EDITION_FILE], f"{name}/{EDITION_FILE}")
    top.whole("format", least=FORMAT, most=FORMAT)
    if not EDITION_ID.fullmatch(top.choice("id", (name,))):
        raise top.problem("id", "up to 64 letters a-z, digits or -", name)
    languages = read_languages(top)
    title = read_wording(top.table("title"), ALWAYS)
    dimensions = {
        key: read_wording(table, ALWAYS) for key, table in top.tables("dimensions").items()
    }
    for key in dimensions:
        check_id(top, "dimensions", key)
    top.finish()
    papers = tuple(
        read_paper(contents[file], f"{name}/{file}", tuple(dimensions), languages)
        for file in sorted(contents)
        if file != EDITION_FILE
    )
    _check_cover(papers, name)
    return Edition(
        id=name,
        title=title,
        dimensions=dimensions,
        languages=languages,
        papers=papers,
        content=contents,
        digest=digest(contents),
    )


def edition_of_record(record: Mapping[str, Any]) -> Edition:
    """Return the edition that a round's record holds; `Problem` unless its digest is that of it."""
    edition = parse_edition(str(record["edition"]), record["files"])
    if edition.digest != record["digest"]:
        raise Problem(N_("its digest is not that of its content"), where="questionnaire")
    return edition


def read_languages(top: Table) -> tuple[Language, ...]:
    """Return Chinese, English and the languages that the edition adds, by code."""
    tables = top.tables("languages") if "languages" in top.keys else {}
    added = []
    for code, table in sorted(tables.items()):
        known = [language.code for language in ALWAYS]
        if not LANGUAGE_CODE.fullmatch(code) or code in known:
            expected = f"codes such as ug or mn-Mong, and not {' '.join(known)}"
            raise top.problem("languages", expected, code)
        name = table.text("name")
        if not LANGUAGE_NAME.fullmatch(name):
            raise table.problem("name", "the language's own name, with no : ( or )", name)
        added.append(Language(code, name, table.choice("direction", DIRECTIONS)))
        table.finish()
    return (*ALWAYS, *added)


def _check_cover(papers: Sequence[Paper], where: str) -> None:
    covered = sorted(category for paper in papers for category in paper.categories)
    if covered != sorted(CATEGORIES):
        raise Problem(
            N_("each of {categories} needs exactly one paper"),
            where=where,
            categories=", ".join(CATEGORIES),
        )


__all__ = [
    "EDITIONS_FOLDER",
    "EDITION_FILE",
    "EDITION_ID",
    "KINDS",
    "LONGEST_TEXT",
    "MOST_ITEMS",
    "OVERALL",
    "SINGLE",
    "TEXT",
    "Edition",
    "Item",
    "Language",
    "Option",
    "Paper",
    "Wording",
    "edition_of_record",
    "load_edition",
    "parse_edition",
    "read_edition",
    "read_languages",
    "shipped_editions",
]
