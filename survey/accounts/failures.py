"""Log-ins that failed (登录失败): in the audit log, where an administrator sees them.

Never the password, nor a name that nobody has: people type passwords into the wrong field. The
1st, 10th, 100th … failure of an hour is written, so that whoever tries all night fills no disk.
"""

from __future__ import annotations

from flask import current_app, request

from survey.accounts.models import User
from survey.accounts.sessions import name_device
from survey.audit_log import record_event
from survey.context import current_database

HOUR = 3600
NOBODY = "?"  # in place of a name that nobody has; all of them count together


def note_wrong_password(user: User | None) -> None:
    """Note that a password was not right, or that there is nobody of the name."""
    note(user.username if user else NOBODY, "password.wrong")


def note_shut_out(user: User) -> None:
    """Note that somebody who is switched off came with the right password."""
    note(user.username, "session.refuse")


def note(name: str, action: str) -> None:
    """Count a failure, and write it down if its number says so."""
    storage = current_app.extensions["renkedu_limiter"].storage
    tries = storage.incr(f"{action} {name}", HOUR)
    if not is_told(tries):
        return
    device = name_device(request.user_agent.string)
    with current_database().transaction() as session:
        record_event(session, name, action, name, tries=tries, device=device)


def is_told(tries: int) -> bool:
    """Say whether the failure of this number in an hour is written.

    >>> [tries for tries in range(1, 2000) if is_told(tries)]
    [1, 10, 100, 1000]
    """
    return str(tries).rstrip("0") == "1"
