"""Progress of a round (进度): who has answered, by category and by township; never what.

Counted from links and dispositions alone. The envelopes are not looked at, and could not be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from sampling.survey_rules import load_survey_rules
from survey.assessments.models import Round
from survey.frames.models import Person
from survey.samples.models import ANSWERED, NOT_ELIGIBLE, REFUSED, UNREACHABLE, Selection


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
