"""Log-in by user name with Flask-Security: argon2, sessions, nothing of it our own."""

from __future__ import annotations

from flask import Flask, current_app
from flask_babel import lazy_gettext
from flask_login import user_logged_out
from flask_security import LoginForm, Security, SQLAlchemySessionUserDatastore
from sqlalchemy import select
from sqlalchemy.orm import scoped_session, sessionmaker
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Optional

from sampling.problems import N_
from survey.accounts.models import Role, User
from survey.database import Database


def identify_username(identity: str) -> str:
    """Map what was typed to a user name; names are kept in lower case."""
    return identity.strip().lower()


class UsernameLoginForm(LoginForm):
    """The library's form, asking for a user name instead of an e-mail address."""

    # Never shown nor read; the library blanks the errors of both fields alike.
    email = StringField(validators=[Optional()])
    username = StringField(
        lazy_gettext("User name"),
        validators=[DataRequired()],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )

    # Staff machines are shared: nobody stays logged in after the browser is closed.
    remember = BooleanField(filters=[lambda _value: False])

    def validate(self, **kwargs: object) -> bool:
        """Look the user up by name; the library checks the password and says nothing of which."""
        self.ifield = self.username
        name = identify_username(self.username.data or "")
        sessions = current_app.extensions["security"].datastore.sessions
        self.user = sessions.scalar(select(User).where(User.username == name))
        return bool(super().validate(**kwargs))


class LockedDatastore(SQLAlchemySessionUserDatastore):
    """The library's datastore, committing under the writer lock of the database."""

    def __init__(self, database: Database) -> None:
        # No autoflush: a flush before the lock is held would start a write outside it.
        self.sessions = scoped_session(
            sessionmaker(database.engine, autoflush=False, expire_on_commit=False)
        )
        self.database = database
        super().__init__(self.sessions, User, Role)

    def commit(self) -> None:
        """Commit what the library changed."""
        with self.database.transaction(self.sessions()):
            pass


def init_log_in(app: Flask) -> None:
    """Set Flask-Security up: user names, argon2, no self-registration, no e-mail."""
    app.config.update(
        SECURITY_USER_IDENTITY_ATTRIBUTES=[
            {"username": {"mapper": identify_username, "case_insensitive": False}}
        ],
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_LENGTH_MIN=12,
        SECURITY_LOGIN_USER_TEMPLATE="accounts/log_in.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="accounts/change_password.html",
        SECURITY_VERIFY_TEMPLATE="accounts/verify.html",
        SECURITY_POST_LOGIN_VIEW="/rounds",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_MSG_UNAUTHENTICATED=(N_("Please log in first."), "info"),
        SECURITY_MSG_PASSWORD_CHANGE=(N_("Your password was changed."), "info"),
        SECURITY_MSG_REAUTHENTICATION_REQUIRED=(N_("Please give your password again"), "info"),
        SECURITY_I18N_DIRNAME=["builtin"],
    )
    database: Database = app.extensions["renkedu_database"]
    datastore = LockedDatastore(database)
    Security(app, datastore, login_form=UsernameLoginForm)
    # Log-in is by session only: a token in a header or an address would stay in logs.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined] # set by Flask-Login

    def end_sessions(_app: Flask, user: User, **_more: object) -> None:
        """A log-out ends every session of that person: a stolen cookie dies with it."""
        datastore.set_uniquifier(user)
        datastore.commit()

    user_logged_out.connect(end_sessions, app, weak=False)

    @app.teardown_appcontext
    def forget_session(_error: BaseException | None) -> None:
        datastore.sessions.remove()
