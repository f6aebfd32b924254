"""The page to look people of a roster up (查人): asked by a form, entered in the log, masked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from survey.access import roles
from survey.accounts.models import SUPERVISOR
from survey.assessments.models import Round
from survey.assessments.operations import load_round
from survey.audit_log import record_event
from survey.context import current_database, current_settings, signed_in_user
from survey.frames.blueprint import frames
from survey.frames.contacts import ERASED
from survey.frames.forms import SearchForm
from survey.frames.identity import Vault, mask_phone
from survey.frames.models import Person

MOST = 50  # people shown
BATCH = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody as the page shows them; the telephone is masked."""

    id: str
    name: str
    phone: str
    class_name: str
    category: str
    township: str
    school: str


@frames.get("/rounds/<round_id>/people")
@roles(SUPERVISOR)
def people(round_id: str) -> ResponseReturnValue:
    """Ask whom to look for."""
    with current_database().sessions() as session:
        round_ = load_round(session, round_id, signed_in_user())
    form = SearchForm()
    form.offer()
    return render_template("frames/people.html", round=round_, form=form, found=None, most=MOST)


@frames.post("/rounds/<round_id>/people")
@roles(SUPERVISOR)
def look_up(round_id: str) -> ResponseReturnValue:
    """Show who was found; that somebody looked, and how many were shown, goes into the log."""
    form = SearchForm()
    form.offer()
    user = signed_in_user()
    found: list[Found] | None = None
    with current_database().transaction() as session:
        round_ = load_round(session, round_id, user)
        if form.validate():
            found = find_people(session, round_, form)
            record_event(session, user.username, "roster.look-up", round_id, people=len(found))
    page = render_template("frames/people.html", round=round_, form=form, found=found, most=MOST)
    return page, 200 if found is not None else 422


def find_people(session: Session, round_: Round, form: SearchForm) -> list[Found]:
    """Return the first people that fit; names are encrypted, so all of them are read."""
    query = select(Person).where(Person.round_id == round_.id, Person.identity != ERASED)
    if form.category.data:
        query = query.where(Person.category == form.category.data)
    place = (form.school.data or "").strip()
    if place:
        query = query.where(
            or_(
                Person.school.contains(place, autoescape=True),
                Person.township.contains(place, autoescape=True),
            )
        )
    text = (form.text.data or "").strip()
    people = session.scalars(query.order_by(Person.id).execution_options(yield_per=BATCH))
    vault = Vault.of(current_settings(), round_.id)
    return list(islice(filter_people(people, vault, text), MOST))


def filter_people(people: Iterator[Person], vault: Vault, text: str) -> Iterator[Found]:
    """Yield those whose number, name or telephone is `text`, or whose name holds it."""
    for person in people:
        identity = vault.read(person)
        if not text or text in identity.name or text in (identity.id, identity.phone):
            yield Found(
                identity.id,
                identity.name,
                mask_phone(identity.phone),
                identity.class_name,
                person.category,
                person.township,
                person.school,
            )
