"""What a view needs of the running site: its database, settings and limiter."""

from __future__ import annotations

from typing import cast

from flask import current_app
from flask_limiter import Limiter
from flask_security import current_user

from survey.accounts.models import User
from survey.database import Database
from survey.settings import Settings


def current_database() -> Database:
    """Return the database of the running site."""
    return cast(Database, current_app.extensions["renkedu_database"])


def current_settings() -> Settings:
    """Return the settings of the running site."""
    return cast(Settings, current_app.extensions["renkedu_settings"])


def current_limiter() -> Limiter:
    """Return the limiter of the running site."""
    return cast(Limiter, current_app.extensions["renkedu_limiter"])


def signed_in_user() -> User:
    """Return who is signed in; only for views whose access mark asks for a role."""
    return cast(User, current_user)
