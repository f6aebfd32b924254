"""Forms of the procedure: a year, a decision, papers, a publication, what is sent back."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, MultipleFileField
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Regexp, ValidationError

from survey.field_help import Help
from survey.procedures.papers import KINDS
from survey.text import is_plain_line

MOST_PAPERS = 6
"""How many papers a stage of any rule set names at most; each has a field of its own."""

ACCEPTED = {"accept": ",".join(KINDS)}
PAPER_HELP = Help(lazy_gettext("Sealed and scanned, as the stage asks for it. Up to 20 MB."))


class YearForm(FlaskForm):
    """A province's year under a rule set."""

    region = StringField(
        lazy_gettext("Province code (GB/T 2260)"),
        description=Help(lazy_gettext("Two digits, such as 45 for Guangxi."), article="GB/T 2260"),
        validators=[Regexp(r"[0-9]{2}\Z", message=lazy_gettext("two digits, such as 45"))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    province = StringField(
        lazy_gettext("Province"),
        description=Help(lazy_gettext("Its full name, as it is to stand in the log.")),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=60)],
    )
    year = IntegerField(
        lazy_gettext("Year"),
        description=Help(lazy_gettext("The year that counties apply in, four digits.")),
        validators=[
            DataRequired(lazy_gettext("a year from 2017 to 2100")),
            NumberRange(2017, 2100, lazy_gettext("a year from 2017 to 2100")),
        ],
    )
    rules = SelectField(
        lazy_gettext("Rule set"),
        description=Help(
            lazy_gettext(
                "Its stages, last days and publications apply to every county of the year."
            )
        ),
    )
    is_rehearsal = BooleanField(
        lazy_gettext("This is a rehearsal"),
        description=Help(lazy_gettext("Takes rehearsals only, for ever; its log says so.")),
    )

    def validate_province(self, field: StringField) -> None:
        """The province's name stands in the log: one plain line."""
        if not is_plain_line(field.data or ""):
            raise ValidationError(gettext("one line of plain text, please"))


class StageForm(FlaskForm):
    """What every act names: the stage it is about, and the step where there is one."""

    stage = HiddenField()
    step = HiddenField()
    reason = TextAreaField(
        lazy_gettext("Reason"),
        description=Help(lazy_gettext("It stands in the log, which every level reads.")),
        validators=[Length(max=400, message=lazy_gettext("400 characters at most"))],
        render_kw={"rows": 2},
    )

    @property
    def reason_line(self) -> str:
        """The reason as one line, which is how a log keeps it."""
        return " ".join((self.reason.data or "").split())


class DecisionForm(StageForm):
    """Passed or not, with papers as evidence."""

    outcome = RadioField(
        lazy_gettext("Decision"),
        description=Help(
            lazy_gettext(
                "What your level found. It cannot be taken back; a later stage may come to "
                "another one."
            )
        ),
        choices=[("passed", lazy_gettext("passed")), ("failed", lazy_gettext("not passed"))],
        validators=[DataRequired(lazy_gettext("choose one"))],
    )
    files = MultipleFileField(
        lazy_gettext("Papers that the decision rests on"),
        description=Help(lazy_gettext("At least one. Up to 20 MB a file.")),
        render_kw=ACCEPTED,
    )


class SubmissionForm(StageForm):
    """The papers that the stage names, each in its own field."""

    paper_0 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)
    paper_1 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)
    paper_2 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)
    paper_3 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)
    paper_4 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)
    paper_5 = FileField(description=PAPER_HELP, render_kw=ACCEPTED)

    @property
    def papers(self) -> list[FileField]:
        """The fields for papers, in order."""
        return [self[f"paper_{number}"] for number in range(MOST_PAPERS)]


class PublicationForm(StageForm):
    """What is made public, and for how many days."""

    name = HiddenField()
    days = IntegerField(
        lazy_gettext("For how many days (0: it stays public)"),
        description=Help(
            lazy_gettext("Filled in with what the rules ask for; more days are fine.")
        ),
        validators=[
            NumberRange(0, 366, lazy_gettext("a whole number of days, at most 366")),
        ],
    )
