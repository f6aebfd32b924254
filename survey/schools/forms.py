"""The form that takes the school table."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from survey.field_help import Help


class SchoolsForm(FlaskForm):
    """One file."""

    file = FileField(
        lazy_gettext("School table (.xlsx or .csv)"),
        description=Help(
            lazy_gettext(
                "One row a school. All of it is taken in, or nothing; a new table becomes the "
                "next version, until the verdict is made."
            ),
            why=lazy_gettext(
                "The figures behind the seven indicators, for every school of compulsory "
                "education, private ones too."
            ),
            article="教督〔2017〕6号 第六条",
        ),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv"},
    )
