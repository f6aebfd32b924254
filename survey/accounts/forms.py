"""Forms of the accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, EqualTo

from survey.field_help import Help
from survey.localization import ROLE_NAMES

MISSING = lazy_gettext("missing")


class RightsForm(FlaskForm):
    """What somebody may do, and where."""

    role = SelectField(
        lazy_gettext("Role"),
        description=Help(
            lazy_gettext(
                "A supervisor runs rounds and never sees a rate; an official opens envelopes and "
                "sees results; an administrator invites people."
            )
        ),
        choices=[SelectChoice(*role) for role in ROLE_NAMES.items()],
    )
    region = StringField(
        lazy_gettext("Region"),
        description=Help(
            lazy_gettext(
                "A name or a GB/T 2260 code: six digits for a county, four for a city, two for a "
                "province. Only what lies within it is seen."
            ),
            article="GB/T 2260",
        ),
        render_kw={"autocomplete": "off"},
    )
    seen = HiddenField()


class InvitationForm(RightsForm):
    """Somebody new who may log in."""

    username = StringField(
        lazy_gettext("User name"),
        description=Help(
            lazy_gettext(
                "3 to 64 letters a-z, digits or . _ - ; it stands in the audit log, so one name "
                "for each person."
            )
        ),
        validators=[DataRequired(MISSING)],
        render_kw={"autocomplete": "off", "autocapitalize": "none"},
    )


class PasswordForm(FlaskForm):
    """A password of one's own, typed twice."""

    password = PasswordField(
        lazy_gettext("New password"),
        description=Help(
            lazy_gettext(
                "At least 12 characters. Four words that do not go together are easy to keep in "
                "mind."
            )
        ),
        validators=[DataRequired(MISSING)],
        render_kw={"autocomplete": "new-password"},
    )
    again = PasswordField(
        lazy_gettext("New password again"),
        description=Help(lazy_gettext("The same once more, so that a slip does not shut you out.")),
        validators=[EqualTo("password", lazy_gettext("the two are not the same"))],
        render_kw={"autocomplete": "new-password"},
    )
