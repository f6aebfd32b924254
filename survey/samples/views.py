"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint

samples = Blueprint("samples", __name__)
