"""Unit costs as people type them: a field for each indicator of the rule set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from sampling.problems import Problem
from scoring.figures import exact_text, read_decimal
from scoring.rule_set import Indicator, RuleSet

CURRENCY = "元"


@dataclass(frozen=True, slots=True)
class CostField:
    """What was typed for one indicator: cost of a unit, most units a place can get, and errors."""

    indicator: Indicator
    cost: str
    most: str
    cost_error: str = ""
    most_error: str = ""


def empty_fields(rule_set: RuleSet, costs: Mapping[str, object] | None) -> list[CostField]:
    """Return the fields with the costs used last; a yuan of equipment costs a yuan."""
    used = _table(costs, "costs")
    most = _table(costs, "most")
    return [
        CostField(
            one,
            str(used.get(one.id, "1" if one.unit == CURRENCY else "")),
            str(most.get(one.id, "")),
        )
        for one in rule_set.indicators
    ]


def read_fields(rule_set: RuleSet, typed: Mapping[str, str]) -> list[CostField]:
    """Return the fields as they were typed, each with what is wrong with it."""
    return [_read(one, typed) for one in rule_set.indicators]


def costs_of(fields: Sequence[CostField]) -> dict[str, object]:
    """Return fields without errors as the content of a file of unit costs."""
    most = {one.indicator.id: int(one.most) for one in fields if one.most}
    costs: dict[str, object] = {
        "format": 1,
        "currency": CURRENCY,
        "costs": {one.indicator.id: exact_text(read_decimal(one.cost)) for one in fields},
    }
    return costs | ({"most": most} if most else {})


def has_errors(fields: Sequence[CostField]) -> bool:
    """Say whether anything that was typed cannot be used."""
    return any(one.cost_error or one.most_error for one in fields)


def _read(indicator: Indicator, typed: Mapping[str, str]) -> CostField:
    cost = typed.get(f"cost-{indicator.id}", "").strip()
    most = typed.get(f"most-{indicator.id}", "").strip()
    is_whole = most.isascii() and most.isdecimal() and len(most) <= 12
    return CostField(
        indicator,
        cost,
        most,
        "" if _is_cost(cost) else gettext("a number above 0, such as 3200"),
        "" if not most or is_whole else gettext("a whole number, or nothing"),
    )


def _is_cost(text: str) -> bool:
    try:
        return read_decimal(text) > 0
    except Problem:
        return False


def _table(costs: Mapping[str, object] | None, key: str) -> Mapping[str, object]:
    found = (costs or {}).get(key)
    return found if isinstance(found, dict) else {}
