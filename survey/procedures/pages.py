"""Every page of the procedure, in one blueprint: importing a module puts its pages there."""

from __future__ import annotations

from survey.procedures import monitoring_views
from survey.procedures.views import procedures

PARTS = (monitoring_views,)

__all__ = ["PARTS", "procedures"]
