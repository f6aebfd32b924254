"""A way out (出路) carried into a ledger (台账): additions as measures of the lines they close.

The ledger has one shape of line; a plan adds none. It says what is to be done about lines that
measurements opened, and who answers and by when is for a person to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sampling.problems import N_, Problem
from scoring.event_log import LONGEST_LINE
from scoring.ledger import Ledger
from scoring.ledger_gaps import Key
from scoring.ledger_log import Undertaking
from scoring.record_file import check_head, mapping, tables, text
from scoring.rule_set import RuleSet
from scoring.way_out import FEASIBLE, OPTIMAL

KIND = "way_out"
BEYOND = {"floor": "（达到底线）", "limit": "", "coefficient": "（兼顾校际差异系数）"}


@dataclass(frozen=True, slots=True)
class PlannedMeasures:
    """What a plan says about a ledger's lines.

    `idle` are the ids of additions that no open line asks for: they bring a coefficient down.
    `left` are the open lines of indicators that the plan does not add to: one of seven may stay
    at its floor.
    """

    undertakings: tuple[Undertaking, ...]
    idle: tuple[str, ...]
    left: tuple[Key, ...]


def plan_measures(
    plan: Mapping[str, object], ledger: Ledger, rule_set: RuleSet, answers: str, deadline: str
) -> PlannedMeasures:
    """Return the measures that a plan (`scoring.way_out_record.make_way_out`) gives open lines.

    What the sections of a school share is added once and stands at the line of each section.
    Raises `Problem` for a plan under another rule set than the ledger's, for one without
    additions to make, and for a record that is none.
    """
    check_head(plan, KIND)
    named = {key: text(mapping(plan, "rules"), key) for key in ("id", "digest")}
    if named != dict(ledger.rules):
        raise Problem(N_("the ledger is under rule set {id}"), id=ledger.rules["id"])
    status = text(plan, "status")
    if status not in (OPTIMAL, FEASIBLE):
        raise Problem(N_("the plan is {status}: it has nothing to carry out"), status=status)
    waiting = _waiting(ledger, rule_set)
    undertakings, idle, touched = [], [], set()
    for addition in tables(plan, "additions"):
        found = [key for key in waiting if _is_about(addition, key, rule_set)]
        if not found:
            idle.append(text(addition, "id"))
        touched.update(found)
        measure = measure_text(addition, rule_set, text(plan, "currency"))
        undertakings += [Undertaking(key, measure, answers, deadline) for key in found]
    left = tuple(key for key in waiting if key not in touched)
    return PlannedMeasures(tuple(undertakings), tuple(idle), left)


def measure_text(addition: Mapping[str, object], rule_set: RuleSet, currency: str) -> str:
    """Return an addition as the words of a measure (措施)."""
    name = text(addition, "indicator")
    amounts = {indicator.id: indicator.amount.zh for indicator in rule_set.indicators}
    if name not in amounts:
        raise Problem(N_("rule set {id} has no indicator {name!r}"), id=rule_set.id, name=name)
    words = f"增加{amounts[name]}{addition.get('add')}{text(addition, 'unit')}"
    cost = f"，费用{text(addition, 'cost')}{currency}"
    return (words + cost + BEYOND.get(text(addition, "closes"), ""))[:LONGEST_LINE]


def _waiting(ledger: Ledger, rule_set: RuleSet) -> list[Key]:
    """Return the lines about indicators that are still to be closed."""
    indicators = {rule.id for rule in rule_set.of_kind("indicator")}
    lines = sorted(ledger.lines.items())
    return [key for key, line in lines if key[2] in indicators and not line.is_closed]


def _is_about(addition: Mapping[str, object], key: Key, rule_set: RuleSet) -> bool:
    school, stage, rule, _ = key
    return (
        school == text(addition, "school")
        and rule_set.rule(rule).indicator == text(addition, "indicator")
        and text(addition, "stage") in ("", stage)
    )
