"""Where a rule stands written, and what it is called in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sampling.toml_table import Table

MARKS = ("T", "P", "?")
"""T: the quote stands in the cited text; P: found in a public form or notice; ?: no text has it."""

Sources = Mapping[str, "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """A published text that rules are taken from."""

    id: str
    number: str
    title: str
    issuer: str
    year: str


@dataclass(frozen=True, slots=True)
class Citation:
    """The place of a rule: source, article, the words, and how sure it is (one of `MARKS`)."""

    source: Source
    article: str
    quote: str
    mark: str


@dataclass(frozen=True, slots=True)
class Title:
    """A title in Chinese and English."""

    zh: str
    en: str


def read_source(source_id: str, table: Table) -> Source:
    """Return a source from its table."""
    source = Source(
        id=source_id,
        number=table.text("number"),
        title=table.text("title"),
        issuer=table.text("issuer", empty=True),
        year=table.text("year", empty=True),
    )
    table.finish()
    return source


def read_citation(table: Table, sources: Sources) -> Citation:
    """Return the citation that stands among the keys of a table."""
    source, mark = read_mark(table, sources)
    return Citation(source, table.text("article"), table.text("quote"), mark)


def read_mark(table: Table, sources: Sources) -> tuple[Source, str]:
    """Return the source and the mark that every setting of a rule set has to carry."""
    return sources[table.choice("source", tuple(sources))], table.choice("mark", MARKS)


def read_title(table: Table, key: str = "title") -> Title:
    """Return the title under `key`, in both languages."""
    words = table.table(key)
    title = Title(words.text("zh"), words.text("en"))
    words.finish()
    return title


def read_entries(table: Table, key: str) -> list[Table]:
    """Return the entries of an array of tables that may be missing."""
    return table.entries(key) if key in table.keys else []
