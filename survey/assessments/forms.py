"""Forms of a round."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange, Regexp, ValidationError

from sampling.problems import Problem
from sampling.sample_size import read_residents
from survey.localization import tell
from survey.responses.envelope import read_public_key
from survey.text import is_plain_line


class RoundForm(FlaskForm):
    """A new round: county, year, residents, and to whom answers are sealed."""

    region = StringField(
        lazy_gettext("County code (GB/T 2260)"),
        validators=[Regexp(r"[0-9]{6}\Z", message=lazy_gettext("six digits, such as 451203"))],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    county = StringField(
        lazy_gettext("County"), validators=[DataRequired(lazy_gettext("missing")), Length(max=80)]
    )
    # What is no number at all gets the same message, and only once.
    year = IntegerField(
        lazy_gettext("Year"),
        validators=[
            DataRequired(lazy_gettext("a year from 2017 to 2100")),
            NumberRange(2017, 2100, lazy_gettext("a year from 2017 to 2100")),
        ],
    )
    residents = StringField(lazy_gettext("Resident population"), render_kw={"inputmode": "numeric"})
    residents_source = StringField(
        lazy_gettext("Source of this figure"),
        validators=[DataRequired(lazy_gettext("missing")), Length(max=200)],
    )
    is_rehearsal = BooleanField(lazy_gettext("This is a rehearsal"))
    public_key = StringField(lazy_gettext("Public key of the round"), validators=[Length(max=80)])

    def validate_county(self, field: StringField) -> None:
        """The county's name is printed on cards and certificates: one plain line."""
        if not is_plain_line(field.data or ""):
            raise ValidationError(gettext("one line of plain text, please"))

    validate_residents_source = validate_county

    def validate_residents(self, field: StringField) -> None:
        """Residents are a whole number the sample size can be taken of."""
        try:
            read_residents(field.data or "")
        except Problem as problem:
            raise ValidationError(tell(problem)) from problem

    def validate_public_key(self, field: StringField) -> None:
        """A real round needs the level above's key; a rehearsal makes its own."""
        if self.is_rehearsal.data:
            return
        try:
            read_public_key(field.data or "")
        except Problem as problem:
            raise ValidationError(tell(problem)) from problem
