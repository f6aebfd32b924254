"""Questionnaire editions (问卷版本) as data: three papers, few closed kinds of question.

An edition is a folder of TOML files: `edition.toml` names it and its dimensions, every other file
is one paper. What is faulty in a file is told with the file's name and the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sampling.canonical import digest
from sampling.problems import N_, Problem
from sampling.toml_table import Table, read_toml
from scoring.answers import CATEGORIES
from scoring.counting_rule import OPTIONS

EDITIONS_FOLDER = Path(__file__).parent / "editions"
EDITION_FILE = "edition.toml"
FORMAT = 1

SINGLE, TEXT = KINDS = ("single", "text")
OVERALL = "overall"  # the item that every paper has and everybody answers
ITEM_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
LONGEST_TEXT = 500  # characters; with it an answer still fits an envelope
MOST_ITEMS = 24

Wording = Mapping[str, str]  # language code -> text


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: the code that is stored and counted, and its words."""

    id: str
    text: Wording


@dataclass(frozen=True, slots=True)
class Item:
    """A question; `max_length` counts characters and is 0 for a choice."""

    id: str
    dimension: str
    kind: str
    required: bool
    max_length: int
    text: Wording


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: for whom, its questions in order, the options of its choices."""

    id: str
    categories: tuple[str, ...]
    title: Wording
    note: Wording
    options: tuple[Option, ...]
    items: tuple[Item, ...]

    @property
    def option_ids(self) -> frozenset[str]:
        """The codes that a choice may be answered with."""
        return frozenset(option.id for option in self.options)


@dataclass(frozen=True, slots=True)
class Edition:
    """All papers of one edition; `digest` is the SHA-256 of its content as canonical JSON."""

    id: str
    title: Wording
    dimensions: Mapping[str, Wording]
    papers: tuple[Paper, ...]
    digest: str

    @property
    def single_choice_items(self) -> tuple[str, ...]:
        """Return the ids of the items with one choice of all papers, each once."""
        items = (item for paper in self.papers for item in paper.items if item.kind == SINGLE)
        return tuple(dict.fromkeys(item.id for item in items))

    def paper_for(self, category: str) -> Paper:
        """Return the paper that people of `category` answer.

        >>> load_edition("national-2026").paper_for("principal").id
        'staff'
        """
        for paper in self.papers:
            if category in paper.categories:
                return paper
        raise Problem(N_("there is no paper for the category {category!r}"), category=category)


@cache
def load_edition(name: str) -> Edition:
    """Return the edition that ships under `name`; raise `Problem` when there is none."""
    known = sorted(path.parent.name for path in EDITIONS_FOLDER.glob(f"*/{EDITION_FILE}"))
    if name not in known:
        raise Problem(
            N_("there is no edition named {name!r}; known: {known}"),
            name=name,
            known=", ".join(known),
        )
    return read_edition(EDITIONS_FOLDER / name)


def read_edition(folder: Path) -> Edition:
    """Read an edition from its folder; raise `Problem` naming file, key and what was expected."""
    contents = {path.name: read_toml(path) for path in sorted(folder.glob("*.toml"))}
    if EDITION_FILE not in contents:
        raise Problem(N_("the file {file} is missing"), where=str(folder), file=EDITION_FILE)
    top = Table(contents[EDITION_FILE], f"{folder.name}/{EDITION_FILE}")
    top.whole("format", least=FORMAT, most=FORMAT)
    dimensions = {key: _wording(table) for key, table in top.tables("dimensions").items()}
    edition = Edition(
        id=top.choice("id", (folder.name,)),
        title=_wording(top.table("title")),
        dimensions=dimensions,
        papers=tuple(
            _read_paper(data, f"{folder.name}/{name}", tuple(dimensions))
            for name, data in contents.items()
            if name != EDITION_FILE
        ),
        digest=digest(contents),
    )
    top.finish()
    _check_cover(edition.papers, folder.name)
    return edition


def _wording(table: Table) -> Wording:
    wording = {language: table.text(language) for language in ("zh", "en")}
    table.finish()
    return wording


def _read_paper(data: Mapping[str, object], where: str, dimensions: tuple[str, ...]) -> Paper:
    table = Table(data, where)
    paper = Paper(
        id=table.text("id"),
        categories=table.choices("categories", CATEGORIES),
        title=_wording(table.table("title")),
        note=_wording(table.table("note")),
        options=tuple(_read_option(entry) for entry in table.entries("options")),
        items=tuple(_read_item(entry, dimensions) for entry in table.entries("items")),
    )
    table.finish()
    _check_paper(paper, where)
    return paper


def _read_option(table: Table) -> Option:
    option = Option(table.choice("id", OPTIONS), _wording(table.table("text")))
    table.finish()
    return option


def _read_item(table: Table, dimensions: tuple[str, ...]) -> Item:
    kind = table.choice("kind", KINDS)
    item = Item(
        id=table.text("id"),
        dimension=table.choice("dimension", dimensions),
        kind=kind,
        required=table.flag("required"),
        max_length=table.whole("max_length", least=1, most=LONGEST_TEXT) if kind == TEXT else 0,
        text=_wording(table.table("text")),
    )
    table.finish()
    return item


def _check_paper(paper: Paper, where: str) -> None:
    ids = [item.id for item in paper.items]
    faults = {
        N_("an item's id is up to 32 letters a-z, digits or _"): not all(
            map(ITEM_ID.fullmatch, ids)
        ),
        N_("two items or two options have the same id"): (
            len(set(ids)) < len(ids) or len(paper.option_ids) < len(paper.options)
        ),
        N_("a paper needs the item overall, a required choice"): not any(
            item.id == OVERALL and item.kind == SINGLE and item.required for item in paper.items
        ),
        N_("a paper has one open question at most"): (
            sum(item.kind == TEXT for item in paper.items) > 1
        ),
        N_("a paper is too long"): len(ids) > MOST_ITEMS,
    }
    for message, is_faulty in faults.items():
        if is_faulty:
            raise Problem(message, where=where)


def _check_cover(papers: Sequence[Paper], where: str) -> None:
    covered = sorted(category for paper in papers for category in paper.categories)
    if covered != sorted(CATEGORIES):
        raise Problem(
            N_("each of {categories} needs exactly one paper"),
            where=where,
            categories=", ".join(CATEGORIES),
        )
