"""Forms of reaching people: a search, outcomes, opt-outs, texts."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from survey.samples.models import NOT_ELIGIBLE, PENDING, REFUSED, UNREACHABLE

OUTCOME_NAMES = {
    PENDING: lazy_gettext("nothing known yet"),
    REFUSED: lazy_gettext("refused"),
    UNREACHABLE: lazy_gettext("not reached"),
    NOT_ELIGIBLE: lazy_gettext("not eligible"),
}


class SearchForm(FlaskForm):
    """Whom to find."""

    wanted = StringField(
        lazy_gettext("Name, telephone or pseudonym"),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=80)],
        render_kw={"autocomplete": "off"},
    )


class OutcomesForm(FlaskForm):
    """Outcomes as a file, or pasted."""

    file = FileField(lazy_gettext("Table (.xlsx or .csv)"), render_kw={"accept": ".xlsx,.csv"})
    text = TextAreaField(
        lazy_gettext("Or paste the rows here"),
        validators=[Length(max=200_000)],
        render_kw={"rows": "6", "autocomplete": "off"},
    )


class OptOutForm(FlaskForm):
    """A number that gets no more texts."""

    phone = StringField(
        lazy_gettext("Telephone"),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=40)],
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )


class TextsForm(FlaskForm):
    """Who gets a text; the nonce tells a form sent twice from one filled in again."""

    nonce = HiddenField(default=lambda: secrets.token_hex(16))
    kind = RadioField(
        lazy_gettext("Who gets a text"),
        choices=[
            SelectChoice(
                "invitation", lazy_gettext("people who are asked and have no link yet: a link")
            ),
            SelectChoice(
                "reminder",
                lazy_gettext("people who have not answered: a reminder, their link stays"),
            ),
            SelectChoice(
                "again",
                lazy_gettext("people who have not answered: a new link, the earlier one ends"),
            ),
        ],
        default="invitation",
    )
