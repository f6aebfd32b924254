"""What is asked of the audit log."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectChoice, SelectField, StringField
from wtforms.validators import Optional

from survey.audit.events import Filter
from survey.audit.words import ACTION_NAMES
from survey.field_help import Help


class FilterForm(FlaskForm):
    """Who, what, about what, when; sent by GET, so that an address can be kept."""

    class Meta:
        csrf = False  # it changes nothing

    who = StringField(
        lazy_gettext("Who"),
        description=Help(
            lazy_gettext("User name of whoever did it, or how it begins; empty: anybody.")
        ),
        render_kw={"autocomplete": "off"},
    )
    what = SelectField(
        lazy_gettext("What"),
        description=Help(lazy_gettext("One kind of action, or everything.")),
        validate_choice=False,
    )
    about = SelectField(
        lazy_gettext("Round or person"),
        description=Help(lazy_gettext("What was done about it or them, by whomever.")),
        validate_choice=False,
    )
    since = DateField(
        lazy_gettext("From"),
        description=Help(
            lazy_gettext("The first day, in Beijing time; empty: from the beginning.")
        ),
        validators=[Optional()],
    )
    until = DateField(
        lazy_gettext("To"),
        description=Help(lazy_gettext("The last day, counted in; empty: up to now.")),
        validators=[Optional()],
    )
    before = IntegerField(validators=[Optional()])

    def offer(self, rounds: dict[str, str], people: list[str]) -> None:
        """Fill the two lists with what the visitor may see."""
        everything = SelectChoice("", lazy_gettext("everything"))
        self.what.choices = [everything, *(SelectChoice(*one) for one in ACTION_NAMES.items())]
        about = {**rounds, **{name: name for name in people}}
        self.about.choices = [everything, *(SelectChoice(*one) for one in about.items())]

    def read(self) -> Filter:
        """Return what is asked for; what cannot be read asks for nothing."""
        return Filter(
            actor=(self.who.data or "").strip(),
            action=self.what.data or "",
            subject=self.about.data or "",
            since=self.since.data,
            until=self.until.data,
            before=self.before.data,
        )
