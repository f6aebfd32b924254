"""All pages of the roster, on one blueprint."""

from __future__ import annotations

from survey.frames import file_views, people_views, roster_views
from survey.frames.blueprint import frames

__all__ = ["file_views", "frames", "people_views", "roster_views"]
