"""The blueprint of the roster's pages."""

from __future__ import annotations

from flask import Blueprint

frames = Blueprint("frames", __name__)
