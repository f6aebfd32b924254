"""Invitations (邀请): a link, good once and for a week, with which somebody sets a password.

No password is made for anybody but on the console. The link's token is shown once and kept as a
digest; looking at it spends nothing, for messengers open links first.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.accounts.models import Invitation, User
from survey.accounts.operations import NO_PASSWORD, add_user, check_user
from survey.accounts.rights import prepare_change, require_successor
from survey.accounts.sessions import digest_token, drop_sessions, new_token
from survey.audit_log import record_event

GOOD_FOR = timedelta(days=7)


def invite(session: Session, actor: User, username: str, role: str, region: str) -> str:
    """Add somebody who sets their own password; return the token of their link."""
    check_user(session, username, role, region)
    if not actor.may_see(region):
        raise Problem(N_("this region is not within your own"))
    user = add_user(session, username, role, region, NO_PASSWORD)
    token = write_invitation(session, user)
    record_event(session, actor.username, "user.invite", username, role=role, region=region)
    return token


def reset(session: Session, actor: User, user: User) -> str:
    """Void password, second factor and sessions of somebody; return the token of a new link."""
    prepare_change(session, actor, user)
    require_successor(session, user)
    ended = forget_log_in(session, user)
    token = write_invitation(session, user)
    record_event(session, actor.username, "user.reset", user.username, sessions=ended)
    return token


def reset_on_console(session: Session, username: str) -> str:
    """Give somebody a new start from the machine itself, where there is no administrator left."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise Problem(N_("there is nobody named {name}"), name=username)
    user.active = True
    ended = forget_log_in(session, user)
    token = write_invitation(session, user)
    record_event(session, "console", "user.reset", username, sessions=ended)
    return token


def forget_log_in(session: Session, user: User) -> int:
    """Make the password nobody's, take the second factor away; return how many sessions ended."""
    user.password = NO_PASSWORD
    user.tf_primary_method = user.tf_totp_secret = None
    user.mf_recovery_codes = user.totp_counter = None
    session.flush()
    return drop_sessions(session, user)


def write_invitation(session: Session, user: User) -> str:
    """Keep a new invitation in place of an earlier one; return its token."""
    token = new_token()
    expires_at = (datetime.now(UTC) + GOOD_FOR).isoformat(timespec="seconds")
    session.merge(Invitation(user_id=user.id, digest=digest_token(token), expires_at=expires_at))
    session.flush()
    return token


def find_invitation(session: Session, token: str) -> Invitation | None:
    """Return the invitation of a link, if it is good still."""
    query = select(Invitation).where(Invitation.digest == digest_token(token))
    found = session.scalar(query.with_for_update(of=Invitation))
    if found is None or not found.user.active:
        return None
    return found if found.expires_at > datetime.now(UTC).isoformat(timespec="seconds") else None


def require_invitation(session: Session, token: str) -> Invitation:
    """Return the invitation of a link; raise `Problem` where it is good no more."""
    found = find_invitation(session, token)
    if found is None:
        raise Problem(N_("this link is spent or too old; ask your administrator for another"))
    return found


def accept(session: Session, token: str, password_hash: str) -> User:
    """Set the password of whoever was invited; the link is spent.

    It is hashed beforehand (`make_hash`): that takes long, and nobody else writes meanwhile.
    """
    found = require_invitation(session, token)
    user = found.user
    user.password = password_hash
    session.delete(found)
    session.flush()
    record_event(session, user.username, "user.accept", user.username)
    return user


def list_pending(session: Session, users: list[User]) -> dict[int, str]:
    """Return until when each of these people who have an invitation may take it up."""
    ids = [user.id for user in users]
    query = select(Invitation.user_id, Invitation.expires_at).where(Invitation.user_id.in_(ids))
    return {row.user_id: row.expires_at for row in session.execute(query)}
