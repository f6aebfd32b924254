"""A nation at once: the outcomes of the seven indicators, the school rule and the coefficients.

`BuiltinEngine` is the reference and gives a county its certificate; this gives the same outcomes
for 220,000 schools in a second, as arrays. Indicators are compared as products of whole numbers,
in 64 bits where these provably fit and with Python's own elsewhere. A coefficient is compared in
doubles with a proven bound on their error; what lies within the bound, ties above all, is compared
once more in fractions. So nothing is rounded before it is judged, here as there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from scoring.bulk_table import KIND_CODES, Amount, BulkSchools, Flags, Whole
from scoring.difference_coefficient import difference_coefficient
from scoring.outcomes import MET, NOT_MEASURED, NOT_MET, SHOWN
from scoring.rule_set import Indicator, Rule, RuleSet
from scoring.schools import COMPULSORY, SECTIONS

OUTCOMES = (NOT_MET, MET, NOT_MEASURED, SHOWN)
"""Outcomes by the codes that stand in arrays."""
FAILED, HELD, OPEN, ONLY_SHOWN = range(4)
Codes = NDArray[np.int8]
Floats = NDArray[np.float64]

FITS = 2.0**62
"""Products up to here are made in 64 bits; an estimate in doubles is near enough to say so."""
UNIT_ROUNDOFF = 2.0**-53


@dataclass(frozen=True, slots=True)
class StageFindings:
    """Findings for the sections of one stage, in the order of the schools.

    `school` is the section's row in the table. `outcomes` and `values` have a column for each of
    `rules`; values are per so many pupils as the indicator says, as doubles, for display only.
    `passes` is the school rule's outcome, None where the scheme has no such rule.
    """

    rules: tuple[Rule, ...]
    school: NDArray[np.intp]
    outcomes: Codes
    values: Floats
    passes: Codes | None


@dataclass(frozen=True, slots=True)
class CoefficientFindings:
    """Findings of one coefficient, an entry for each county; `values` (CV) for display only."""

    rule: Rule
    outcomes: Codes
    values: Floats
    n_exact: int


@dataclass(frozen=True, slots=True)
class BulkFindings:
    """All findings: sections by stage, coefficients in the rule set's order.

    Outcomes are codes, positions in `OUTCOMES`.
    """

    stages: Mapping[str, StageFindings]
    coefficients: tuple[CoefficientFindings, ...]


@dataclass(frozen=True, slots=True)
class _Values:
    """Amounts per pupil of one indicator in one stage: whole * weight / (scale * pupils)."""

    whole: Whole
    weight: Whole
    scale: int
    pupils: Whole
    is_given: Flags


@dataclass(frozen=True, slots=True)
class _Stage:
    """The sections of one stage: row, county, pupils, and weights for what is divided."""

    school: NDArray[np.intp]
    county: NDArray[np.intp]
    pupils: NDArray[np.int64]
    weight: NDArray[np.int64]
    weighted_pupils: NDArray[np.int64]


def assess_in_bulk(schools: BulkSchools, rule_set: RuleSet) -> BulkFindings:
    """Return the findings for the schools of all counties; reliefs are not taken.

    Outcomes are those of `BuiltinEngine.assess` for each county by itself: scope, division by
    weighted pupils, floors, ties and what was not given included. Composite coefficients and the
    rules of the county are not measured here.
    """
    stages = {stage: _stage(schools, stage, rule_set) for stage in COMPULSORY}
    values = {
        (rule.indicator, rule.stage): _values(
            schools, stages[rule.stage], _indicator(rule_set, rule), rule.stage
        )
        for rule in rule_set.of_kind("indicator", "difference")
    }
    return BulkFindings(
        {stage: _sections(stages[stage], stage, values, rule_set) for stage in COMPULSORY},
        tuple(
            _coefficients(
                stages[rule.stage], values[rule.indicator, rule.stage], rule, schools.n_counties
            )
            for rule in rule_set.of_kind("difference")
        ),
    )


def exact_value(
    schools: BulkSchools, rule_set: RuleSet, rule: Rule, school: int
) -> Fraction | None:
    """Return one section's measured value, exact, as a certificate would print it."""
    stage = _stage(schools, rule.stage, rule_set)
    indicator = _indicator(rule_set, rule)
    at = int(np.flatnonzero(stage.school == school)[0])
    values = _values(schools, stage, indicator, rule.stage)
    if not values.is_given[at]:
        return None
    above = int(values.whole[at]) * int(values.weight[at])
    return indicator.per_pupils * Fraction(above, values.scale * int(values.pupils[at]))


