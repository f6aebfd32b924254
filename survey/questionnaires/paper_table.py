"""Reading one paper from its table, strictly: each kind of question has its own keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sampling.problems import N_, Problem
from sampling.toml_table import Table
from scoring.answers import CATEGORIES
from scoring.counting_rule import OPTIONS
from survey.questionnaires.paper import (
    CHOICES,
    KINDS,
    MULTIPLE,
    NUMBER,
    OVERALL,
    SINGLE,
    TEXT,
    Condition,
    Item,
    Language,
    Option,
    Paper,
    Wording,
)
from survey.text import TURNING_MARKS, is_keepable

ITEM_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")
# What the page of a paper calls its own fields and parts.
TAKEN_IDS = frozenset({"card", "csrf_token", "form", "paper", "sheet", "state"})
LONGEST_TEXT = 500  # characters of an open answer
LONGEST_WORDING = 1_000
REFERENCE = "${"  # in an XLSForm it would put an answer into a text, which no paper does
MOST_ITEMS = 24
MOST_OPTIONS = 20
MOST_NUMBER = 10_000  # no telephone number, no number of an identity card
MOST_BYTES = 3_500  # of the answers to one paper: they must fit an envelope whatever is chosen


@dataclass(frozen=True, slots=True)
class Terms:
    """What the items of a paper may refer to."""

    dimensions: tuple[str, ...]
    languages: tuple[Language, ...]
    options: tuple[Option, ...]


def read_paper(
    data: Mapping[str, object],
    where: str,
    dimensions: tuple[str, ...],
    languages: tuple[Language, ...],
) -> Paper:
    """Return a paper out of what its file holds; `where` names the file."""
    table = Table(data, where)
    name = where.rpartition("/")[2].removesuffix(".toml")
    check_id(table, "id", table.choice("id", (name,)))
    options = _read_options(table, languages, OPTIONS)
    terms = Terms(dimensions, languages, options)
    paper = Paper(
        id=name,
        categories=table.choices("categories", CATEGORIES),
        title=read_wording(table.table("title"), languages),
        note=read_wording(table.table("note"), languages),
        options=options,
        items=tuple(_read_item(entry, terms) for entry in table.entries("items")),
    )
    table.finish()
    _check_paper(paper, where)
    _check_conditions(paper, where)
    return paper


def read_wording(table: Table, languages: Sequence[Language]) -> Wording:
    """Return a text in each of `languages`.

    A wording that is missing is an error, not a gap to be filled with another language: it would
    be seen in the field first, by people who then answer another question than their neighbours.
    """
    wording = {}
    for language in languages:
        text = table.text(language.code)
        if not is_plain(text):
            expected = f"up to {LONGEST_WORDING} letters, no {REFERENCE}, no invisible controls"
            raise table.problem(language.code, expected, text)
        wording[language.code] = text
    table.finish()
    return wording


def is_plain(text: str) -> bool:
    """Say whether a wording can stand on a page, in a workbook and in TOML as it is."""
    is_clean = all(map(is_keepable, text)) and not TURNING_MARKS.intersection(text)
    return is_clean and REFERENCE not in text and len(text) <= LONGEST_WORDING


def check_id(table: Table, key: str, value: str) -> str:
    """Return the id of a paper, item or option; raise `Problem` for other letters than its own."""
    if not ITEM_ID.fullmatch(value):
        raise table.problem(key, "up to 32 letters a-z, digits or _, a letter first", value)
    return value


def _check_item_id(table: Table, value: str) -> str:
    if value in TAKEN_IDS:
        raise table.problem("id", f"an id other than {', '.join(sorted(TAKEN_IDS))}", value)
    return check_id(table, "id", value)


def _read_options(
    table: Table, languages: tuple[Language, ...], known: Sequence[str] = ()
) -> tuple[Option, ...]:
    options = []
    for entry in table.entries("options"):
        option_id = entry.choice("id", known) if known else entry.text("id")
        check_id(entry, "id", option_id)
        options.append(Option(option_id, read_wording(entry.table("text"), languages)))
        entry.finish()
    ids = [option.id for option in options]
    if not 2 <= len(ids) <= MOST_OPTIONS or len(set(ids)) < len(ids):
        raise table.problem("options", f"2 to {MOST_OPTIONS} options with ids of their own", ids)
    return tuple(options)


def _read_item(table: Table, terms: Terms) -> Item:
    kind = table.choice("kind", KINDS)
    has_own = kind == MULTIPLE or (kind == SINGLE and "options" in table.keys)
    own = _read_options(table, terms.languages) if has_own else ()
    is_rated = kind == SINGLE and not has_own
    bound = {"least": 0, "most": MOST_NUMBER}
    least = table.whole("least", **bound) if kind == NUMBER else 0
    item = Item(
        id=_check_item_id(table, table.text("id")),
        dimension=table.choice("dimension", terms.dimensions),
        kind=kind,
        required=table.flag("required"),
        text=read_wording(table.table("text"), terms.languages),
        hint=read_wording(table.table("hint"), terms.languages) if "hint" in table.keys else {},
        options=terms.options if is_rated else own,
        is_rated=is_rated,
        max_length=table.whole("max_length", least=1, most=LONGEST_TEXT) if kind == TEXT else 0,
        least=least,
        most=table.whole("most", least=least + 1, most=MOST_NUMBER) if kind == NUMBER else 0,
        when=_read_condition(table.table("when")) if "when" in table.keys else None,
    )
    table.finish()
    return item


def _read_condition(table: Table) -> Condition:
    condition = Condition(table.text("item"), table.names("is"))
    table.finish()
    return condition


def _check_paper(paper: Paper, where: str) -> None:
    ids = [item.id for item in paper.items]
    texts = [item for item in paper.items if item.kind == TEXT]
    faults = {
        N_("two items have the same id"): len(set(ids)) < len(ids),
        N_("a paper needs the item overall: a required choice among the paper's options"): not any(
            item.id == OVERALL and item.is_rated and item.required for item in paper.items
        ),
        N_("a paper has one open question at most, and nobody must answer it"): (
            len(texts) > 1 or any(item.required for item in texts)
        ),
        N_("a paper has at most {items} items"): len(ids) > MOST_ITEMS,
        N_("the longest answer to this paper would be too long to be sealed"): (
            sum(map(most_bytes, paper.items)) > MOST_BYTES
        ),
    }
    for message, is_faulty in faults.items():
        if is_faulty:
            raise Problem(message, where=where, items=MOST_ITEMS)


def most_bytes(item: Item) -> int:
    """Return how long the answer to an item can become in an envelope, with id and quotes."""
    sizes = [len(option_id) for option_id in item.option_ids]
    answer = {
        SINGLE: max(sizes, default=0),
        MULTIPLE: sum(sizes) + len(sizes),
        NUMBER: len(str(item.most)),
        TEXT: 4 * item.max_length,
    }[item.kind]
    return len(item.id) + answer + len('"":"",')


def _check_conditions(paper: Paper, where: str) -> None:
    """Raise `Problem` for a condition that looks elsewhere than back: so none can go in circles."""
    earlier: dict[str, Item] = {}
    for item in paper.items:
        if item.when is not None:
            _check_condition(item, item.when, earlier, paper, where)
        earlier[item.id] = item


def _check_condition(
    item: Item, when: Condition, earlier: Mapping[str, Item], paper: Paper, where: str
) -> None:
    key = f"items[{item.id}].when"
    if item.id == OVERALL:
        raise Problem(N_("key {key!r}: everybody answers the item overall"), where=where, key=key)
    if when.item not in earlier:
        is_later = any(when.item == other.id for other in paper.items)
        raise Problem(
            N_("key {key!r}: {item!r} stands later or is this item; a condition looks back")
            if is_later
            else N_("key {key!r}: there is no item {item!r}"),
            where=where,
            key=f"{key}.item",
            item=when.item,
        )
    asked = earlier[when.item]
    if asked.kind not in CHOICES:
        raise Problem(
            N_("key {key!r}: {item!r} is no choice, so nothing can hang on it"),
            where=where,
            key=f"{key}.item",
            item=when.item,
        )
    unknown = [option for option in when.options if option not in asked.option_ids]
    if unknown:
        raise Problem(
            N_("key {key!r}: {item!r} has no option {got!r}; known are: {known}"),
            where=where,
            key=f"{key}.is",
            item=when.item,
            got=unknown[0],
            known=", ".join(asked.option_ids),
        )
