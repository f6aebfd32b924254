"""The people who were drawn: found by name, number or pseudonym, and what became of them.

Names and numbers are shown masked. Whoever answered and whoever declined on the phone look the same
here: settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem, Problems
from survey.assessments.models import FIELD, Round
from survey.assessments.operations import lock_round, require_status
from survey.audit_log import record_event
from survey.frames.identity import Identity, Vault
from survey.reaching.models import FAILED, SENDING, SENT, UNSURE, WAITING, Message
from survey.samples.cards import CATEGORY_WORDS
from survey.samples.links import has_link
from survey.samples.models import (
    ANSWERED,
    LINK_OPEN,
    LINK_REFUSED,
    LINK_VOID,
    NOT_ELIGIBLE,
    PENDING,
    REFUSED,
    UNREACHABLE,
    Link,
    Selection,
)
from survey.settings import Settings
from survey.tables import CellProblem, Column, Row, clean, read_table, rename_columns, write_xlsx

MOST_FOUND = 20
SHORTEST_QUERY = 2
SETTLED = "settled"  # answered, or declined on the phone: not told apart

# What staff may note, by the word a file may hold.
OUTCOMES = {
    "拒答": REFUSED,
    "未联系上": UNREACHABLE,
    "不符合条件": NOT_ELIGIBLE,
    "待联系": PENDING,
    "refused": REFUSED,
    "unreachable": UNREACHABLE,
    "not_eligible": NOT_ELIGIBLE,
    "pending": PENDING,
}
# The list for reminders comes back with the outcomes filled in; of it, two columns are read.
OUTSTANDING_HEADS = ("编号", "姓名", "电话", "类别", "乡镇", "学校", "班级", "短信", "结果")
COLUMNS = (
    Column("id", "编号", required=True),
    Column("outcome", "结果", required=True),
    *(Column(f"unread {head}", head) for head in OUTSTANDING_HEADS[1:-1]),
)
TEXT_WORDS = {
    SENT: "已发送",
    FAILED: "发送失败",
    UNSURE: "结果不明",
    SENDING: "结果不明",
    WAITING: "待发送",
}


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody who was drawn, as a page shows them."""

    unit_id: str
    name: str
    phone: str
    place: str
    category: str
    standing: str
    is_asked: bool

    @property
    def can_change(self) -> bool:
        """Whether a new card or an outcome is for staff to note."""
        return self.is_asked and self.standing != SETTLED


def find_people(
    session: Session, settings: Settings, round_: Round, typed: str, actor: str
) -> list[Found]:
    """Return whoever was drawn and whose name, number, telephone or pseudonym holds `typed`.

    Raises `Problem` for less than two characters and for more people than a page shows. What was
    searched for is a person's; the event tells only how many were found.
    """
    wanted = clean(typed).casefold()
    if len(wanted) < SHORTEST_QUERY:
        raise Problem(N_("type at least two characters of a name, a telephone or a pseudonym"))
    vault, found = Vault.of(settings, round_.id), []
    query = select(Selection).where(Selection.round_id == round_.id).order_by(Selection.id)
    for selection in session.scalars(query):
        identity = vault.read(selection.person)
        if is_meant(wanted, selection, identity):
            found.append((selection, identity))
    record_event(session, actor, "people.search", round_.id, found=len(found))
    declined = find_settled(session, [selection.id for selection, _ in found[:MOST_FOUND]])
    return [describe(*one, declined) for one in found[:MOST_FOUND]]


def is_meant(wanted: str, selection: Selection, identity: Identity) -> bool:
    """Say whether a search means this person: part of a name or number, all of an id."""
    if wanted in (selection.person.unit_id, identity.id.casefold()):
        return True
    return wanted in identity.name.casefold() or (wanted.isdigit() and wanted in identity.phone)


def find_settled(session: Session, keys: Sequence[int]) -> set[int]:
    """Return who declined on the phone, of these selections."""
    query = select(Link.selection_id).where(Link.selection_id.in_(keys), Link.state == LINK_REFUSED)
    return set(session.scalars(query))


