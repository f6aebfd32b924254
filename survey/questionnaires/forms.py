"""The form that takes a questionnaire of one's own."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from wtforms import StringField
from wtforms.validators import Optional, Regexp

from survey.questionnaires.edition import EDITION_ID


class EditionForm(FlaskForm):
    """The files of an edition: TOML, or XLSForm workbooks."""

    files = MultipleFileField(
        lazy_gettext("Files"),
        validators=[FileRequired(lazy_gettext("choose the files"))],
        render_kw={"accept": ".toml,.xlsx"},
    )
    edition_id = StringField(
        lazy_gettext("Id of the edition"),
        validators=[
            Optional(),
            Regexp(rf"{EDITION_ID.pattern}\Z", message=lazy_gettext("letters a-z, digits and -")),
        ],
        render_kw={"autocomplete": "off", "maxlength": 64},
    )
