"""Forms of the places."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from survey.field_help import Help
from survey.localization import CATEGORY_NAMES


class PlaceForm(FlaskForm):
    """A new place: its name, and who is asked there; both are checked where it is made."""

    name = StringField(
        lazy_gettext("Place"),
        description=Help(lazy_gettext("One line, as it stands on the poster: 庆远镇政务大厅")),
        render_kw={"maxlength": "80", "autocomplete": "off"},
    )
    category = SelectField(
        lazy_gettext("Who is asked"),
        description=Help(
            lazy_gettext("Only categories that have no roster: who has one is drawn from it."),
            why=lazy_gettext(
                "Whoever passes by may answer, more than once: such answers are counted apart and "
                "never enter the rate."
            ),
        ),
        validate_choice=False,
    )

    def offer(self, categories: Iterable[str]) -> None:
        """Offer these categories."""
        self.category.choices = [(name, CATEGORY_NAMES[name]) for name in categories]
