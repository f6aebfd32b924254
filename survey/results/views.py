"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint

results = Blueprint("results", __name__)
