"""The form that takes a questionnaire of one's own."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileRequired, MultipleFileField
from wtforms import StringField
from wtforms.validators import Optional, Regexp

from survey.field_help import Help
from survey.questionnaires.edition import EDITION_ID


class EditionForm(FlaskForm):
    """The files of an edition: TOML, or XLSForm workbooks."""

    files = MultipleFileField(
        lazy_gettext("Files"),
        description=Help(
            lazy_gettext(
                "All TOML files of one edition, or one XLSForm workbook (KoboToolbox, ODK) for "
                "each paper."
            )
        ),
        validators=[FileRequired(lazy_gettext("choose the files"))],
        render_kw={"accept": ".toml,.xlsx"},
    )
    edition_id = StringField(
        lazy_gettext("Id of the edition"),
        description=Help(
            lazy_gettext("Only for workbooks that do not name their edition, such as yizhou-2027.")
        ),
        validators=[
            Optional(),
            Regexp(rf"{EDITION_ID.pattern}\Z", message=lazy_gettext("letters a-z, digits and -")),
        ],
        render_kw={"autocomplete": "off", "maxlength": 64},
    )
