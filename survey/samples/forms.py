"""Forms of the sample: numbers by category, seed, links, reason of a release."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from survey.localization import CATEGORY_NAMES

MOST = 1_000_000


class TargetsForm(FlaskForm):
    """How many are drawn of each category; one field a category, added below.

    `frame_digest` is the frame that the page was made for: only that one is frozen.
    """

    frame_digest = HiddenField()

    def read_targets(self) -> dict[str, int]:
        """Return the numbers by category."""
        return {name: self[name].data for name in CATEGORY_NAMES}

    def fill(self, targets: Mapping[str, int]) -> None:
        """Show these numbers."""
        for name, number in targets.items():
            self[name].data = number


for _name, _label in CATEGORY_NAMES.items():
    setattr(
        TargetsForm,
        _name,
        IntegerField(
            _label,
            validators=[
                InputRequired(lazy_gettext("missing")),
                NumberRange(0, MOST, lazy_gettext("expected a whole number from 0 up")),
            ],
            render_kw={"inputmode": "numeric", "min": "0"},
        ),
    )


class SeedForm(FlaskForm):
    """The seed; whether it is one is for the draw to say."""

    seed = StringField(lazy_gettext("Seed"), render_kw={"autocomplete": "off"})


class LinksForm(FlaskForm):
    """For whom links are made, and as what they are handed over.

    The nonce tells a form sent twice from a form filled in again.
    """

    nonce = HiddenField(default=lambda: secrets.token_hex(16))

    scope = RadioField(
        lazy_gettext("For whom"),
        choices=[
            SelectChoice("new", lazy_gettext("people who are asked and have no link yet")),
            SelectChoice(
                "all", lazy_gettext("everybody who has not answered: earlier links become void")
            ),
        ],
        default="new",
    )
    medium = RadioField(
        lazy_gettext("As"),
        choices=[
            SelectChoice("cards", lazy_gettext("QR cards to print (PDF, A4)")),
            SelectChoice("file", lazy_gettext("link file (.xlsx)")),
        ],
        default="cards",
    )


class ReleaseForm(FlaskForm):
    """Why reserves are released."""

    reason = StringField(
        lazy_gettext("Reason"),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=200)],
    )
