"""Progress of a round (进度): who has answered, who was lost, who can stand in; never an answer.

Counted from links and dispositions alone. The envelopes are not looked at, and could not be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

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
class Progress:
    """The two tables of the page, and their total."""

    categories: dict[str, Tally]
    townships: dict[str, Tally]
    total: Tally


def progress(session: Session, round_: Round) -> Progress:
    """Return how far a round is, by category (in the order of the rules) and by township."""
    by_category = tally_by(session, round_, Person.category)
    order = load_survey_rules(round_.survey_rules).categories
    by_township = tally_by(session, round_, Person.township)
    return Progress(
        categories={name: by_category.get(name, Tally()) for name in order},
        townships=dict(sorted(by_township.items())),
        total=add_up(by_category.values()),
    )


def tally_by(
    session: Session, round_: Round, column: InstrumentedAttribute[str]
) -> dict[str, Tally]:
    """Return the tallies of everybody asked, by one column of the frame."""
    query = (
        select(column, Selection.is_reserve, Selection.disposition, func.count())
        .join(Person, Selection.person_id == Person.id)
        .where(Selection.round_id == round_.id, Selection.issued)
        .group_by(column, Selection.is_reserve, Selection.disposition)
    )
    tallies: dict[str, Tally] = {}
    for value, is_reserve, disposition, number in session.execute(query):
        tallies.setdefault(value, Tally()).add(disposition, number, is_reserve=is_reserve)
    return tallies


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
