"""Counties in a province's year, and the papers that went between the levels."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.assessments.models import now
from survey.database import Base


class Entrant(Base):
    """A county that takes part in a province's year (申报县), by the name it has in the log.

    Two counties of a province may bear one name; in a log they must not. `round_id` is the round
    whose verdict and figures the levels above look at.
    """

    __tablename__ = "procedure_entrant"
    __table_args__ = (UniqueConstraint("log_id", "name"),)

    log_id: Mapped[str] = mapped_column(ForeignKey("event_log.id"), primary_key=True)
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"))


class Paper(Base):
    """A file handed in with a decision or a report; the log holds its name and its digest."""

    __tablename__ = "procedure_paper"

    log_id: Mapped[str] = mapped_column(ForeignKey("event_log.id"), primary_key=True)
    region: Mapped[str] = mapped_column(String(6), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    filename: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[str] = mapped_column(String(32), default=now)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
