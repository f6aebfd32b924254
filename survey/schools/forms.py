"""The form that takes the school table."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class SchoolsForm(FlaskForm):
    """One file."""

    file = FileField(
        lazy_gettext("School table (.xlsx or .csv)"),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv"},
    )
