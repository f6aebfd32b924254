"""Links of the people asked: made once, handed over once, voided when replaced."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Exists,
    Select,
    case,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.assessments.models import DRAWN, FIELD, Round
from survey.assessments.operations import (
    advance,
    lock_round,
    require_status,
)
from survey.audit_log import record_event
from survey.frames.identity import Identity, Vault
from survey.frames.models import Person
from survey.questionnaires.frozen import freeze_edition
from survey.reaching.opt_outs import respect_opt_outs
from survey.responses.codes import code_digest, new_code
from survey.responses.drafts import Draft, discard_draft
from survey.samples.models import (
    LINK_OPEN,
    LINK_REFUSED,
    LINK_SPENT,
    LINK_VOID,
    PENDING,
    UNREACHABLE,
    Link,
    Selection,
)
from survey.samples.parts import in_parts
from survey.settings import Settings


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A fresh code, for whom it is, and who that is; the code is kept nowhere."""

    code: str
    selection: Selection
    identity: Identity


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Links by what became of them; `waiting` people are asked and have none yet."""

    still_open: int
    used: int
    void: int
    waiting: int


def issue_links(
    session: Session,
    settings: Settings,
    round_: Round,
    actor: str,
    replace: bool = False,
    *,
    places: Collection[str] = (),
) -> list[IssuedLink]:
    """Make links for the people asked who have none; the first time opens the field.

    With `replace` every link still open is voided and its person gets a new one; who answered or
    refused keeps what they have, and whoever opted out is noted as refused and gets none. With
    `places` (schools, townships) only their people are looked at. Sorted the way cards are handed
    out: township, school, class.
    The codes are in the answer only; the database holds their keyed digests.
    """
    lock_round(session, round_)
    require_status(round_, DRAWN, FIELD)
    require_key(round_)
    opted_out = respect_opt_outs(session, settings, round_)
    voided = void_open_links(session, round_, places) if replace else 0
    waiting = find_people_without_link(session, round_, places)
    if not waiting:
        raise Problem(N_("everybody who is asked has a link already; nothing was made"))
    issued = make_links(session, settings, round_, waiting)
    told = {"links": len(issued), "voided": voided, "opted_out": opted_out}
    record_event(session, actor, "links.issue", round_.id, **told)
    return sorted(issued, key=hand_out_order)


def reissue_link(
    session: Session, settings: Settings, round_: Round, selection: Selection, actor: str
) -> IssuedLink:
    """Make a new link for one person whose card is lost; the old one and its draft are gone.

    Raises `Problem` for whoever is not asked, or has nothing left to answer.
    """
    lock_round(session, round_)
    require_status(round_, FIELD)
    session.refresh(selection, with_for_update=True)
    if not selection.issued or selection.disposition not in (PENDING, UNREACHABLE):
        raise Problem(N_("this person is not waiting for a card: not asked, or settled already"))
    issued = replace_link(session, settings, round_, selection)
    record_event(session, actor, "links.reissue", round_.id, unit=selection.person.unit_id)
    return issued


def replace_link(
    session: Session, settings: Settings, round_: Round, selection: Selection
) -> IssuedLink:
    """Void what links somebody holds, with the drafts, and make a new one; writes no event."""
    for link in session.scalars(select_open_links(round_, selection.id).with_for_update()):
        link.state = LINK_VOID
        discard_draft(session.connection(), link.id)
    return make_links(session, settings, round_, [selection])[0]


def select_open_links(round_: Round, selection_id: int) -> Select[Link]:
    """Return the query for the links that somebody can answer with."""
    return select(Link).where(
        Link.round_id == round_.id, Link.selection_id == selection_id, Link.state == LINK_OPEN
    )


def make_links(
    session: Session, settings: Settings, round_: Round, waiting: Sequence[Selection]
) -> list[IssuedLink]:
    """Make a link for each of these people; the first ever opens the field."""
    vault = Vault.of(settings, round_.id)
    issued = [IssuedLink(new_code(), chosen, vault.read(chosen.person)) for chosen in waiting]
    session.add_all(
        Link(
            round_id=round_.id,
            selection_id=link.selection.id,
            code_digest=code_digest(settings.link_key, link.code),
        )
        for link in issued
    )
    if round_.status == DRAWN:
        freeze_edition(session, settings, round_)
        advance(round_, FIELD)
    session.flush()
    return issued


def require_key(round_: Round) -> None:
    """Raise `Problem` for a round whose answers could not be sealed."""
    if not round_.public_key:
        raise Problem(N_("the round has no key yet: the level above hands its public key over"))


def hand_out_order(link: IssuedLink) -> tuple[str, ...]:
    """Return what cards are sorted by: where they go, then who gets them."""
    person, identity = link.selection.person, link.identity
    return person.township, person.school, person.category, identity.class_name, identity.name


def void_open_links(session: Session, round_: Round, places: Collection[str] = ()) -> int:
    """Void every link that is still open (of the people of some places); return how many.

    Who refused or opted out keeps a link still open: it would only be voided for nothing.
    """
    open_links = (
        select(Link.id)
        .join(Selection, Link.selection_id == Selection.id)
        .join(Person, Selection.person_id == Person.id)
        .where(
            Link.round_id == round_.id,
            Link.state == LINK_OPEN,
            Selection.disposition.in_((PENDING, UNREACHABLE)),
            *match_places(places),
        )
    )
    found = list(session.scalars(open_links.with_for_update(of=Link)))
    for part in in_parts(found):
        session.execute(
            update(Link).where(Link.id.in_(part), Link.state == LINK_OPEN).values(state=LINK_VOID)
        )
        session.execute(delete(Draft).where(Draft.link_id.in_(part)))
    return len(found)


def find_people_without_link(
    session: Session, round_: Round, places: Collection[str] = ()
) -> list[Selection]:
    """Return whoever is asked, has neither answered nor refused, and holds no link."""
    query = (
        select(Selection)
        .join(Person, Selection.person_id == Person.id)
        .where(
            Selection.round_id == round_.id,
            Selection.issued,
            Selection.disposition.in_((PENDING, UNREACHABLE)),
            ~has_link(),
            *match_places(places),
        )
    )
    return list(session.scalars(query.order_by(Selection.stratum, Selection.position)))


def has_link() -> Exists:
    """Return the condition that a selection holds a link that is not void."""
    return exists().where(Link.selection_id == Selection.id, Link.state != LINK_VOID)


def place_of(person: Person) -> str:
    """Return where a person's card goes: the school, and for who has none the township."""
    return person.school or person.township


def match_places(places: Collection[str]) -> list[ColumnElement[bool]]:
    """Return the condition that a person belongs to one of the places; none for all of them."""
    if not places:
        return []
    own = case((Person.school != "", Person.school), else_=Person.township)
    return [own.in_(places)]


def list_places(session: Session, round_: Round) -> dict[str, int]:
    """Return how many people are asked in each school, and in each township of those without."""
    own = case((Person.school != "", Person.school), else_=Person.township)
    query = (
        select(own, func.count())
        .select_from(Selection)
        .join(Person, Selection.person_id == Person.id)
        .where(Selection.round_id == round_.id, Selection.issued)
        .group_by(own)
        .order_by(own)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def count_links(session: Session, round_: Round) -> LinkCounts:
    """Return how many links are out, and how many people who are asked have none."""
    states = select(Link.state, func.count()).where(Link.round_id == round_.id).group_by(Link.state)
    by_state = {row[0]: row[1] for row in session.execute(states)}
    return LinkCounts(
        still_open=by_state.get(LINK_OPEN, 0),
        used=by_state.get(LINK_SPENT, 0) + by_state.get(LINK_REFUSED, 0),
        void=by_state.get(LINK_VOID, 0),
        waiting=len(find_people_without_link(session, round_)),
    )
