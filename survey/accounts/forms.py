"""Forms of the accounts."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired

from survey.accounts.models import ADMINISTRATOR, OFFICIAL, SUPERVISOR

ROLE_NAMES = {
    SUPERVISOR: lazy_gettext("supervisor"),
    OFFICIAL: lazy_gettext("official"),
    ADMINISTRATOR: lazy_gettext("administrator"),
}


class UserForm(FlaskForm):
    """Somebody new who may log in."""

    username = StringField(
        lazy_gettext("User name"), validators=[DataRequired(lazy_gettext("missing"))]
    )
    role = SelectField(
        lazy_gettext("Role"), choices=[SelectChoice(*role) for role in ROLE_NAMES.items()]
    )
    region = StringField(lazy_gettext("Region code"))
