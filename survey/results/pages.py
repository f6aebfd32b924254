"""Every page of the results, in one blueprint: importing a module puts its pages there."""

from __future__ import annotations

from scoring.shown_limit import percent_of
from survey.results import (
    ledger_views,
    paper_views,
    relief_views,
    way_out_views,
    what_if_views,
    wording,
)
from survey.results.views import results

PARTS = (ledger_views, paper_views, relief_views, way_out_views, what_if_views)

results.add_app_template_global(wording.tell_limit)
results.add_app_template_global(wording.tell_section)
results.add_app_template_global(wording.money)
results.add_app_template_global(wording.when)
results.add_app_template_global(percent_of, "rate_limit")

__all__ = ["PARTS", "results"]
