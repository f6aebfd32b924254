"""Sealed envelopes while a round runs; papers with no tie to anybody after it."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base


def random_key() -> str:
    """Return 128 random bits in hex: a key that tells nothing about when or in which order."""
    return secrets.token_hex(16)


class Envelope(Base):
    """An answer sealed to the round's public key; `leaf` is the hash of the ciphertext."""

    __tablename__ = "envelope"

    leaf: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)


class AnswerPaper(Base):
    """An opened answer (答卷): answer stratum and answers, and nothing else."""

    __tablename__ = "answer_paper"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=random_key)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    category: Mapped[str] = mapped_column(String(16))
    answer_stratum: Mapped[str] = mapped_column(String(80))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)
    flags: Mapped[dict[str, Any]] = mapped_column(JSON)
