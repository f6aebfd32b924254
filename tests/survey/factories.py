"""Rounds, drawn people and links for tests, made directly in the database."""

from __future__ import annotations

import secrets
from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.assessments.models import FIELD, PLAN, Round
from survey.assessments.operations import save_record
from survey.frames.models import Person
from survey.responses.codes import code_digest, new_code
from survey.responses.envelope import new_round_key
from survey.samples.models import LINK_OPEN, Link, Selection

PRIVATE_KEY, PUBLIC_KEY = new_round_key()


def make_round(
    session: Session, *, status: str = FIELD, is_rehearsal: bool = False, year: int = 2026
) -> Round:
    """Make a round of the test county that is sealed to `PUBLIC_KEY`."""
    round_ = Round(
        region="451203",
        county="宜州区",
        year=year,
        residents=549359,
        is_rehearsal=is_rehearsal,
        public_key=PUBLIC_KEY,
        status=status,
    )
    session.add(round_)
    session.flush()
    return round_


def make_selection(
    session: Session,
    round_: Round,
    *,
    category: str = "parent",
    answer_stratum: str = "",
    position: int = 0,
    is_reserve: bool = False,
) -> Selection:
    """Make a person and draw them; without `position` they come next in their stratum."""
    stratum = answer_stratum or category
    drawn = session.scalars(
        select(Selection.position).where(
            Selection.round_id == round_.id, Selection.stratum == stratum
        )
    )
    person = Person(
        round_id=round_.id,
        unit_id=secrets.token_hex(8),
        category=category,
        township="庆远镇",
        area="urban",
        grade_band="",
        school="",
        identity=b"",
    )
    selection = Selection(
        round_id=round_.id,
        person=person,
        stratum=stratum,
        answer_stratum=stratum,
        position=position or max(drawn, default=0) + 1,
        is_reserve=is_reserve,
        issued=not is_reserve,
    )
    session.add_all([person, selection])
    session.flush()
    return selection


def make_link(session: Session, selection: Selection, link_key: str, state: str = LINK_OPEN) -> str:
    """Make a link for a drawn person and return its code, which is stored nowhere."""
    code = new_code()
    session.add(
        Link(
            round_id=selection.round_id,
            selection_id=selection.id,
            code_digest=code_digest(link_key, code),
            state=state,
        )
    )
    session.flush()
    return code


def make_plan_record(session: Session, round_: Round) -> None:
    """Save a plan that names the answer strata of the people drawn, each ten times as large."""
    rows = session.scalars(select(Selection).where(Selection.round_id == round_.id))
    sizes = Counter((row.answer_stratum, row.person.category) for row in rows)
    answer_strata = [
        {"answer_stratum": name, "category": category, "strata": [name], "N": 10 * n, "n": n}
        for (name, category), n in sorted(sizes.items())
    ]
    save_record(
        session, round_, PLAN, {"format": 1, "kind": "plan", "answer_strata": answer_strata}
    )
