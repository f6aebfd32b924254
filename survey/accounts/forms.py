"""Forms of the accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo

from survey.localization import ROLE_NAMES

MISSING = lazy_gettext("missing")


class RightsForm(FlaskForm):
    """What somebody may do, and where."""

    role = SelectField(
        lazy_gettext("Role"), choices=[SelectChoice(*role) for role in ROLE_NAMES.items()]
    )
    region = StringField(lazy_gettext("Region"), render_kw={"autocomplete": "off"})
    seen = HiddenField()


class InvitationForm(RightsForm):
    """Somebody new who may log in."""

    username = StringField(
        lazy_gettext("User name"),
        validators=[DataRequired(MISSING)],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )


class PasswordForm(FlaskForm):
    """A password of one's own, typed twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        validators=[DataRequired(MISSING)],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        lazy_gettext("New password again"),
        validators=[EqualTo("password", lazy_gettext("the two are not the same"))],
        render_kw={"autocomplete": "new-password"},
    )