def describe(selection: Selection, identity: Identity, declined: set[int]) -> Found:
    """Return what a page shows of somebody."""
    person, standing = selection.person, selection.disposition
    if standing == ANSWERED or selection.id in declined:
        standing = SETTLED
    place = " ".join(filter(None, (person.township, person.school, identity.class_name)))
    return Found(
        unit_id=person.unit_id,
        name=mask_name(identity.name),
        phone=mask_phone(identity.phone),
        place=place,
        category=person.category,
        standing=standing,
        is_asked=selection.issued,
    )


def mask_name(name: str) -> str:
    """Return a name of which only the first character can be read.

    >>> mask_name("欧阳小明"), mask_name("")
    ('欧***', '')
    """
    return name[:1] + "*" * (len(name) - 1)


def mask_phone(phone: str) -> str:
    """Return a telephone of which only both ends can be read.

    >>> mask_phone("13800008000"), mask_phone("0001")
    ('138****8000', '***1')
    """
    if len(phone) >= 11:
        return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
    return "*" * (len(phone) - 1) + phone[-1:]


def load_selection(session: Session, round_: Round, unit_id: str) -> Selection:
    """Return somebody who was drawn, by pseudonym; raise `Problem` if nobody is meant."""
    query = select(Selection).where(Selection.round_id == round_.id)
    found = session.scalar(query.where(Selection.person.has(unit_id=unit_id)))
    if found is None:
        raise Problem(N_("nobody who was drawn has the pseudonym {got!r}"), got=unit_id)
    return found


def note_outcome(
    session: Session, round_: Round, selection: Selection, outcome: str, actor: str
) -> None:
    """Note what became of somebody; raise `Problem` where that is not for staff to say."""
    lock_round(session, round_)
    require_status(round_, FIELD)
    session.refresh(selection, with_for_update=True)
    if outcome not in OUTCOMES.values():
        raise Problem(N_("there is no outcome {got!r}"), got=outcome)
    if fault := find_fault(selection, find_settled(session, [selection.id])):
        raise Problem(fault)
    change_outcome(session, selection, outcome)
    unit = selection.person.unit_id
    record_event(
        session, actor, "dispositions.note", round_.id, unit=unit, outcome=outcome or "pending"
    )


def find_fault(selection: Selection, declined: set[int]) -> str:
    """Return why staff cannot note an outcome of somebody, or nothing."""
    if not selection.issued:
        return N_("this person is a reserve that has not been released; there is no outcome yet")
    if selection.disposition == ANSWERED or selection.id in declined:
        return N_("this person has settled it themselves; the outcome stays as it is")
    return ""


def change_outcome(session: Session, selection: Selection, outcome: str) -> None:
    """Change an outcome. Who is not eligible cannot answer any more; anybody else still may."""
    selection.disposition = outcome
    if outcome == NOT_ELIGIBLE:
        open_links = select(Link).where(Link.selection_id == selection.id, Link.state == LINK_OPEN)
        for link in session.scalars(open_links.with_for_update()):
            link.state = LINK_VOID
    session.flush()


def read_outcomes(filename: str, content: bytes) -> list[Row]:
    """Return the rows of a table of outcomes; those without an outcome tell nothing."""
    rows = rename_columns(read_table(filename, content), COLUMNS)
    return leave_out_blank(rows)


def read_pasted(text: str) -> list[Row]:
    """Return the rows of a table that was pasted, with headers or without, counted as typed."""
    text = text.strip().replace("，", ",")
    if not text or "编号" in text.partition("\n")[0]:
        return read_outcomes("rows.csv", text.encode())
    mark = "\t" if "\t" in text else ","
    rows = read_outcomes("rows.csv", f"编号{mark}结果\n{text}".encode())
    return [(row - 1, cells) for row, cells in rows]


def leave_out_blank(rows: list[Row]) -> list[Row]:
    """Return the rows that have an outcome; raise `Problem` if none has."""
    told = [(row, cells) for row, cells in rows if clean(cells["outcome"])]
    if rows and not told:
        raise Problem(N_("no row has an outcome yet; fill in the column 结果"))
    return told


