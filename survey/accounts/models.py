"""People who log in, their roles, and the regions they answer for."""

from __future__ import annotations

from flask import current_app
from flask_security import RoleMixin, UserMixin
from sqlalchemy import JSON, Column, ForeignKey, String, Table, Text
from sqlalchemy.ext.mutable import MutableList
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey.database import Base

SUPERVISOR = "supervisor"
OFFICIAL = "official"
ADMINISTRATOR = "administrator"
ROLES = (SUPERVISOR, OFFICIAL, ADMINISTRATOR)
# Who may change a round or other people's rights shows a second factor at each log-in.
SECOND_FACTOR_ROLES = (ADMINISTRATOR, SUPERVISOR)

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
    # The second factor (动态口令), under the names that the log-in library reads. Secret and
    # recovery codes are encrypted; the counter keeps a code from being used twice.
    tf_primary_method: Mapped[str | None] = mapped_column(String(64))
    tf_totp_secret: Mapped[str | None] = mapped_column(Text)
    tf_phone_number: Mapped[str | None] = mapped_column(String(32))
    mf_recovery_codes: Mapped[list[str] | None] = mapped_column(MutableList.as_mutable(JSON))
    totp_counter: Mapped[int | None]
    roles: Mapped[list[RoleMixin]] = relationship(Role, secondary=user_roles, lazy="selectin")

    def may_see(self, region: str) -> bool:
        """Say whether a county's region code lies within this person's region."""
        return region.startswith(self.region)

    @property
    def role(self) -> str:
        """The one role somebody has."""
        return self.roles[0].name if self.roles else ""

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor is set up."""
        return bool(self.tf_primary_method and self.tf_totp_secret)

    def check_tf_required_setup(self) -> bool:
        """Say whether this person must have a second factor (asked by the log-in library)."""
        demanded: bool = current_app.config["SECURITY_TWO_FACTOR_REQUIRED"]
        return demanded and any(self.has_role(name) for name in SECOND_FACTOR_ROLES)

    def check_tf_required(
        self,
        tf_setup_methods: list[tuple[str, str]],
        tf_fresh: bool,  # noqa: ARG002 - the library's own signature
    ) -> tuple[bool, list[tuple[str, str]]]:
        """Say whether a log-in needs a second factor: whoever must have one, or has one."""
        return bool(tf_setup_methods) or self.check_tf_required_setup(), tf_setup_methods


class Invitation(Base):
    """A link, good once, with which somebody sets a password of their own (邀请)."""

    __tablename__ = "invitation"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # of the link's token
    expires_at: Mapped[str] = mapped_column(String(32))
    user: Mapped[User] = relationship(User, lazy="joined")


class UserSession(Base):
    """A browser that is logged in (登录会话): what kind, since when; no address is kept.

    `digest` is of the token in that browser's cookie. Times are UTC to the hour.
    """

    __tablename__ = "user_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    began_at: Mapped[str] = mapped_column(String(32))
    last_seen: Mapped[str] = mapped_column(String(32))
