"""What was handed in of a county's figures: every version, and a faulty file that waits."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.assessments.models import now
from survey.database import Base


class SchoolVersion(Base):
    """One version of a round's figures (数据版本): never changed, gone only with its round.

    `body` is the record as canonical JSON and `digest` its SHA-256. `schools_digest` and
    `county_digest` are those of the figures alone: a verdict made from this version says the same
    ones. `corrected_rows` is how many rows of a corrected-rows file went into it, 0 where the
    file was whole.
    """

    __tablename__ = "school_version"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"))
    number: Mapped[int]
    filename: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[str] = mapped_column(String(32), default=now)
    n_schools: Mapped[int]
    corrected_rows: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64))
    schools_digest: Mapped[str] = mapped_column(String(64))
    county_digest: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)


class HeldUpload(Base):
    """A file with faults, kept as text until its rows are corrected or another file comes."""

    __tablename__ = "held_upload"

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), primary_key=True)
    filename: Mapped[str] = mapped_column(String(255))
    actor: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[str] = mapped_column(String(32), default=now)
    n_faults: Mapped[int]
    corrected_rows: Mapped[int] = mapped_column(default=0)
    tables: Mapped[str] = mapped_column(Text)  # the sheets by code, as JSON
