"""Log-in by user name with Flask-Security: argon2, sessions, nothing of it our own."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from flask import Flask, current_app, flash, g, request
from flask import session as browser
from flask_babel import lazy_gettext
from flask_login import user_logged_out
from flask_security import (
    LoginForm,
    Security,
    SQLAlchemySessionUserDatastore,
    UserMixin,
    password_changed,
    user_authenticated,
    user_failed_authn,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, Optional

from sampling.problems import N_
from survey.accounts.failures import note_shut_out, note_wrong_password
from survey.accounts.models import Role, User
from survey.accounts.second_factor import SecondFactor, configure_second_factor
from survey.accounts.sessions import (
    begin_session,
    digest_token,
    drop_sessions,
    end_session,
    find_session,
    name_device,
    new_token,
    note_visit,
    this_hour,
)
from survey.audit_log import record_event
from survey.database import Database
from survey.field_help import Help
from survey.settings import Settings

SESSION_TOKEN = "renkedu_session"  # noqa: S105 - the name it has in the cookie
PLANNED = "renkedu_planned"
NO_RECOVERY_CODES = N_(
    "Make recovery codes on “My account”: with one you log in when your telephone is lost."
)
MESSAGES = {
    "UNAUTHENTICATED": (N_("Please log in first."), "info"),
    "PASSWORD_CHANGE": (N_("Your password was changed."), "info"),
    "REAUTHENTICATION_REQUIRED": (N_("Please give your password again"), "info"),
    "TWO_FACTOR_INVALID_TOKEN": (N_("This code is not right, or it was used already."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (N_("Your code is right."), "info"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (N_("Your second factor is set up."), "info"),
    "TWO_FACTOR_DISABLED": (N_("Your second factor is switched off."), "info"),
    "TWO_FACTOR_PERMISSION_DENIED": (N_("Please log in first."), "info"),
    "TWO_FACTOR_SETUP_EXPIRED": (N_("That took too long. Please begin again."), "error"),
    "INVALID_RECOVERY_CODE": (N_("This recovery code is not right, or it was used."), "error"),
    "NO_RECOVERY_CODES_SETUP": (N_("There are no recovery codes yet."), "info"),
}

# Hundreds of tests log in; what a hash costs is asked of the library's own settings, not of these.
QUICK_HASH = {"argon2__time_cost": 1, "argon2__memory_cost": 8, "argon2__parallelism": 1}


def identify_username(identity: str) -> str:
    """Map what was typed to a user name; names are kept in lower case."""
    return identity.strip().lower()


class UsernameLoginForm(LoginForm):
    """The library's form, asking for a user name instead of an e-mail address."""

    # Never shown nor read; the library blanks the errors of both fields alike.
    email = StringField(validators=[Optional()])
    username = StringField(
        lazy_gettext("User name"),
        description=Help(lazy_gettext("As it stood in your invitation; capitals do not matter.")),
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
        is_right = bool(super().validate(**kwargs))
        if self.user is None and self.password.data:
            note_wrong_password(None)
        elif self.user_authenticated and not self.user.active:
            note_shut_out(cast(User, self.user))
        return is_right


class LockedDatastore(SQLAlchemySessionUserDatastore):
    """The library's datastore, committing under the writer lock, with the events of its facts."""

    def __init__(self, database: Database) -> None:
        # No autoflush: a flush before the lock is held would start a write outside it.
        self.sessions = scoped_session(
            sessionmaker(database.engine, autoflush=False, expire_on_commit=False)
        )
        self.database = database
        super().__init__(self.sessions, User, Role)

    def plan(self, work: Callable[[Session], object]) -> None:
        """Have `work` done in the transaction that commits what the library changes."""
        g.setdefault(PLANNED, []).append(work)

    def plan_event(self, user: UserMixin, action: str, **detail: object) -> None:
        """Have an event of somebody's own written in that transaction."""
        name = cast(User, user).username
        self.plan(lambda session: record_event(session, name, action, name, **detail))

    def commit(self) -> None:
        """Commit what the library changed, and what was planned beside it."""
        with self.database.transaction(self.sessions()) as session:
            for work in g.pop(PLANNED, []):
                work(session)

    def tf_set(
        self,
        user: UserMixin,
        primary_method: str,
        totp_secret: str | None = None,
        phone: str | None = None,
    ) -> None:
        """Keep a second factor; the library calls it at each log-in with what is there."""
        if totp_secret != user.tf_totp_secret:
            self.plan_event(user, "second-factor.set")
        super().tf_set(user, primary_method, totp_secret, phone)

    def tf_reset(self, user: UserMixin) -> None:
        """Take the second factor away, and the codes that stand in for it."""
        self.plan_event(user, "second-factor.off")
        cast(User, user).mf_recovery_codes = None
        cast(User, user).totp_counter = None
        super().tf_reset(user)

    def mf_set_recovery_codes(self, user: UserMixin, rcs: list[str] | None) -> None:
        """Keep new recovery codes in place of the old ones."""
        self.plan_event(user, "recovery-codes.make", codes=len(rcs or ()))
        super().mf_set_recovery_codes(user, rcs)

    def mf_delete_recovery_code(self, user: UserMixin, idx: int) -> bool:
        """Strike out a recovery code that was used."""
        left = len(cast(User, user).mf_recovery_codes or ()) - 1
        self.plan_event(user, "recovery-codes.use", left=left)
        return bool(super().mf_delete_recovery_code(user, idx))


def init_log_in(app: Flask, settings: Settings) -> None:
    """Set Flask-Security up: user names, argon2, a second factor, no e-mail."""
    app.config.update(
        SECURITY_USER_IDENTITY_ATTRIBUTES=[
            {"username": {"mapper": identify_username, "case_insensitive": False}}
        ],
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS=QUICK_HASH if app.testing else {},
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
        SECURITY_I18N_DIRNAME=["builtin"],
        **configure_second_factor(settings),
        **{f"SECURITY_MSG_{name}": message for name, message in MESSAGES.items()},
    )
    database: Database = app.extensions["renkedu_database"]
    datastore = LockedDatastore(database)
    Security(app, datastore, login_form=UsernameLoginForm, totp_cls=SecondFactor)
    # Log-in is by session only: a token in a header or an address would stay in logs.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined] # set by Flask-Login
    admit_known_sessions(app, datastore)
    follow_log_ins(app, datastore)

    @app.teardown_appcontext
    def forget_session(_error: BaseException | None) -> None:
        datastore.sessions.remove()


def admit_known_sessions(app: Flask, datastore: LockedDatastore) -> None:
    """Let a cookie in only while the session that it names is there."""
    manager = app.login_manager  # type: ignore[attr-defined] # set by Flask-Login
    load_by_cookie = manager._user_callback

    def load_user(uniquifier: str) -> User | None:
        user: User | None = load_by_cookie(uniquifier)
        found = find_session(datastore.sessions(), user, read_session_token()) if user else None
        if found is None:
            return None
        if found.last_seen != this_hour():
            with datastore.database.transaction() as session:
                note_visit(session, found.digest)
        return user

    manager.user_loader(load_user)


def read_session_token() -> str:
    """Return the token in the visitor's cookie, or nothing."""
    return str(browser.get(SESSION_TOKEN, ""))


def follow_log_ins(app: Flask, datastore: LockedDatastore) -> None:
    """Keep the list of sessions and the audit log in step with what the library does."""

    def begin(_app: Flask, user: User, authn_via: list[str] | None = None, **_more: object) -> None:
        token, agent = new_token(), request.user_agent.string
        browser[SESSION_TOKEN] = token
        datastore.plan(lambda session: begin_session(session, user, token, agent))
        if authn_via != ["change"]:  # a new password begins a session anew; nobody logged in
            datastore.plan_event(user, "session.begin", device=name_device(agent))
            if user.has_second_factor and not user.mf_recovery_codes:
                flash(NO_RECOVERY_CODES)

    def end(_app: Flask, user: User, **_more: object) -> None:
        """A log-out ends the session, and with it every copy of its cookie."""
        digest, name = digest_token(read_session_token()), user.username
        datastore.plan(lambda session: end_session(session, user, digest, name))
        datastore.commit()

    def end_others(_app: Flask, user: User, **_more: object) -> None:
        """A new password ends what was begun with the old one."""
        digest = digest_token(read_session_token())
        datastore.plan(lambda session: drop_sessions(session, user, keep=digest))
        datastore.plan_event(user, "password.change")

    def note_failure(_app: Flask, user: User, tfa: bool = False, **_more: object) -> None:
        """A wrong second factor after the right password: somebody else may know the password."""
        if not tfa:
            note_wrong_password(user)
        else:
            with datastore.database.transaction() as session:
                record_event(session, user.username, "second-factor.wrong", user.username)

    for signal, follow in (
        (user_authenticated, begin),
        (user_logged_out, end),
        (password_changed, end_others),
        (user_failed_authn, note_failure),
    ):
        signal.connect(follow, app, weak=False)
