"""What an official settles before a round is judged."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.assessments.models import now
from survey.database import Base


class ReliefSwitch(Base):
    """A relief (放宽) that is switched on for a round: by whom, when and why."""

    __tablename__ = "relief_switch"

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), primary_key=True)
    relief: Mapped[str] = mapped_column(String(64), primary_key=True)
    actor: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[str] = mapped_column(String(32), default=now)
