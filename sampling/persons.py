"""People on two lists (两个名单上的同一人): each stands once, on the list the rules put first."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sampling.survey_rules import SurveyRules


class ListedPerson(Protocol):
    """A line of a list: its number, its category, and the key of the person ("" for none)."""

    @property
    def id(self) -> str:
        """The line's own number, unique in the roster."""
        ...

    @property
    def category(self) -> str:
        """The list it stands on."""
        ...

    @property
    def person(self) -> str:
        """What is the same in all lines of one person."""
        ...


Line = TypeVar("Line", bound=ListedPerson)


@dataclass(frozen=True, slots=True)
class Merger:
    """People found on two lists: on which they stay, which of their lines were left out."""

    kept: str
    dropped: str
    rows: int


def merge_persons(lines: Iterable[Line], rules: SurveyRules) -> tuple[list[Line], list[Merger]]:
    """Return each person once, and what became of the lines of people who stood on two lists.

    The rules' order of precedence says on which list somebody stays. Of several lines on one list
    (a parent of several children) the one with the smallest SHA-256 of person, newline and number
    is kept: a choice anybody can redo, and that nobody made to suit a grade. The report counts the
    lines that were left out, by the categories kept and dropped; neither it nor who is kept hangs
    on the order of the lines.
    """
    same_person: defaultdict[str, list[Line]] = defaultdict(list)
    people: list[Line] = []
    for line in lines:
        if line.person:
            same_person[line.person].append(line)
        else:
            people.append(line)
    dropped: Counter[tuple[str, str]] = Counter()
    for group in same_person.values():
        if len(group) == 1:
            people.append(group[0])
            continue
        kept = min(group, key=lambda line: (rules.precedence.index(line.category), draw_lot(line)))
        people.append(kept)
        dropped.update((kept.category, line.category) for line in group if line is not kept)
    mergers = [Merger(kept, gone, count) for (kept, gone), count in sorted(dropped.items())]
    return people, mergers


def draw_lot(line: ListedPerson) -> str:
    """Return what decides between lines of one person on one list."""
    return hashlib.sha256(f"{line.person}\n{line.id}".encode()).hexdigest()