def _indicator(rule_set: RuleSet, rule: Rule) -> Indicator:
    return next(i for i in rule_set.indicators if i.id == rule.indicator)


def _stage(schools: BulkSchools, stage: str, rule_set: RuleSet) -> _Stage:
    scope = rule_set.scope
    total = sum(schools.pupils[section] for section in SECTIONS)
    is_out = np.isin(schools.kind, [KIND_CODES.index(kind) for kind in scope.kinds_out])
    is_small = (schools.kind == KIND_CODES.index("point")) & (total < scope.point_min_pupils)
    rows = np.flatnonzero((schools.pupils[stage] > 0) & ~is_out & ~is_small)
    weights = _weights(stage, rule_set)[schools.kind[rows]]
    pupils = np.stack([schools.pupils[section][rows] for section in SECTIONS], axis=1)
    return _Stage(
        school=rows,
        county=schools.county[rows],
        pupils=schools.pupils[stage][rows],
        weight=weights[:, SECTIONS.index(stage)],
        weighted_pupils=(weights * pupils).sum(axis=1),
    )


def _weights(stage: str, rule_set: RuleSet) -> NDArray[np.int64]:
    """Return weights per pupil by kind and section, whole, over their common denominator."""
    splits = [rule_set.splits.get(kind, {stage: Fraction(1)}) for kind in KIND_CODES]
    scale = lcm(*(weight.denominator for split in splits for weight in split.values()))
    whole = [[int(split.get(section, 0) * scale) for section in SECTIONS] for split in splits]
    return np.array(whole, dtype=np.int64)


def _values(schools: BulkSchools, stage: _Stage, indicator: Indicator, name: str) -> _Values:
    column = indicator.id if indicator.shared else f"{name}_{indicator.id}"
    amount: Amount = schools.amounts[column]
    ones = np.ones(len(stage.school), dtype=np.int64)
    return _Values(
        whole=amount.whole[stage.school],
        weight=stage.weight if indicator.shared else ones,
        scale=amount.scale,
        pupils=stage.weighted_pupils if indicator.shared else stage.pupils,
        is_given=amount.is_given[stage.school],
    )


def _sections(
    stage: _Stage, name: str, values: Mapping[tuple[str, str], _Values], rule_set: RuleSet
) -> StageFindings:
    rules = tuple(rule for rule in rule_set.of_kind("indicator") if rule.stage == name)
    outcomes = np.empty((len(stage.school), len(rules)), dtype=np.int8)
    shown = np.empty(outcomes.shape)
    is_low = np.zeros(len(stage.school), dtype=bool)
    school_rule = next(iter(rule_set.of_kind("school")), None)
    for column, rule in enumerate(rules):
        found, per = values[rule.indicator, name], _indicator(rule_set, rule).per_pupils
        limit = rule.limit or Fraction()
        holds = _compare(found, per, rule.comparison, limit)
        outcomes[:, column] = np.where(found.is_given, holds, OPEN)
        shown[:, column] = np.where(found.is_given, _as_floats(found, per), np.nan)
        if school_rule is not None and school_rule.floor is not None:
            at_floor = _compare(found, per, ">=", school_rule.floor * limit)
            is_low |= found.is_given & ~at_floor
    passes = None if school_rule is None else _passes(outcomes, is_low, school_rule)
    return StageFindings(rules, stage.school, outcomes, shown, passes)


def _passes(outcomes: Codes, is_low: Flags, rule: Rule) -> Codes:
    """Return the outcome of the school rule; see `resource_indicators.school_outcome`."""
    missing = (outcomes == OPEN).sum(axis=1)
    possible = (outcomes == HELD).sum(axis=1) + missing
    enough = np.array([rule.holds(Fraction(n)) for n in range(outcomes.shape[1] + 1)])
    has_failed = is_low | ~enough[possible] | (rule.floor is None)
    return np.where(has_failed, FAILED, np.where(missing > 0, OPEN, HELD)).astype(np.int8)


