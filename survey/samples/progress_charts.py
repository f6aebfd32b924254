"""The two charts of the progress, as options for ECharts; the tables beside them say the same."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from survey.localization import CATEGORY_NAMES
from survey.samples.watch import Watch

Options = dict[str, Any]


def chart_categories(watch: Watch) -> Options:
    """Return a bar for each category: what became of everybody asked."""
    tallies = watch.progress.categories
    parts = [  # in the order of the colours
        ("answered", gettext("Answered")),
        ("not_eligible", gettext("Not eligible")),
        ("unreachable", gettext("Not reached")),
        ("refused", gettext("Refused")),
        ("outstanding", gettext("Outstanding")),
    ]
    return {
        "grid": {"left": 8, "right": 16, "top": 56, "bottom": 8, "containLabel": True},
        "legend": {"top": 0},
        "xAxis": {"type": "value", "minInterval": 1},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": [str(CATEGORY_NAMES[name]) for name in tallies],
            "axisLabel": {"width": 88, "overflow": "break"},
        },
        "series": [
            {
                "type": "bar",
                "stack": "people",
                "name": label,
                "data": [getattr(tally, part) for tally in tallies.values()],
            }
            for part, label in parts
        ],
    }


def chart_days(watch: Watch) -> Options:
    """Return a line of all answers up to each day's end, beside an even pace."""
    days = watch.days
    series: list[Options] = [
        {
            "type": "line",
            "name": gettext("Answers in all"),
            "data": [one.together for one in days],
            "symbolSize": 7,
        }
    ]
    if any(one.planned is not None for one in days):
        series.append(
            {
                "type": "line",
                "name": gettext("Even pace"),
                "data": [one.planned for one in days],
                "lineStyle": {"type": "dashed"},
                "symbol": "none",
            }
        )
    return {
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 8, "containLabel": True},
        "legend": {"top": 0},
        "xAxis": {"type": "category", "data": [one.day[5:] for one in days]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": series,
    }
