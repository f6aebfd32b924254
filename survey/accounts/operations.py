"""Making people who can log in."""

from __future__ import annotations

import re
import secrets

from flask import current_app
from flask_security import hash_password
from sqlalchemy import select
from sqlalchemy.orm import Session

from sampling.problems import N_, Problem
from survey.accounts.models import ROLES, Role, User
from survey.accounts.regions import CODE
from survey.audit_log import record_event

USERNAME = re.compile(r"[a-z][a-z0-9_.-]{2,63}")
SHORTEST_PASSWORD = 12
NO_PASSWORD = ""  # in place of a hash: the log-in library lets nobody in with it
LONGEST_PASSWORD = 200  # characters; nobody types more, and each costs time at every log-in


def create_user(
    session: Session, username: str, role: str, *, region: str, password: str, actor: str
) -> User:
    """Add somebody with one role for one region (GB/T 2260 code, shorter for a province or city).

    Needs an application context, for the password is hashed the way the log-in checks it.
    """
    check_user(session, username, role, region)
    user = add_user(session, username, role, region, make_hash(password))
    record_event(session, actor, "user.create", username, role=role, region=region)
    return user


def add_user(session: Session, username: str, role: str, region: str, password_hash: str) -> User:
    """Add somebody whose particulars were checked, with a hashed password or `NO_PASSWORD`."""
    user = User(
        username=username,
        password=password_hash,
        fs_uniquifier=secrets.token_hex(32),
        region=region,
        roles=[find_role(session, role)],
        active=True,
    )
    session.add(user)
    session.flush()
    return user


def make_hash(password: str) -> str:
    """Return what is kept of a password, after checking it."""
    check_password(password)
    # As the log-in does: a letter typed in two forms must not be two passwords.
    return hash_password(current_app.extensions["security"].password_util.normalize(password))


def check_user(session: Session, username: str, role: str, region: str) -> None:
    """Raise a Problem unless somebody with these particulars may be added."""
    if not USERNAME.fullmatch(username):
        raise Problem(
            N_("a user name has 3 to 64 letters a-z, digits or . _ - and starts with a letter")
        )
    if session.scalar(select(User).where(User.username == username)):
        raise Problem(N_("there is already a user named {name}"), name=username)
    check_rights(role, region)


def check_rights(role: str, region: str) -> None:
    """Raise a Problem unless there is such a role and such a region."""
    if role not in ROLES:
        raise Problem(
            N_("no such role: {role}; there are {roles}"), role=role, roles=", ".join(ROLES)
        )
    if not CODE.fullmatch(region):
        raise Problem(
            N_("a region is 0, 2, 4 or 6 digits of its GB/T 2260 code, not {got}"), got=region
        )


def check_password(password: str) -> None:
    """Raise a Problem for a password that is too short or too long."""
    if len(password.strip()) < SHORTEST_PASSWORD:  # blanks at its ends make nothing safer
        raise Problem(N_("a password has at least {least} characters"), least=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Problem(N_("a password has at most {most} characters"), most=LONGEST_PASSWORD)


def find_role(session: Session, name: str) -> Role:
    """Return the role of that name, making it on first use."""
    role = session.scalar(select(Role).where(Role.name == name))
    if role is None:
        role = Role(name=name)
        session.add(role)
    return role


def make_password() -> str:
    """Return a random password that can be read out: 4 groups of 5 characters (98 bits)."""
    letters = "23456789abcdefghjkmnpqrstvwxyz"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))
