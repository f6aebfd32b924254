"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint

responses = Blueprint("responses", __name__)
