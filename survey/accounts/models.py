"""People who log in, their roles, and the regions they answer for."""

from __future__ import annotations

from flask_security import RoleMixin, UserMixin
from sqlalchemy import Column, ForeignKey, String, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.database import Base

SUPERVISOR = "supervisor"
OFFICIAL = "official"
ADMINISTRATOR = "administrator"
ROLES = (SUPERVISOR, OFFICIAL, ADMINISTRATOR)

user_roles = Table(
    "user_role",
    Base.metadata,
    Column("user_id", ForeignKey("user_account.id"), primary_key=True),
    Column("role_id", ForeignKey("role.id"), primary_key=True),
)


class Role(Base, RoleMixin):
    """What somebody may do: 督导 supervisor, 领导 official, 管理员 administrator."""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)


class User(Base, UserMixin):
    """Somebody who logs in. `region` is a GB/T 2260 code or a prefix of one; "" is the nation."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    # The log-in library wants the column; people here are known by their user names.
    email: Mapped[str] = mapped_column(String(255), unique=True, nullable=True)
    password: Mapped[str] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    region: Mapped[str] = mapped_column(String(6), default="")
    roles: Mapped[list[RoleMixin]] = relationship(Role, secondary=user_roles, lazy="selectin")

    def may_see(self, region: str) -> bool:
        """Say whether a county's region code lies within this person's region."""
        return region.startswith(self.region)
