"""Places where anybody can answer, and what came in at them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.assessments.models import new_id
from survey.database import Base
from survey.responses.models import random_key


class OpenPlace(Base):
    """A place (作答点) where people of one category can answer without a card.

    The token stands on a poster for everybody to see, and in the address behind its QR code. It is
    random so that nobody finds a place by counting, and no secret.
    """

    __tablename__ = "open_place"
    __table_args__ = (UniqueConstraint("round_id", "name", "category"),)

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(16))
    token: Mapped[str] = mapped_column(String(16), unique=True)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)


class OpenEnvelope(Base):
    """An open answer sealed to the round's public key; its place is inside, not beside it.

    The key comes with the form: a form sent twice is one answer.
    """

    __tablename__ = "open_envelope"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class OpenPaper(Base):
    """An open answer after the opening: its place and what was answered."""

    __tablename__ = "open_paper"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_key)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    place_id: Mapped[str] = mapped_column(ForeignKey("open_place.id"))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
