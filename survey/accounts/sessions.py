"""Browsers that are logged in (登录会话): listed, and ended at once.

The cookie holds a random token, the database its digest: without its row a cookie opens nothing,
wherever a copy of it went. What is kept of a visit is the kind of device and the hour.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey.accounts.models import User, UserSession
from survey.audit_log import record_event

IDLE = timedelta(hours=12)  # a session that nobody used for so long opens nothing any more

# The first word that a browser's description holds names it: many pretend to be others as well.
BROWSERS = (
    ("wxwork/", "WeCom"),
    ("micromessenger/", "WeChat"),
    ("dingtalk/", "DingTalk"),
    ("ucbrowser/", "UC"),
    ("qqbrowser/", "QQ"),
    ("huaweibrowser/", "Huawei"),
    ("miuibrowser/", "Mi"),
    ("edg", "Edge"),
    ("firefox/", "Firefox"),
    ("chrome/", "Chrome"),
    ("safari/", "Safari"),
)
SYSTEMS = (
    ("openharmony", "HarmonyOS"),
    ("harmonyos", "HarmonyOS"),
    ("android", "Android"),
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("windows", "Windows"),
    ("mac os", "Mac"),
    ("linux", "Linux"),
)


def new_token() -> str:
    """Return a token nobody can guess, for a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def this_hour() -> str:
    """Return the time as ISO 8601 UTC text to the hour."""
    return datetime.now(UTC).isoformat(timespec="hours")


def oldest_hour() -> str:
    """Return the hour since which a session must have been used."""
    return (datetime.now(UTC) - IDLE).isoformat(timespec="hours")


def name_device(user_agent: str) -> str:
    """Return the kind of browser and system in a word each.

    >>> name_device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36")
    'Chrome, Linux'
    >>> name_device("curl/8")
    '?'
    """
    text = re.sub(r"\s+", " ", user_agent).lower()
    found = (
        next((name for mark, name in marks if mark in text), "") for marks in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found)) or "?"


def begin_session(session: Session, user: User, token: str, user_agent: str) -> None:
    """Note a browser that has just logged in, and forget those that were left long ago."""
    session.execute(delete(UserSession).where(UserSession.last_seen < oldest_hour()))
    hour = this_hour()
    session.add(
        UserSession(
            digest=digest_token(token),
            user_id=user.id,
            device=name_device(user_agent),
            began_at=hour,
            last_seen=hour,
        )
    )
    session.flush()


def find_session(session: Session, user: User, token: str) -> UserSession | None:
    """Return the session that a cookie's token stands for, if it is this person's and in use."""
    found = session.get(UserSession, digest_token(token)) if token else None
    if found is None or found.user_id != user.id or found.last_seen < oldest_hour():
        return None
    return found


def note_visit(session: Session, digest: str) -> None:
    """Note that a session was used in this hour."""
    session.execute(
        update(UserSession).where(UserSession.digest == digest).values(last_seen=this_hour())
    )


def list_sessions(session: Session, user: User) -> list[UserSession]:
    """Return where somebody is logged in, used last first."""
    query = select(UserSession).where(
        UserSession.user_id == user.id, UserSession.last_seen >= oldest_hour()
    )
    return list(session.scalars(query.order_by(UserSession.last_seen.desc(), UserSession.digest)))


def end_session(session: Session, user: User, digest: str, actor: str) -> bool:
    """Log one browser out; False where that had happened already."""
    this = delete(UserSession).where(UserSession.user_id == user.id, UserSession.digest == digest)
    device = session.scalar(this.returning(UserSession.device))
    if device is None:
        return False
    record_event(session, actor, "session.end", user.username, device=device)
    return True


def drop_sessions(session: Session, user: User, keep: str = "") -> int:
    """Log somebody out everywhere, but for the session `keep`; return how many ended."""
    gone = delete(UserSession).where(UserSession.user_id == user.id, UserSession.digest != keep)
    return len(session.scalars(gone.returning(UserSession.digest)).all())


def end_sessions(session: Session, user: User, actor: str, keep: str = "") -> int:
    """Log somebody out everywhere, but for the session `keep`, and record it."""
    ended = drop_sessions(session, user, keep)
    record_event(session, actor, "session.end-all", user.username, sessions=ended)
    return ended
