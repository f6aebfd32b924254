"""Who was drawn, their links, what became of them, and the reserves released."""

from __future__ import annotations

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.assessments.models import new_id, now
from survey.database import Base
from survey.frames.models import Person

# Dispositions (结果代码): what became of somebody who was issued. Blank: nothing known yet.
PENDING = ""
ANSWERED = "answered"  # 已答
REFUSED = "refused"  # 拒答
UNREACHABLE = "unreachable"  # 未联系上; the link stays open, who comes late is welcome
NOT_ELIGIBLE = "not_eligible"  # 不符合条件

LINK_OPEN = "open"
LINK_SPENT = "spent"
LINK_REFUSED = "refused"
LINK_VOID = "void"


class Selection(Base):
    """One drawn unit: in the sample or in the reserve of its stratum, in ticket order.

    `issued` is set when the unit is asked: for the sample at once, for a reserve at its release.
    No time is kept with a disposition: a timed answer would be one that can be tied to an envelope.
    """

    __tablename__ = "selection"
    __table_args__ = (UniqueConstraint("round_id", "stratum", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    stratum: Mapped[str] = mapped_column(String(80))
    answer_stratum: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]  # 1 … n is the sample, then the reserve
    is_reserve: Mapped[bool]
    issued: Mapped[bool] = mapped_column(default=False)
    disposition: Mapped[str] = mapped_column(String(16), default=PENDING)
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Link(Base):
    """A code somebody can answer with; only the code's keyed digest is kept."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    selection_id: Mapped[int] = mapped_column(ForeignKey("selection.id"), index=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(8), default=LINK_OPEN)
    selection: Mapped[Selection] = relationship(lazy="joined", innerjoin=True)


class Release(Base):
    """Reserves released in one stratum, with the reason; appended, never rewritten."""

    __tablename__ = "release"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    stratum: Mapped[str] = mapped_column(String(80))
    unit_ids: Mapped[list[str]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(200))
    released_by: Mapped[str] = mapped_column(String(64))
    released_at: Mapped[str] = mapped_column(String(32), default=now)
