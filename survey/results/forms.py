"""Forms of the results."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField


class OpeningForm(FlaskForm):
    """The private key of the round, used once and not kept; a rehearsal needs none."""

    private_key = PasswordField(
        lazy_gettext("Private key of the round"), render_kw={"autocomplete": "off"}
    )
