"""Who asked to be left alone for ever, and the texts of a round: each goes out once."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base

PHONE, PERSON = "phone", "person"

WAITING = "waiting"
SENDING = "sending"  # found so after a restart: nobody can say whether it went out
SENT = "sent"
FAILED = "failed"
UNSURE = "unsure"
SKIPPED = "skipped"  # answered, opted out or lost the number before the turn came


class OptOut(Base):
    """A telephone or a person not to be asked again, known by a keyed digest alone.

    It belongs to no round, so that it outlives every roster. `region` is where it was noted: counts
    are shown there. The digest holds for the whole site.
    """

    __tablename__ = "opt_out"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(12), index=True)


class Message(Base):
    """One text to one person: no number, no code, no time; who it is to is the selection.

    `batch` is the nonce of the form that ordered it, so that a form sent twice orders once.
    """

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("batch", "selection_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    selection_id: Mapped[int] = mapped_column(ForeignKey("selection.id"), index=True)
    batch: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    fault: Mapped[str] = mapped_column(String(64), default="")
