"""The one blueprint of the sample's pages."""

from __future__ import annotations

from flask import Blueprint

samples = Blueprint("samples", __name__)
