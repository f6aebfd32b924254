"""The people of a roster: pseudonym and place in the open, who they are encrypted."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base


class Person(Base):
    """Somebody on the roster of a round.

    `unit_id` is a random pseudonym given at import: the only name by which plan, draw and
    certificates know this person. `identity` is the roster's own number, name, telephone and
    class, encrypted under the roster key of the settings.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("round_id", "unit_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    unit_id: Mapped[str] = mapped_column(String(32))
    category: Mapped[str] = mapped_column(String(16))
    township: Mapped[str] = mapped_column(String(80))
    area: Mapped[str] = mapped_column(String(8))
    grade_band: Mapped[str] = mapped_column(String(8))
    school: Mapped[str] = mapped_column(String(120))
    identity: Mapped[bytes] = mapped_column(LargeBinary)