def import_outcomes(
    session: Session, settings: Settings, round_: Round, rows: Sequence[Row], *, actor: str
) -> int:
    """Note the outcomes of people by id (pseudonym or roster number); return how many rows.

    Raises `Problems` with every fault of every row; nothing is noted then.
    """
    lock_round(session, round_)
    require_status(round_, FIELD)
    known, several = list_by_id(session, settings, round_)
    declined = find_settled(session, [selection.id for selection in known.values()])
    faults: list[Problem] = []
    chosen: dict[int, tuple[Selection, str]] = {}
    for row, cells in rows:
        key = clean(cells["id"])
        selection, outcome = known.get(key), OUTCOMES.get(clean(cells["outcome"]))
        if key in several:
            faults.append(CellProblem(N_("several people have this number"), row, "编号"))
        elif selection is None:
            faults.append(CellProblem(N_("nobody who was drawn has this number"), row, "编号"))
        elif selection.id in chosen:
            faults.append(CellProblem(N_("this person is there more than once"), row, "编号"))
        elif fault := find_fault(selection, declined):
            faults.append(CellProblem(fault, row, "编号"))
        elif outcome is not None:
            chosen[selection.id] = (selection, outcome)
        if outcome is None:
            words = "、".join(list(OUTCOMES)[:4])
            message = N_("expected one of {words}, got {got}")
            got = cells["outcome"]
            faults.append(CellProblem(message, row, "结果", words=words, got=got))
    if faults:
        raise Problems(faults)
    for selection, outcome in chosen.values():
        change_outcome(session, selection, outcome)
    record_event(session, actor, "dispositions.import", round_.id, people=len(chosen))
    return len(chosen)


def list_by_id(
    session: Session, settings: Settings, round_: Round
) -> tuple[dict[str, Selection], set[str]]:
    """Return whoever was drawn by pseudonym and by roster number, and numbers of several people."""
    vault = Vault.of(settings, round_.id)
    known: dict[str, Selection] = {}
    several: set[str] = set()
    query = select(Selection).where(Selection.round_id == round_.id).with_for_update(of=Selection)
    for selection in session.scalars(query):
        for key in {selection.person.unit_id, vault.read(selection.person).id} - {""}:
            if key in known:
                several.add(key)
            known[key] = selection
    return known, several


def write_outstanding(session: Session, settings: Settings, round_: Round) -> tuple[bytes, int]:
    """Return the list (.xlsx) of whoever holds a card and has not been heard of, and its rows.

    By township, school and class, for whoever reminds them by word of mouth, with room for the
    outcome. Who is not on it may have answered, declined or be out of it for another reason: the
    list does not say.
    """
    require_status(round_, FIELD)
    vault = Vault.of(settings, round_.id)
    query = select(Selection).where(
        Selection.round_id == round_.id,
        Selection.issued,
        Selection.disposition.in_((PENDING, UNREACHABLE)),
        has_link(),
    )
    people = [(chosen.person, vault.read(chosen.person)) for chosen in session.scalars(query)]
    people.sort(key=lambda one: (one[0].township, one[0].school, one[1].class_name, one[1].name))
    texts = find_last_texts(session, round_)
    rows = [
        (
            person.unit_id,
            identity.name or identity.id,
            mask_phone(identity.phone),
            CATEGORY_WORDS[person.category],
            person.township,
            person.school,
            identity.class_name,
            TEXT_WORDS.get(texts.get(person.id, ""), ""),
            "",
        )
        for person, identity in people
    ]
    return write_xlsx(OUTSTANDING_HEADS, rows, "待提醒"), len(rows)


def find_last_texts(session: Session, round_: Round) -> dict[int, str]:
    """Return how the last text to each person ended, by the person's key."""
    query = (
        select(Selection.person_id, Message.state)
        .join(Selection, Message.selection_id == Selection.id)
        .where(Message.round_id == round_.id)
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(Message.id))}
