"""Pages of the sample, each part in a module of its own; importing them registers them."""

from __future__ import annotations

from survey.samples import ceremony_views, draw_views, link_views, plan_views, progress_views
from survey.samples.blueprint import samples

__all__ = ["ceremony_views", "draw_views", "link_views", "plan_views", "progress_views", "samples"]
