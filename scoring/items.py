"""Items (题目) of the papers: which dimension each belongs to, and who was asked it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sampling.problems import N_, Problem
from scoring.answers import CATEGORIES, Paper
from scoring.counting_rule import OPTIONS

BLANK = "blank"
"""What stands for an item that was asked and left out."""


@dataclass(frozen=True, slots=True)
class Item:
    """A choice item; `categories` are those whose paper has it."""

    id: str
    dimension: str
    categories: tuple[str, ...]


def items_of(items: Iterable[Item], category: str) -> list[Item]:
    """Return the items that people of `category` were asked, in order."""
    return [item for item in items if category in item.categories]


def choice(paper: Paper, item: Item) -> str:
    """Return the option a paper chose, or `BLANK`; `Problem` for what is no option.

    >>> choice(Paper("s", "parent", {"quality": "mostly"}), Item("moral", "moral", ("parent",)))
    'blank'
    """
    option = paper.answers.get(item.id) or BLANK
    if option != BLANK and option not in OPTIONS:
        raise Problem(
            N_("item {item}: expected one of {known}, got {got!r}"),
            item=item.id,
            known=", ".join(OPTIONS),
            got=option,
        )
    return option


def check_items(items: Sequence[Item]) -> None:
    """Raise `Problem` for no item, an id that stands twice, or an unknown category."""
    ids = [item.id for item in items]
    if not ids or len(set(ids)) < len(ids):
        raise Problem(N_("expected items with different ids, got {got}"), got=", ".join(ids) or "-")
    for item in items:
        if not item.categories or not set(item.categories) <= set(CATEGORIES):
            raise Problem(
                N_("item {item}: expected categories among {known}, got {got}"),
                item=item.id,
                known=", ".join(CATEGORIES),
                got=", ".join(item.categories) or "-",
            )
