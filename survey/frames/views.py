"""Pages of this part."""

from __future__ import annotations

from flask import Blueprint

frames = Blueprint("frames", __name__)
