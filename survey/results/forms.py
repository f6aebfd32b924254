"""Forms of the results."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget


class OpeningForm(FlaskForm):
    """The private key of the round, used once and not kept; a rehearsal needs none.

    It is typed in the open: nobody types 24 words right without seeing them.
    """

    private_key = TextAreaField(
        lazy_gettext("Private key of the round"),
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
            "rows": "4",
        },
    )


class ReliefsForm(FlaskForm):
    """Which reliefs are on, and why something changes."""

    reliefs = SelectMultipleField(
        lazy_gettext("Reliefs that are on"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = TextAreaField(
        lazy_gettext("Reason"),
        validators=[Length(max=400, message=lazy_gettext("400 characters at most"))],
        render_kw={"rows": 2},
    )


class AsOfForm(FlaskForm):
    """The day that the data are of."""

    as_of = DateField(
        lazy_gettext("Day that the data are of"),
        validators=[InputRequired(lazy_gettext("a day, such as 2027-09-01"))],
    )


class DutyForm(FlaskForm):
    """Who answers, and by when."""

    answers = StringField(
        lazy_gettext("Who answers for it"),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=100)],
    )
    deadline = DateField(
        lazy_gettext("Deadline"),
        validators=[InputRequired(lazy_gettext("a day, such as 2027-09-01"))],
    )


class PlanForm(DutyForm):
    """A way out carried into the ledger: one who answers and one deadline for all its lines."""


class MeasureForm(DutyForm):
    """What is undertaken about one line."""

    measure = StringField(
        lazy_gettext("Measure"),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=200)],
    )
