"""The plan of a way out as a record: what to add where, at what cost, and what it brings."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from sampling.canonical import digest
from sampling.problems import N_, Problem
from scoring.additions import Spread, Units, add_units, find_spreads
from scoring.builtin_engine import BuiltinEngine
from scoring.county_data import NOTHING, CountyData
from scoring.difference_coefficient import DifferenceCoefficient
from scoring.engine import IndicatorEngine
from scoring.figures import display_text, exact_text, rounded_text
from scoring.findings import Finding
from scoring.gaps import Gap, find_gaps
from scoring.outcomes import NOT_MET
from scoring.rule_set import RuleSet
from scoring.schools import School, school_row
from scoring.unit_costs import UnitCosts
from scoring.verdict import check_reliefs
from scoring.way_out import FEASIBLE, OPTIMAL, WayOut, find_way_out

FORMAT = 1
COEFFICIENT_DIGITS = 3
BOUGHT_KINDS = ("school", "difference")
"""Kinds of rules that a way out makes hold."""
BUILT_IN = BuiltinEngine()

Record = dict[str, object]


def make_way_out(
    schools: Sequence[School],
    rule_set: RuleSet,
    costs: UnitCosts,
    *,
    engine: IndicatorEngine = BUILT_IN,
    reliefs: Sequence[str] = (),
    data: CountyData = NOTHING,
) -> Record:
    """Return the plan (format 1, kind way_out), judged by the engine before it is handed out.

    `status` is optimal, feasible, infeasible or unknown (`scoring.way_out`); `cost`, `bound` and
    `gap` say how good the plan is. `additions` has an entry for each school, section and
    indicator: what there is, what to add, what that costs and what it closes; an entry is carried
    into a ledger (台账) by `scoring.ledger_plan`, its `id` being the same in every plan.
    `sections` names what stays at its floor; `coefficients` shows each coefficient before and
    after. `reliefs` are the switches that are on, `data` what these may look at besides schools.

    Raises `Problem` should the engine disagree with the plan, and what `find_way_out` raises.
    """
    check_reliefs(reliefs, rule_set)
    found = find_way_out(schools, rule_set, costs, reliefs=reliefs, data=data)
    gaps = find_gaps(schools, rule_set, reliefs, data)
    grown = add_units(schools, found.units)
    has_plan = found.status in (OPTIMAL, FEASIBLE)
    if has_plan:
        _check_plan(engine.assess(grown, rule_set, data, tuple(sorted(set(reliefs)))))
    after = find_gaps(grown, rule_set, reliefs, data)
    spreads = find_spreads(schools, gaps, rule_set)
    rows = [school_row(school) for school in sorted(schools, key=lambda s: s.school_id)]
    return {
        "format": FORMAT,
        "kind": "way_out",
        "rules": {"id": rule_set.id, "digest": rule_set.digest},
        "engine": {"name": engine.name, "version": engine.version},
        "reliefs": sorted(set(reliefs)),
        "digests": {"schools": digest(rows), "costs": costs.digest},
        "currency": costs.currency,
        "status": found.status,
        "cost": exact_text(found.cost) if has_plan else None,
        "bound": _floor_text(found.bound) if has_plan else None,
        "gap": rounded_text(found.gap, 6) if has_plan else None,
        "blocked": list(found.blocked),
        "additions": _additions(gaps, found, costs),
        "sections": _sections(after) if has_plan else [],
        "coefficients": [_coefficient(spread, found.units, has_plan) for spread in spreads],
    }


def _check_plan(findings: Sequence[Finding]) -> None:
    """Raise `Problem` for a rule still broken; all is measured but stages without a section."""
    for finding in findings:
        if finding.rule.kind in BOUGHT_KINDS and finding.outcome == NOT_MET:
            raise Problem(
                N_("with the plan carried out rule {rule} is still not met by {subject}"),
                rule=finding.rule.id,
                subject=finding.subject.id or finding.subject.stage,
            )


def _additions(gaps: Sequence[Gap], found: WayOut, costs: UnitCosts) -> list[Record]:
    by_place: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in gaps:
        by_place.setdefault(gap.place, []).append(gap)
    return [_addition(by_place[p], found.units[p], costs) for p in by_place if p in found.units]


def _addition(gaps: Sequence[Gap], units: int, costs: UnitCosts) -> Record:
    """Return the entry of one place; `gaps` are those of the sections that gain from it."""
    gap = gaps[0]
    school_id, stage, indicator = gap.place
    cost = costs.cost(gap.place)
    return {
        "id": "/".join(part for part in gap.place if part),
        "school": school_id,
        "name": gap.section.name,
        "stage": stage,
        "indicator": indicator,
        "title": {"zh": gap.indicator.title_zh, "en": gap.indicator.title_en},
        "add": units,
        "unit": gap.indicator.unit,
        "unit_cost": exact_text(cost),
        "cost": exact_text(cost * units),
        "to_limit": max(gap.to_limit or 0 for gap in gaps),
        "to_floor": max(gap.to_floor or 0 for gap in gaps),
        "closes": _closes(gaps, units),
    }


def _closes(gaps: Sequence[Gap], units: int) -> str:
    """Return what an addition is for: limit, floor, or coefficient where it goes beyond these."""
    wanted = {gap.to_limit: "limit" for gap in gaps} | {gap.to_floor: "floor" for gap in gaps}
    wanted |= {gap.to_limit: "limit" for gap in gaps if gap.to_limit}
    return wanted.get(units, "coefficient")


def _sections(gaps: Sequence[Gap]) -> list[Record]:
    """Return, for every section, the indicators below their limit once the plan is carried out."""
    grouped = groupby(gaps, key=lambda gap: (gap.section.school_id, gap.section.stage))
    return [
        {
            "school": school_id,
            "stage": stage,
            "below_limit": [gap.indicator.id for gap in own if gap.to_limit],
        }
        for (school_id, stage), own in grouped
    ]


def _coefficient(spread: Spread, units: Units, has_plan: bool) -> Record:
    rule = spread.rule
    return {
        "rule": rule.id,
        "indicator": rule.indicator,
        "stage": rule.stage,
        "limit": rule.limit_text,
        "before": _measured(spread.coefficient({}), spread.limit),
        "after": _measured(spread.coefficient(units), spread.limit) if has_plan else None,
    }


def _measured(coefficient: DifferenceCoefficient, limit: Fraction) -> Record | None:
    if coefficient.square is None or coefficient.value is None:
        return None
    return {
        "exact_square": exact_text(coefficient.square),
        "display": display_text(coefficient.value, limit, digits=COEFFICIENT_DIGITS),
        "met": coefficient.is_within(limit) is True,
    }


def _floor_text(value: Fraction) -> str:
    """Return a bound with two decimals, never above itself."""
    return rounded_text(Fraction(value * 100 // 1, 100), 2)
