"""Progress by class (按班级), for whoever hands cards out: people asked, and how many outstanding.

The class stands among the encrypted contacts, so it is read when it is asked for, not every few
seconds. The floors of the schools hold within each school: see `survey.samples.progress`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import Round
from survey.frames.contacts import ERASED
from survey.frames.identity import Vault
from survey.frames.models import Person
from survey.samples.models import Selection
from survey.samples.progress import SHOWN_FROM, Tally, add_up, join_small, list_schools
from survey.settings import Settings

Classes = dict[str, Tally]


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class of a school; `outstanding` is None where it is not shown."""

    school: str
    name: str
    asked: int
    outstanding: int | None


def list_classes(session: Session, settings: Settings, round_: Round) -> list[ClassRow]:
    """Return the classes of a round; none where the roster has none, or its contacts are erased."""
    schools = count_classes(session, settings, round_)
    if not any(name for classes in schools.values() for name in classes):
        return []
    return hide_small(schools)


def count_classes(session: Session, settings: Settings, round_: Round) -> dict[str, Classes]:
    """Return the people asked, by school and class."""
    vault, schools = Vault.of(settings, round_.id), dict[str, Classes]()
    query = (
        select(Person.school, Person.unit_id, Person.identity, Selection)
        .join(Selection, Selection.person_id == Person.id)
        .where(Selection.round_id == round_.id, Selection.issued)
        .where(Person.school != "", Person.identity != ERASED)
    )
    for school, unit_id, identity, selection in session.execute(query.order_by(Person.id)):
        name = vault.decrypt(unit_id, identity).class_name
        tally = schools.setdefault(school, {}).setdefault(name, Tally())
        tally.add(selection.disposition, 1, is_reserve=selection.is_reserve)
    return schools


def hide_small(schools: Mapping[str, Classes]) -> list[ClassRow]:
    """Return the rows that may be shown, by school and class.

    A school of few people is left out; where its number is hidden, those of its classes are, too.

    >>> few, many = Tally(issued=9, outstanding=2), Tally(issued=9, outstanding=7)
    >>> more = Tally(issued=9, outstanding=8)
    >>> [(row.name, row.outstanding) for row in hide_small({"A": {"1": many, "2": more}})]
    [('1', 7), ('2', 8)]
    >>> [row.outstanding for row in hide_small({"A": {"1": few, "2": many, "3": more}})]
    [None, None, 8]
    """
    whole = {school: add_up(classes.values()) for school, classes in schools.items()}
    shown = {row.name for row in list_schools(join_small(whole)) if row.outstanding is not None}
    rows = []
    for school in sorted(school for school in schools if whole[school].issued >= SHOWN_FROM):
        for row in sorted(list_schools(join_small(schools[school])), key=lambda row: row.name):
            outstanding = row.outstanding if school in shown else None
            rows.append(ClassRow(school, row.name, row.asked, outstanding))
    return rows
