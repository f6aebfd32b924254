"""Forms of the results."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from survey.field_help import Help


class OpeningForm(FlaskForm):
    """The private key of the round, used once and not kept; a rehearsal needs none.

    It is typed in the open: nobody types 24 words right without seeing them.
    """

    private_key = TextAreaField(
        lazy_gettext("Private key of the round"),
        description=Help(
            lazy_gettext(
                "Its 24 words, in Chinese or in English, or its 64 characters. The level above "
                "holds it. It is used once and not kept."
            )
        ),
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
        description=Help(
            lazy_gettext(
                "Each with its article below; it is used only for what would fail without it."
            )
        ),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reason = TextAreaField(
        lazy_gettext("Reason"),
        description=Help(lazy_gettext("Needed for every change; it stands in the audit log.")),
        validators=[Length(max=400, message=lazy_gettext("400 characters at most"))],
        render_kw={"rows": 2},
    )


class AsOfForm(FlaskForm):
    """The day that the data are of."""

    as_of = DateField(
        lazy_gettext("Day that the data are of"),
        description=Help(
            lazy_gettext(
                "The day at which the schools stood as the table has them, not the day of today."
            )
        ),
        validators=[InputRequired(lazy_gettext("a day, such as 2027-09-01"))],
    )


class DutyForm(FlaskForm):
    """Who answers, and by when."""

    answers = StringField(
        lazy_gettext("Who answers for it"),
        description=Help(lazy_gettext("An office with its person, such as 县教育局基教股 李某.")),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=100)],
    )
    deadline = DateField(
        lazy_gettext("Deadline"),
        description=Help(lazy_gettext("The day by which it is done; what is overdue is marked.")),
        validators=[InputRequired(lazy_gettext("a day, such as 2027-09-01"))],
    )


class PlanForm(DutyForm):
    """A way out carried into the ledger: one who answers and one deadline for all its lines."""


class MeasureForm(DutyForm):
    """What is undertaken about one line."""

    measure = StringField(
        lazy_gettext("Measure"),
        description=Help(lazy_gettext("What will be done, in one line; it stands in the ledger.")),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=200)],
    )
