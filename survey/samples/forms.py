"""Forms of the sample: numbers by category, seed, links, reason of a release."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from flask import request
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    HiddenField,
    IntegerField,
    RadioField,
    SelectMultipleField,
    StringField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from survey.field_help import SURVEY_RULES, Help
from survey.localization import CATEGORY_NAMES

MOST = 1_000_000
PIN = "pin/"


class TargetsForm(FlaskForm):
    """How many are drawn of each category; one field a category, added below.

    `frame_digest` is the frame that the page was made for: only that one is frozen. `version` is
    that of the kept numbers the page showed. Numbers for an area or band of a category, which
    depend on the roster, come beside it: one text field each, `PIN` and the name of the number.
    """

    frame_digest = HiddenField()
    version = HiddenField()
    response = IntegerField(
        lazy_gettext("Of 100 people asked, how many answer?"),
        description=Help(
            lazy_gettext(
                "To foresee how many reserves will be needed; nothing follows from it by itself."
            ),
            why=lazy_gettext(
                "Not everybody who is asked answers. Who does not is replaced from the reserve of "
                "the same stratum, in the order drawn."
            ),
        ),
        validators=[
            Optional(),
            NumberRange(1, 100, lazy_gettext("expected a number from 1 to 100")),
        ],
        default=80,
        render_kw={"inputmode": "numeric", "autocomplete": "off", "size": "4"},
        widget=TextInput(),
    )

    @property
    def seen_version(self) -> int:
        """The version of the kept numbers that were looked at; 0 where none were kept."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @staticmethod
    def read_typed() -> dict[str, str]:
        """Return what was typed for areas and bands, by the name of the number."""
        return {
            key.removeprefix(PIN): value.strip()[:12]
            for key, value in request.form.items()
            if key.startswith(PIN) and value.strip()
        }

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
            description=Help(
                lazy_gettext(
                    "How many of this category are drawn: at least half of all are parents, the "
                    "other six about equal."
                ),
                article=f"{SURVEY_RULES}：家长的比例原则上不低于50%，其他各类调查对象数量大体相当",
            ),
            validators=[
                InputRequired(lazy_gettext("missing")),
                NumberRange(0, MOST, lazy_gettext("expected a whole number from 0 up")),
            ],
            render_kw={"inputmode": "numeric", "min": "0"},
        ),
    )


class SeedForm(FlaskForm):
    """The seed; whether it is one is for the draw to say."""

    seed = StringField(
        lazy_gettext("Seed"),
        description=Help(
            lazy_gettext(
                "One line, used exactly as typed; it is published. The same frame, plan and seed "
                "always give the same sample."
            )
        ),
        render_kw={"autocomplete": "off"},
    )


class LinksForm(FlaskForm):
    """For whom links are made, and as what they are handed over.

    The nonce tells a form sent twice from a form filled in again.
    """

    nonce = HiddenField(default=lambda: secrets.token_hex(16))

    scope = RadioField(
        lazy_gettext("For whom"),
        description=Help(
            lazy_gettext("Who answered, declined or opted out gets no link either way.")
        ),
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
        description=Help(
            lazy_gettext(
                "Cards are handed out; a link file goes to whoever sends texts; papers are for "
                "people without a phone."
            )
        ),
        choices=[
            SelectChoice("cards", lazy_gettext("QR cards to print (PDF, A4)")),
            SelectChoice("zip", lazy_gettext("QR cards, a PDF for each school or township (.zip)")),
            SelectChoice("sheets", lazy_gettext("the papers themselves, to fill in by hand (PDF)")),
            SelectChoice("file", lazy_gettext("link file (.xlsx)")),
        ],
        default="cards",
    )
    places = SelectMultipleField(
        lazy_gettext("Schools and townships"),
        description=Help(lazy_gettext("With nothing ticked everybody is meant.")),
        validate_choice=False,
    )


class ReleaseForm(FlaskForm):
    """Why reserves are released."""

    reason = StringField(
        lazy_gettext("Reason"),
        description=Help(
            lazy_gettext("It stands in the record of the release."),
            why=lazy_gettext(
                "A release follows from who was lost, never from what was answered. The record "
                "keeps the stratum, who was released, when, by whom and why; anybody can check "
                "the order against the draw."
            ),
        ),
        validators=[InputRequired(lazy_gettext("missing")), Length(max=200)],
    )
