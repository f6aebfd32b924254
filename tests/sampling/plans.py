"""Plans made straight from a frame's groups, for tests of what draws from a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sampling.frame import Frame
from sampling.groups import count_groups
from sampling.record import Plan, StratumRecord
from sampling.staged_frame import StagedFrame
from sampling.survey_rules import load_survey_rules


def plan_by(
    frame: Frame | StagedFrame, columns: Sequence[str], one_in: int, least: int = 1
) -> Plan:
    """A plan with a stratum for each combination of `columns`, one in so many people drawn."""
    others = (column for column in columns if column != "category")
    groups = count_groups(frame, ("category", *others, "grade_band"))
    sizes: dict[tuple[str, ...], int] = {}
    for group in groups:
        key = tuple(cast(str, getattr(group.first, column)) for column in columns)
        sizes[key] = sizes.get(key, 0) + group.count
    strata = [
        StratumRecord(
            stratum="/".join(key),
            cell={column: [value] for column, value in zip(columns, key, strict=True)},
            N=size,
            n=min(size, max(least, size // one_in)),
        )
        for key, size in sorted(sizes.items())
    ]
    rules = load_survey_rules()
    plan = {
        "format": 1,
        "kind": "plan",
        "n": sum(stratum["n"] for stratum in strata),
        "rules": {"id": rules.id, "digest": rules.digest},
        "frame_digest": frame.digest,
        "strata": strata,
    }
    return cast(Plan, plan)  # what a draw relies on; the rest is the planner's
