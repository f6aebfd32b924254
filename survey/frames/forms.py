"""The form that takes a roster."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class RosterForm(FlaskForm):
    """One file."""

    file = FileField(
        lazy_gettext("Roster (.xlsx or .csv)"),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv"},
    )
