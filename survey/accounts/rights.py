"""What an administrator does about other people: role and region, off and on again, a new start.

Nobody changes their own rights, and nobody beyond the own region is touched. Somebody who can
manage a region always remains: the administrators who could be that one are held until the commit.
"""

from __future__ import annotations

from flask import abort
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.accounts.models import ADMINISTRATOR, Invitation, Role, User, user_roles
from survey.accounts.operations import check_rights, find_role
from survey.accounts.sessions import drop_sessions
from survey.audit_log import record_event


def list_users(session: Session, administrator: User) -> list[User]:
    """Return everybody in the administrator's region."""
    mine = User.region.startswith(administrator.region, autoescape=True)
    return list(session.scalars(select(User).where(mine).order_by(User.region, User.username)))


def find_user(session: Session, username: str, administrator: User) -> User:
    """Return somebody of the administrator's region; anybody else is answered with 404."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None or not administrator.may_see(user.region):
        abort(404)
    return user


def change_rights(
    session: Session, actor: User, user: User, *, role: str, region: str, seen: str
) -> None:
    """Give somebody another role or region; they log in anew.

    `seen` is `describe_rights` of what was on the page; raises `Problem` when it is no longer so.
    """
    prepare_change(session, actor, user)
    if describe_rights(user) != seen:
        raise Problem(N_("somebody else has changed this meanwhile; look at it again"))
    check_rights(role, region)
    if not actor.may_see(region):
        raise Problem(N_("this region is not within your own"))
    before = {"role_before": user.role, "region_before": user.region}
    if (role, region) != (user.role, user.region):
        require_successor(session, user)
    user.roles = [find_role(session, role)]
    user.region = region
    session.flush()
    ended = drop_sessions(session, user)
    record_event(
        session,
        actor.username,
        "user.rights",
        user.username,
        role=role,
        region=region,
        sessions=ended,
        **before,
    )


def describe_rights(user: User) -> str:
    """Return role and region as one text, to tell whether they were changed."""
    return f"{user.role} {user.region}"


def deactivate(session: Session, actor: User, user: User) -> None:
    """Let somebody in no more; they are logged out at once, and their name stays in the log."""
    prepare_change(session, actor, user)
    require_successor(session, user)
    user.active = False
    session.flush()
    ended = drop_sessions(session, user)
    record_event(session, actor.username, "user.deactivate", user.username, sessions=ended)


def activate(session: Session, actor: User, user: User) -> None:
    """Let somebody in again."""
    prepare_change(session, actor, user)
    user.active = True
    session.flush()
    record_event(session, actor.username, "user.activate", user.username)


def prepare_change(session: Session, actor: User, user: User) -> None:
    """Hold who is concerned until the commit; raise `Problem` unless `actor` may change `user`.

    Of two administrators who take each other's rights away, the second waits and is refused.
    """
    administrators = select(User.id).join(user_roles).join(Role).where(Role.name == ADMINISTRATOR)
    concerned = User.id.in_(administrators) | (User.id == user.id)
    query = select(User).where(concerned).order_by(User.id).with_for_update(of=User)
    held = {found.id: found for found in session.scalars(query.execution_options(**FRESH))}
    now = held.get(actor.id)
    if now is None or not now.active or not now.may_see(user.region):
        raise Problem(N_("you may not do this any more"))
    if actor.id == user.id:
        raise Problem(N_("nobody changes their own rights; another administrator does that"))


FRESH = {"populate_existing": True}


def require_successor(session: Session, user: User) -> None:
    """Raise `Problem` if nobody else could manage the region that this administrator manages."""
    if not user.has_role(ADMINISTRATOR) or not user.active:
        return
    if not any(
        user.region.startswith(other.region)
        for other in list_administrators(session)
        if other.id != user.id
    ):
        raise Problem(
            N_("{name} is the last administrator of this region: make another first"),
            name=user.username,
        )


def list_administrators(session: Session) -> list[User]:
    """Return the administrators who can log in: active, and with a password of their own."""
    invited = exists().where(Invitation.user_id == User.id)
    query = select(User).join(user_roles).join(Role)
    query = query.where(Role.name == ADMINISTRATOR, User.active, ~invited)
    return list(session.scalars(query))
