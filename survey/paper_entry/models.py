"""How many sheets were typed in, by hour; of a single sheet nothing is kept here."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base


class TypedSheets(Base):
    """Sheets that somebody typed in within an hour, until the audit log has their number."""

    __tablename__ = "typed_sheets"

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), primary_key=True)
    actor: Mapped[str] = mapped_column(String(64), primary_key=True)
    hour: Mapped[str] = mapped_column(String(16), primary_key=True)
    sheets: Mapped[int]
