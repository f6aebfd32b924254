"""Somebody found, a lost card, outcomes one by one and by list, opt-outs for ever."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sampling.problems import Problem, Problems
from survey.frames.identity import Identity, Vault
from survey.frames.models import Person
from survey.reaching.models import OptOut
from survey.reaching.opt_outs import opt_out_person, opt_out_phone, respect_opt_outs
from survey.reaching.people import (
    OUTSTANDING_HEADS,
    SETTLED,
    find_people,
    import_outcomes,
    note_outcome,
    read_outcomes,
    read_pasted,
    write_outstanding,
)
from survey.responses.drafts import Draft, new_key, save_draft
from survey.samples.links import issue_links, list_places, reissue_link
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_REFUSED,
    LINK_VOID,
    NOT_ELIGIBLE,
    REFUSED,
    UNREACHABLE,
    Link,
    Selection,
)
from survey.settings import Settings
from survey.tables import read_table, write_xlsx
from tests.survey.samples.ways import list_selections, prepare_draw, prepare_field


def set_identity(settings: Settings, selection: Selection, name: str, phone: str) -> None:
    """Give somebody another name and telephone."""
    person = selection.person
    identity = Identity(f"no-{selection.id}", name, phone, "三班")
    person.identity = Vault.of(settings, person.round_id).encrypt(person.unit_id, identity)


def test_somebody_is_found_masked(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    one = issued[0].selection
    set_identity(settings, one, "欧阳小明", "13812348000")
    session.flush()
    for typed in ("欧阳", "小明", "2348", one.person.unit_id, f"no-{one.id}"):
        (found,) = find_people(session, settings, round_, typed, "t")
        assert (found.name, found.phone, found.standing) == ("欧***", "138****8000", "")
    with pytest.raises(Problem, match="two characters"):
        find_people(session, settings, round_, "欧", "t")


def test_who_answered_and_who_declined_look_the_same(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    answered, declined = issued[0].selection, issued[1].selection
    answered.disposition = ANSWERED
    declined.disposition = REFUSED
    link = session.scalars(select(Link).where(Link.selection_id == declined.id)).one()
    link.state = LINK_REFUSED
    session.flush()
    for one in (answered, declined):
        (found,) = find_people(session, settings, round_, one.person.unit_id, "t")
        assert (found.standing, found.can_change) == (SETTLED, False)
        with pytest.raises(Problem, match="settled it themselves"):
            note_outcome(session, round_, one, UNREACHABLE, "t")
        with pytest.raises(Problem, match="not waiting"):
            reissue_link(session, settings, round_, one, "t")


def test_a_new_card_ends_the_old_one_and_its_draft(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    one = issued[0].selection
    old = session.scalars(select(Link).where(Link.selection_id == one.id)).one()
    assert save_draft(session.connection(), old.id, new_key(), {"q": "1"})
    again = reissue_link(session, settings, round_, one, "t")
    assert again.code != issued[0].code
    states = session.scalars(
        select(Link.state).where(Link.selection_id == one.id).order_by(Link.id)
    )
    assert list(states) == [LINK_VOID, LINK_OPEN]
    assert session.scalars(select(Draft)).all() == []


def test_whoever_is_not_eligible_cannot_answer(session: Session, settings: Settings) -> None:
    round_, issued = prepare_field(session, settings)
    one = issued[0].selection
    note_outcome(session, round_, one, NOT_ELIGIBLE, "t")
    assert session.scalars(select(Link.state).where(Link.selection_id == one.id)).all() == [
        LINK_VOID
    ]


def test_a_table_of_outcomes_tells_every_fault_and_notes_nothing(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    first, second = (link.selection.person.unit_id for link in issued[:2])
    reserve = next(one for one in list_selections(session, round_) if not one.issued)
    lines = [
        "编号,结果",
        f"{first},拒答",
        f"{first},未联系上",
        f"{second},走了",
        "nobody,拒答",
        f"{reserve.person.unit_id},拒答",
    ]
    with pytest.raises(Problems) as caught:
        import_outcomes(session, settings, round_, read_pasted("\n".join(lines)), actor="t")
    assert len(caught.value.problems) == 4
    assert all(link.selection.disposition == "" for link in issued)
    number = issued[1].identity.id
    good = read_pasted(f"{first}，拒答\n{number}，未联系上\n{second},")
    assert [row for row, _ in good] == [1, 2]  # as typed; who has no outcome is left alone
    assert import_outcomes(session, settings, round_, good, actor="t") == 2
    assert [link.selection.disposition for link in issued[:2]] == [REFUSED, UNREACHABLE]


def test_the_list_for_reminders_holds_the_outstanding_only(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    for link, outcome in zip(issued, (ANSWERED, REFUSED, NOT_ELIGIBLE), strict=False):
        link.selection.disposition = outcome
    session.flush()
    content, rows = write_outstanding(session, settings, round_)
    names = {cells["姓名"] for _, cells in read_table("o.xlsx", content).rows}
    assert rows == len(issued) - 3 == len(names)
    assert not names & {link.identity.name for link in issued[:3]}
    with pytest.raises(Problem, match="no row has an outcome"):
        read_outcomes("o.xlsx", content)
    lines = [cells for _, cells in read_table("o.xlsx", content).rows]
    lines[4]["结果"] = "拒答"
    filled = write_xlsx(OUTSTANDING_HEADS, [list(cells.values()) for cells in lines])
    returned = read_outcomes("o.xlsx", filled)
    assert import_outcomes(session, settings, round_, returned, actor="t") == 1


def test_an_opt_out_outlives_the_roster_and_holds_in_the_next_round(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    gone = issued[0]
    opt_out_person(session, settings, round_, gone.selection, "t")
    assert gone.selection.disposition == REFUSED
    kept = "".join(session.scalars(select(OptOut.digest)))
    assert gone.identity.name not in kept
    session.execute(
        Person.__table__.update()  # type: ignore[attr-defined] # the table of a model
        .where(Person.round_id == round_.id)
        .values(identity=b"")
    )
    later = prepare_draw(session, settings)
    same = [
        one
        for one in list_selections(session, later)
        if Vault.of(settings, later.id).read(one.person).name == gone.identity.name
    ]
    links = issue_links(session, settings, later, "t")
    assert gone.identity.name not in {link.identity.name for link in links}
    assert all(one.disposition == REFUSED for one in same if one.issued)


def test_a_number_that_several_share_speaks_for_nobody(
    session: Session, settings: Settings
) -> None:
    round_, issued = prepare_field(session, settings)
    for link in issued[:2]:
        set_identity(settings, link.selection, "甲", "13900000001")
    set_identity(settings, issued[2].selection, "乙", "+86 139-0000-0002")
    session.flush()
    assert opt_out_phone(session, settings, round_, "13900000001", "t") == 0
    assert opt_out_phone(session, settings, round_, "139 0000 0002", "t") == 1
    assert issued[2].selection.disposition == REFUSED
    assert respect_opt_outs(session, settings, round_) == 0
    with pytest.raises(Problem, match="telephone"):
        opt_out_phone(session, settings, round_, "12", "t")
    session.execute(delete(OptOut))


def test_links_for_one_place_leave_the_others_waiting(session: Session, settings: Settings) -> None:
    round_ = prepare_draw(session, settings)
    places = list_places(session, round_)
    assert len(places) > 1
    place, people = next(iter(places.items()))
    issued = issue_links(session, settings, round_, "t", places=[place])
    assert len(issued) == people
    again = issue_links(session, settings, round_, "t", replace=True, places=[place])
    assert len(again) == people
    rest = issue_links(session, settings, round_, "t")
    assert len(rest) == sum(places.values()) - people


def test_an_empty_file_is_told() -> None:
    with pytest.raises(Problem, match="empty"):
        read_outcomes("o.csv", b"")
