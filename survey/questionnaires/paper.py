"""What a questionnaire is made of: papers, questions of few closed kinds, options, languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sampling.problems import N_, Problem

SINGLE, MULTIPLE, NUMBER, TEXT = KINDS = ("single", "multiple", "number", "text")
CHOICES = (SINGLE, MULTIPLE)
OVERALL = "overall"  # the item that every paper has and everybody answers

LTR, RTL, VERTICAL = DIRECTIONS = ("ltr", "rtl", "vertical")

Wording = Mapping[str, str]  # language code -> text


@dataclass(frozen=True, slots=True)
class Language:
    """A language that papers are worded in: its code (BCP 47), own name and direction.

    Vertical is traditional Mongolian (竖排): lines run downwards and follow to the right.
    """

    code: str
    name: str
    direction: str = LTR

    @property
    def tag(self) -> str:
        """What a page says in `lang`."""
        return "zh-CN" if self.code == "zh" else self.code


ALWAYS = (Language("zh", "中文"), Language("en", "English"))
"""Every edition is worded in these; the desk and the pages around a paper speak them."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice: the code that is stored and counted, and its words."""

    id: str
    text: Wording


@dataclass(frozen=True, slots=True)
class Condition:
    """When a question is asked (跳转): where an earlier `item` was answered with one of `options`.

    >>> Condition("visited", ("yes",)).holds({"visited": "yes"})
    True
    """

    item: str
    options: tuple[str, ...]

    def holds(self, answers: Mapping[str, str]) -> bool:
        """Say whether these answers let the question be asked."""
        return not set(self.options).isdisjoint(answers.get(self.item, "").split())


@dataclass(frozen=True, slots=True)
class Item:
    """A question.

    options
        What a choice may be answered with; `is_rated` where they are those of the paper, which
        are counted. Empty for a number or a text.
    max_length
        Characters of a text, 0 for any other kind.
    least, most
        Bounds of a number, 0 for any other kind.
    """

    id: str
    dimension: str
    kind: str
    required: bool
    text: Wording
    hint: Wording
    options: tuple[Option, ...] = ()
    is_rated: bool = False
    max_length: int = 0
    least: int = 0
    most: int = 0
    when: Condition | None = None
    option_ids: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Gather the codes that it may be answered with, in order: each answer is held to them."""
        object.__setattr__(self, "option_ids", tuple(option.id for option in self.options))


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper: for whom, its questions in order, the options that satisfaction is told in."""

    id: str
    categories: tuple[str, ...]
    title: Wording
    note: Wording
    options: tuple[Option, ...]
    items: tuple[Item, ...]

    def visible_items(self, answers: Mapping[str, str]) -> tuple[Item, ...]:
        """Return the questions that these answers lead to, in order.

        The answer to a question that is not asked itself leads nowhere.
        """
        shown: list[Item] = []
        taken: dict[str, str] = {}
        for item in self.items:
            if item.when is None or item.when.holds(taken):
                shown.append(item)
                taken[item.id] = answers.get(item.id, "")
        return tuple(shown)

    def find_item(self, item_id: str) -> Item:
        """Return the question with this id."""
        return next(item for item in self.items if item.id == item_id)

    def number_of(self, item: Item) -> int:
        """Return the number that a question carries on the page; it never changes."""
        return self.items.index(item) + 1


@dataclass(frozen=True, slots=True)
class Edition:
    """All papers of one edition.

    `content` is what its files hold, by file name; `digest` is the SHA-256 of its canonical JSON.
    """

    id: str
    title: Wording
    dimensions: Mapping[str, Wording]
    languages: tuple[Language, ...]
    papers: tuple[Paper, ...]
    content: Mapping[str, object]
    digest: str

    @property
    def single_choice_items(self) -> tuple[str, ...]:
        """The ids of the items that tell satisfaction, of all papers, each once."""
        items = (item for paper in self.papers for item in paper.items if item.is_rated)
        return tuple(dict.fromkeys(item.id for item in items))

    def paper_for(self, category: str) -> Paper:
        """Return the paper that people of `category` answer."""
        for paper in self.papers:
            if category in paper.categories:
                return paper
        raise Problem(N_("there is no paper for the category {category!r}"), category=category)

    def find_language(self, wanted: str | None, *otherwise: str) -> Language:
        """Return the first of these languages that the edition is worded in, else Chinese."""
        for code in (wanted, *otherwise):
            for language in self.languages:
                if language.code == code:
                    return language
        return ALWAYS[0]
