"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey.access import public

public_pages = Blueprint("public", __name__)


@public_pages.get("/")
@public
def home() -> ResponseReturnValue:
    """Say what this site is; a way in for respondents and for staff."""
    return render_template("public/home.html")
