"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint

schools = Blueprint("schools", __name__)
