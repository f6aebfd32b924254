"""Forms of reaching people: a search, outcomes, opt-outs, texts."""

from __future__ import annotations

import secrets

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from survey.field_help import Help
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
        description=Help(
            lazy_gettext("At least two characters; part of a name or of a telephone is enough."),
            why=lazy_gettext(
                "For a lost card, or to note what became of somebody. Part of a name or of a "
                "telephone is enough, at least two characters. Each search is noted in the audit "
                "log, without what was typed."
            ),
        ),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=80)],
        render_kw={"autocomplete": "off"},
    )


class OutcomesForm(FlaskForm):
    """Outcomes as a file, or pasted."""

    file = FileField(
        lazy_gettext("Table (.xlsx or .csv)"),
        description=Help(
            lazy_gettext("Two columns, 编号 and 结果, a row for each person."),
            why=lazy_gettext(
                "The columns 编号 (pseudonym or roster number) and 结果 are read. Outcomes decide "
                "how many reserves may be released and stand in the response rates; answers have "
                "no part in them. Who answered cannot be changed."
            ),
        ),
        render_kw={"accept": ".xlsx,.csv"},
    )
    text = TextAreaField(
        lazy_gettext("Or paste the rows here"),
        description=Help(lazy_gettext("For example: u1234abcd,未联系上")),
        validators=[Length(max=200_000)],
        render_kw={"rows": "6", "autocomplete": "off"},
    )


class OptOutForm(FlaskForm):
    """A number that gets no more texts."""

    phone = StringField(
        lazy_gettext("Telephone"),
        description=Help(
            lazy_gettext("The number that asked; blanks and hyphens do not matter."),
            why=lazy_gettext(
                "The number gets no more texts. If only one person of the round has it, that "
                "person is noted as refused; a number that several share, say a class teacher's, "
                "speaks for nobody. A person is noted by name on the page where people are found."
            ),
        ),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=40)],
        render_kw={"inputmode": "tel", "autocomplete": "off"},
    )


class TextsForm(FlaskForm):
    """Who gets a text; the nonce tells a form sent twice from one filled in again."""

    nonce = HiddenField(default=lambda: secrets.token_hex(16))
    kind = RadioField(
        lazy_gettext("Who gets a text"),
        description=Help(
            lazy_gettext("Nobody gets a text who answered, declined or opted out."),
            why=lazy_gettext(
                "A reminder leaves the link, and what was filled in, as it is. A new link is for "
                "who lost the earlier one, which works until the new one has gone out."
            ),
        ),
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