def _compare(values: _Values, per: Fraction, comparison: str, limit: Fraction) -> Flags:
    """Return where whole * weight * per / (scale * pupils) keeps the limit, in whole numbers."""
    above = per.numerator * limit.denominator
    below = limit.numerator * per.denominator * values.scale
    common = gcd(above, below) or 1
    above, below = above // common, below // common
    estimate = values.whole.astype(float) * values.weight * float(above)
    is_big = (estimate > FITS) | (values.pupils.astype(float) * float(below) > FITS)
    left = _product(values.whole, values.weight, above, is_big)
    right = _product(values.pupils, np.ones_like(values.pupils), below, is_big)
    if comparison == ">=":
        return np.asarray(left >= right, dtype=bool)
    return np.asarray(left <= right if comparison == "<=" else left < right, dtype=bool)


def _product(first: Whole, second: Whole, factor: int, is_big: Flags) -> Whole:
    """Return first * second * factor; with Python's whole numbers where 64 bits may not do."""
    if factor < FITS and not is_big.any():
        narrow: Whole = first.astype(np.int64) * second.astype(np.int64) * factor
        return narrow
    wide: Whole = first.astype(object) * second.astype(object) * factor
    return wide


def _as_floats(values: _Values, per: Fraction) -> Floats:
    """Return amounts per so many pupils in doubles, each within a few units in the last place."""
    above: Floats = values.whole.astype(float) * values.weight.astype(float) * float(per)
    below: Floats = values.pupils.astype(float) * float(values.scale)
    return np.asarray(above / below, dtype=float)


def _coefficients(
    stage: _Stage, values: _Values, rule: Rule, n_counties: int
) -> CoefficientFindings:
    """Return a coefficient's outcomes, compared as P sum a^2/P_s <= (1 + c^2) A^2.

    All terms are from 0 up, so errors stay relative. An amount per pupil is off by at most 6 u,
    u being the unit roundoff 2^-53, a sum of n terms by n - 1 more: the left side by (n + 16) u,
    the right one by (2 n + 18) u. Where the sides differ by more than 4 (n + 16) u of their sum
    the comparison in doubles is right; elsewhere fractions decide.
    """
    per_pupil = _as_floats(values, Fraction(1))
    pupils = stage.pupils.astype(float)
    n = np.bincount(stage.county, minlength=n_counties)
    is_open = np.bincount(stage.county, ~values.is_given, n_counties) > 0
    all_pupils, total, squares = (
        np.bincount(stage.county, weights, n_counties).astype(float)
        for weights in (pupils, per_pupil * pupils, per_pupil**2 * pupils)
    )
    is_open |= n == 0
    left: Floats = all_pupils * squares
    if rule.limit is None:
        outcomes = np.where(is_open, OPEN, ONLY_SHOWN).astype(np.int8)
        return CoefficientFindings(rule, outcomes, _cv(left, total, is_open), 0)
    right = (1 + float(rule.limit) ** 2) * total**2
    outcomes = np.where(is_open, OPEN, (left <= right) & (total > 0)).astype(np.int8)
    is_near = np.abs(left - right) <= 4 * (n + 16) * UNIT_ROUNDOFF * (left + right)
    unsure = np.flatnonzero(is_near & ~is_open & (total > 0))
    for county in unsure:
        outcomes[county] = _is_within(stage, values, int(county), rule.limit)
    return CoefficientFindings(rule, outcomes, _cv(left, total, is_open), len(unsure))


def _is_within(stage: _Stage, values: _Values, county: int, limit: Fraction) -> bool:
    """Return whether one county's coefficient keeps the limit, in fractions."""
    pairs = [
        (
            Fraction(
                int(values.whole[at]) * int(values.weight[at]) * int(stage.pupils[at]),
                values.scale * int(values.pupils[at]),
            ),
            int(stage.pupils[at]),
        )
        for at in np.flatnonzero(stage.county == county)
    ]
    return difference_coefficient(pairs).is_within(limit) is True


def _cv(left: Floats, total: Floats, is_open: Flags) -> Floats:
    """Return CV = sqrt(P sum a^2/P_s / A^2 - 1); NaN where it was not measured or is undefined."""
    is_known = ~is_open & (total > 0)
    square = np.divide(left, total**2, out=np.full(len(total), np.nan), where=is_known)
    return np.asarray(np.sqrt(np.maximum(square - 1, 0.0)), dtype=float)
