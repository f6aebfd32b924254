"""The forms of the roster: files, what is asked of the job, the columns of a file, a search."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired, MultipleFileField
from wtforms import SelectField, StringField
from wtforms.validators import Length

from survey.field_help import LAW_ON_DATA, SURVEY_RULES, Help
from survey.frames.roster import CATEGORIES, COLUMNS

MAX_QUERY = 100


class RosterForm(FlaskForm):
    """One file or several."""

    file = MultipleFileField(
        lazy_gettext("Roster (.xlsx or .csv), one file or several"),
        description=Help(
            lazy_gettext(
                "Drag files onto the field or choose them: one for everybody, or one a category. "
                "You see next what was read; nothing is taken in yet."
            ),
            why=lazy_gettext(
                "Only what is needed to ask somebody is taken: category, place, grade, and name "
                "and telephone for the card. Name, telephone and class are kept encrypted and "
                "erased after the close."
            ),
            article=f"{LAW_ON_DATA}第六条",
        ),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv", "multiple": True},
    )


class CorrectionForm(FlaskForm):
    """The file of faulty rows, corrected."""

    file = FileField(
        lazy_gettext("The corrected file"),
        description=Help(
            lazy_gettext(
                "Correct the cells in the downloaded file and upload it here: its rows take the "
                "place of the faulty ones. Leave the number of the row as it is. A row whose "
                "other cells are all emptied is taken out."
            )
        ),
        validators=[FileRequired(lazy_gettext("choose a file"))],
        render_kw={"accept": ".xlsx,.csv"},
    )


class ColumnsForm(FlaskForm):
    """Which header of a file is which column; its choices are the headers."""

    category = SelectField(
        lazy_gettext("All rows of this file are"),
        description=Help(
            lazy_gettext("For a file that holds one category only and has no column for it."),
            why=lazy_gettext("Seven categories are asked; everybody stands in one of them."),
            article=SURVEY_RULES,
        ),
    )

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


COLUMN_HELP = {
    "id": Help(lazy_gettext("Your own number of the row; needed, each once.")),
    "category": Help(lazy_gettext("Needed: 家长 教师 校长 人大代表 政协委员 学生 其他群众.")),
    "name": Help(lazy_gettext("Kept encrypted; used for cards and for nothing else.")),
    "phone": Help(lazy_gettext("Kept encrypted; used for cards and for nothing else.")),
    "township": Help(
        lazy_gettext("Used for card lists and for places with few people; may be empty.")
    ),
    "area": Help(lazy_gettext("城区 镇区 乡村; for all people of a category or for none.")),
    "grade": Help(
        lazy_gettext(
            "1 to 9, of the pupil or of the parent's child; for all people of a category or for "
            "none."
        )
    ),
    "school": Help(lazy_gettext("The school as it writes itself; cards are handed out by school.")),
    "class": Help(
        lazy_gettext("Kept encrypted; used for cards and for counting who is outstanding.")
    ),
    "person": Help(
        lazy_gettext(
            "Any key that is the same wherever one person stands, such as a parent of two "
            "children; "
            "may be empty."
        )
    ),
}
for column_ in COLUMNS:
    setattr(
        ColumnsForm,
        f"column_{column_.name}",
        SelectField(column_.header, description=COLUMN_HELP[column_.name]),
    )


class SearchForm(FlaskForm):
    """Whom to look for."""

    text = StringField(
        lazy_gettext("Number, name or telephone"),
        description=Help(
            lazy_gettext("The whole number or telephone, or a part of the name."),
            why=lazy_gettext(
                "Each look into the roster is noted in the audit log, without what was typed."
            ),
        ),
        validators=[Length(max=MAX_QUERY)],
    )
    school = StringField(
        lazy_gettext("School or township"),
        description=Help(lazy_gettext("A part of it is enough; may be empty.")),
        validators=[Length(max=MAX_QUERY)],
    )
    category = SelectField(
        lazy_gettext("Category"),
        description=Help(lazy_gettext("As the roster has it; leave it at all to look everywhere.")),
    )

    def offer(self) -> None:
        """Set what may be chosen."""
        everybody = ("", lazy_gettext("all categories"))
        self.category.choices = [everybody, *((code, word) for word, code in CATEGORIES.items())]
