"""Progress of a round (进度): who has answered, who was lost, who can stand in; never an answer.

Counted from links and dispositions alone. The envelopes are not looked at, and could not be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sampling.survey_rules import load_survey_rules
from survey.assessments.models import Round
from survey.frames.models import Person
from survey.samples.models import ANSWERED, NOT_ELIGIBLE, REFUSED, UNREACHABLE, Selection
from survey.samples.records import read_draw


@dataclass(slots=True)
class Tally:
    """People of one group: `target` drawn into the sample, `issued` asked, and what became of them.

    `outstanding` is whoever was asked and has not been heard of.
    """

    target: int = 0
    issued: int = 0
    answered: int = 0
    refused: int = 0
    unreachable: int = 0
    not_eligible: int = 0
    outstanding: int = 0

    def add(self, disposition: str, number: int, *, is_reserve: bool) -> None:
        """Count `number` people who were asked."""
        self.target += 0 if is_reserve else number
        self.issued += number
        name = COUNTED.get(disposition, "outstanding")
        setattr(self, name, getattr(self, name) + number)


LOST = (REFUSED, UNREACHABLE, NOT_ELIGIBLE)
COUNTED = {
    ANSWERED: "answered",
    REFUSED: "refused",
    UNREACHABLE: "unreachable",
    NOT_ELIGIBLE: "not_eligible",
}


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """A school: people asked, and how many of them have not been heard of; None is not shown.

    A headmaster knows who was asked. Below `SHOWN_FROM` the number would point at people.
    """

    name: str
    asked: int
    outstanding: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """The tables of the page, and their total; small places stand together under `SMALL`."""

    categories: dict[str, Tally]
    areas: dict[str, Tally]
    townships: dict[str, Tally]
    schools: list[SchoolRow]
    total: Tally


SHOWN_FROM = 5
SMALL = "*"  # places with fewer people asked than `SHOWN_FROM`, taken together
COLUMNS = (Person.category, Person.area, Person.township, Person.school)


def progress(session: Session, round_: Round) -> Progress:
    """Return how far a round is: by category (in the order of the rules) and by place."""
    groups = [dict[str, Tally]() for _ in COLUMNS]
    query = (
        select(*COLUMNS, Selection.is_reserve, Selection.disposition, func.count())
        .join(Person, Selection.person_id == Person.id)
        .where(Selection.round_id == round_.id, Selection.issued)
        .group_by(*COLUMNS, Selection.is_reserve, Selection.disposition)
    )
    for *places, is_reserve, disposition, number in session.execute(query):
        for tallies, place in zip(groups, places, strict=True):
            tallies.setdefault(place, Tally()).add(disposition, number, is_reserve=is_reserve)
    categories, areas, townships, schools = groups
    order = load_survey_rules(round_.survey_rules)
    schools.pop("", None)  # residents and others who belong to none
    return Progress(
        categories={name: categories.get(name, Tally()) for name in order.categories},
        areas={name: areas[name] for name in sorted(areas, key=[*order.areas, ""].index)},
        townships=join_small(dict(sorted(townships.items()))),
        schools=list_schools(join_small(schools)),
        total=add_up(categories.values()),
    )


def join_small(tallies: Mapping[str, Tally]) -> dict[str, Tally]:
    """Return the tallies with those of few people added up into one, at the end.

    One small place alone would follow from the total: the next larger one then joins it.

    >>> list(join_small({"a": Tally(issued=9), "b": Tally(issued=2), "c": Tally(issued=7)}))
    ['a', '*']
    """
    by_size = sorted(tallies, key=lambda name: tallies[name].issued)
    small = [name for name in by_size if tallies[name].issued < SHOWN_FROM]
    if len(small) == 1:
        small = by_size[:2]
    joined = {name: tally for name, tally in tallies.items() if name not in small}
    if small:
        joined[SMALL] = add_up(tallies[name] for name in small)
    return joined


def list_schools(tallies: Mapping[str, Tally]) -> list[SchoolRow]:
    """Return schools, those with most people outstanding first.

    Fewer than `SHOWN_FROM` outstanding are not shown; nor, where that is one school only, the
    next one: the total would tell.
    """
    names = sorted(tallies, key=lambda name: (tallies[name].outstanding, name))
    hidden = {name for name in names if tallies[name].outstanding < SHOWN_FROM}
    if len(hidden) == 1:
        hidden.update(names[:2])
    shown = [name for name in reversed(names) if name not in hidden]
    return [SchoolRow(name, tallies[name].issued, tallies[name].outstanding) for name in shown] + [
        SchoolRow(name, tallies[name].issued, None) for name in sorted(hidden)
    ]


def add_up(tallies: Iterable[Tally]) -> Tally:
    """Return the sum of tallies."""
    total = Tally()
    for tally in tallies:
        for name in Tally.__dataclass_fields__:
            setattr(total, name, getattr(total, name) + getattr(tally, name))
    return total


@dataclass(frozen=True, slots=True)
class Shortage:
    """One stratum: people drawn, lost, released for them, still to release, left in reserve."""

    stratum: str
    drawn: int
    lost: int
    released: int
    missing: int
    left: int

    @property
    def releasable(self) -> int:
        """How many can be released now: what is missing, as far as the reserve goes."""
        return min(self.missing, self.left)


def find_shortages(session: Session, round_: Round) -> list[Shortage]:
    """Return how each stratum stands, in the order of the draw."""
    counts: dict[str, Counter[str]] = {}
    query = (
        select(
            Selection.stratum,
            Selection.is_reserve,
            Selection.issued,
            Selection.disposition,
            func.count(),
        )
        .where(Selection.round_id == round_.id)
        .group_by(Selection.stratum, Selection.is_reserve, Selection.issued, Selection.disposition)
    )
    for name, is_reserve, issued, disposition, number in session.execute(query):
        count = counts.setdefault(name, Counter())
        count["drawn"] += 0 if is_reserve else number
        count["left"] += number if is_reserve and not issued else 0
        count["released"] += number if is_reserve and issued else 0
        count["lost"] += number if issued and disposition in LOST else 0
    return [
        make_shortage(stratum["stratum"], counts.get(stratum["stratum"], Counter()))
        for stratum in read_draw(session, round_)["strata"]
    ]


def make_shortage(stratum: str, count: Mapping[str, int]) -> Shortage:
    """Return how a stratum with these counts stands; one loss is made good once."""
    return Shortage(
        stratum=stratum,
        drawn=count["drawn"],
        lost=count["lost"],
        released=count["released"],
        missing=max(0, count["lost"] - count["released"]),
        left=count["left"],
    )
