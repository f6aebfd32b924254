"""The forms of the roster: files, what is asked of the job, the columns of a file, a search."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import SelectField, StringField
from wtforms.validators import Length

from survey.frames.roster import CATEGORIES, COLUMNS

MAX_QUERY = 100


class RosterForm(FlaskForm):
    """One file or several."""

    file = MultipleFileField(
        lazy_gettext("Roster (.xlsx or .csv), one file or several"),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv", "multiple": True},
    )


class CorrectionForm(FlaskForm):
    """The file of faulty rows, corrected."""

    file = FileField(
        lazy_gettext("The corrected file"),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv"},
    )


class ColumnsForm(FlaskForm):
    """Which header of a file is which column; its choices are the headers."""

    category = SelectField(lazy_gettext("All rows of this file are"))

    def offer(self, headers: list[str]) -> None:
        """Set what may be chosen."""
        none = ("", lazy_gettext("as the column 类别 says"))
        self.category.choices = [none, *((code, word) for word, code in CATEGORIES.items())]
        for column in COLUMNS:
            chosen = self[f"column_{column.name}"]
            chosen.choices = [("", lazy_gettext("not in this file")), *((h, h) for h in headers)]

    def read_columns(self) -> dict[str, str]:
        """Return column -> header, as chosen."""
        chosen = {column.name: self[f"column_{column.name}"].data for column in COLUMNS}
        return {name: header for name, header in chosen.items() if header}


for column_ in COLUMNS:
    setattr(ColumnsForm, f"column_{column_.name}", SelectField(column_.header))


class SearchForm(FlaskForm):
    """Whom to look for."""

    text = StringField(
        lazy_gettext("Number, name or telephone"), validators=[Length(max=MAX_QUERY)]
    )
    school = StringField(lazy_gettext("School or township"), validators=[Length(max=MAX_QUERY)])
    category = SelectField(lazy_gettext("Category"))

    def offer(self) -> None:
        """Set what may be chosen."""
        everybody = ("", lazy_gettext("all categories"))
        self.category.choices = [everybody, *((code, word) for word, code in CATEGORIES.items())]
