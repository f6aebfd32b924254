"""A round of the survey in one county, and the records (certificates) it leaves."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.database import Base

# Where a round stands, in order. Each step's operation moves the round on by one and no further.
DRAFT = "draft"  # 筹备: roster and quotas may still change
FROZEN = "frozen"  # 配额已定: the plan and the frame it was made for are fixed
DRAWN = "drawn"  # 已抽样
FIELD = "field"  # 调查中: links are out, answers come in
CLOSED = "closed"  # 已截止: nothing more comes in, envelopes still sealed
OPENED = "opened"  # 已开封: answers counted, envelopes destroyed
STATUSES = (DRAFT, FROZEN, DRAWN, FIELD, CLOSED, OPENED)

# The records a round leaves, in the order in which they come about.
(
    FRAME,
    PLAN,
    DRAW,
    CEREMONY,
    QUESTIONNAIRE,
    ANSWERS,
    RATE,
    OPEN_ANSWERS,
    SCHOOLS,
    VERDICT,
) = RECORD_KINDS = (
    "frame",
    "plan",
    "draw",
    "ceremony",
    "questionnaire",
    "answers",
    "rate",
    "open_answers",
    "schools",
    "verdict",
)

DEFAULT_EDITION = "national-2026"


def new_id() -> str:
    """Return an identifier nobody can guess: 16 hex characters (64 bits)."""
    return secrets.token_hex(8)


def now() -> str:
    """Return the time as ISO 8601 UTC text to the second; kept as text, both databases sort it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Round(Base):
    """One survey of one county in one year (一轮调查)."""

    __tablename__ = "round"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    region: Mapped[str] = mapped_column(String(6), index=True)  # GB/T 2260
    county: Mapped[str] = mapped_column(String(80))
    year: Mapped[int]
    residents: Mapped[int] = mapped_column(BigInteger)
    residents_source: Mapped[str] = mapped_column(String(200), default="")
    areas: Mapped[dict[str, int] | None] = mapped_column(
        JSON(none_as_null=True)
    )  # residents by area
    opens_on: Mapped[str | None] = mapped_column(String(10))  # ISO days of the window (调查期)
    closes_on: Mapped[str | None] = mapped_column(String(10))
    # A rehearsal (演练) stays one for ever: no operation writes this column.
    is_rehearsal: Mapped[bool]
    survey_rules: Mapped[str] = mapped_column(String(64), default="national-2017")
    rule_set: Mapped[str] = mapped_column(String(64), default="national-2017")
    edition: Mapped[str] = mapped_column(String(64), default=DEFAULT_EDITION)
    # X25519, hex; answers are sealed to it. Blank until the level above has handed it over.
    public_key: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[str] = mapped_column(String(16), default=DRAFT)
    created_at: Mapped[str] = mapped_column(String(32), default=now)
    closed_at: Mapped[str | None] = mapped_column(String(32))
    # Counts the changes, so that of two people who edit a round neither undoes the other.
    version: Mapped[int] = mapped_column(default=1)


class Record(Base):
    """A certificate of a round, as the canonical JSON that `digest` is taken of."""

    __tablename__ = "record"
    __table_args__ = (UniqueConstraint("round_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"))
    kind: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[str] = mapped_column(String(32), default=now)
