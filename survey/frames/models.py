"""The people of a roster, and what was uploaded of one that is not taken in yet.

Of a person pseudonym and place stand in the open, who it is encrypted; of an upload all is
encrypted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey.assessments.models import new_id
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


class RosterFile(Base):
    """An uploaded file; `content` is encrypted and dropped once all its rows are staged.

    `headers` are those of the file; `columns` says which of them is which column of the roster.
    `category` is that of all rows, where the file has no such column. `problem` is what was wrong
    with the file as a whole, as a message with its values.
    """

    __tablename__ = "roster_file"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=new_id)
    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), index=True)
    filename: Mapped[str] = mapped_column(String(200))
    encoding: Mapped[str] = mapped_column(String(16), default="")
    category: Mapped[str] = mapped_column(String(16), default="")
    headers: Mapped[list[str]] = mapped_column(JSON, default=list)
    columns: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    problem: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    n_rows: Mapped[int] = mapped_column(default=0)
    n_faulty: Mapped[int] = mapped_column(default=0)
    is_read: Mapped[bool] = mapped_column(default=False)
    is_checked: Mapped[bool] = mapped_column(default=False)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class StagedRows(Base):
    """Some rows of a file one after the other, encrypted; `first` is the place of the first."""

    __tablename__ = "roster_staged"
    __table_args__ = (UniqueConstraint("file_id", "first"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("roster_file.id", ondelete="CASCADE"))
    first: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class FaultyRow(Base):
    """A row with all its reasons, encrypted; `row` is as the spreadsheet counts."""

    __tablename__ = "roster_faulty"
    __table_args__ = (UniqueConstraint("file_id", "row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("roster_file.id", ondelete="CASCADE"))
    row: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class RosterTrace(Base):
    """Who stood on a round's roster, as keyed digests in their order: see `survey.frames.changes`.

    No pseudonym stands beside a digest, so that the erasure of the contacts stays one.
    """

    __tablename__ = "roster_trace"

    round_id: Mapped[str] = mapped_column(ForeignKey("round.id"), primary_key=True)
    digests: Mapped[bytes] = mapped_column(LargeBinary)
