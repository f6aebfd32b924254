"""A made-up school table: nearly every school reaches the limits, a few do not, and one spread is
too wide, so that a verdict has something to say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from scoring.rule_set import RuleSet
from scoring.schools import COMPULSORY, SHARED, TEACHERS, School
from survey.demo.school_network import DemoSchool

# How far a school lies above its limits, as a share of them; evenly between these two.
MARGINS = (0.03, 0.7)
# The spread of primary schools' grounds misses its limit of 0.50 by little.
GROUNDS = "grounds_m2"
GROUNDS_SPREAD = 0.507
FLOOR = Fraction(85, 100)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What one school lacks: `shares` of the limits that it reaches, by indicator.

    The school is the n-th largest (from 0) of its kind and ownership.
    """

    kind: str
    nth: int
    shares: Mapping[str, Fraction]
    ownership: str = "public"


def reached(**shares: str) -> dict[str, Fraction]:
    """Return shares written as decimals."""
    return {indicator: Fraction(share) for indicator, share in shares.items()}


SHORTFALLS = (
    # These fail: two indicators below the limit, or one below 85 % of it.
    Shortfall("primary", 3, reached(rooms_m2="0.93", multimedia_rooms="0.9")),
    Shortfall("primary", 12, reached(grounds_m2="0.78")),
    Shortfall("primary", 0, reached(degree_teachers="0.8"), "private"),
    Shortfall("junior", 2, reached(pe_art_teachers="0.75")),
    Shortfall("junior", 6, reached(rooms_m2="0.95", equipment_yuan="0.92")),
    # These pass by the rule of six in seven.
    Shortfall("primary", 7, reached(rooms_m2="0.9")),
    Shortfall("junior", 4, reached(equipment_yuan="0.88")),
)


@dataclass(frozen=True, slots=True)
class Standard:
    """The limits of the seven indicators, as amounts per pupil, and how sections share amounts."""

    rule_set: RuleSet
    limits: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)

    def need(self, indicator: str, pupils: Mapping[str, int], kind: str) -> Fraction:
        """Return the least whole-school amount of a shared indicator that every section accepts."""
        weights = self.rule_set.splits.get(kind, {})
        weight = {stage: weights.get(stage, Fraction(1)) for stage in pupils}
        per_weighted = max(
            self.limits[indicator, stage] / weight[stage] for stage in COMPULSORY if pupils[stage]
        )
        return per_weighted * sum(weight[stage] * pupils[stage] for stage in pupils)


def read_standard(rule_set: RuleSet) -> Standard:
    """Return the limits of a rule set per single pupil."""
    per = {indicator.id: indicator.per_pupils for indicator in rule_set.indicators}
    limits = {
        (rule.indicator, rule.stage): rule.limit / per[rule.indicator]
        for rule in rule_set.of_kind("indicator")
        if rule.limit is not None
    }
    return Standard(rule_set, limits)


def make_schools(
    sites: Sequence[DemoSchool], rule_set: RuleSet, random: np.random.Generator
) -> list[School]:
    """Return the school table for the schools in `sites`, in their order."""
    standard = read_standard(rule_set)
    schools = {site.id: furnish(site, standard, random) for site in sites}
    short = {}
    for shortfall in SHORTFALLS:
        school = find_short_school(list(schools.values()), shortfall)
        if school is not None:
            short[school.school_id] = fall_short(school, shortfall, standard)
    schools |= short
    return widen_grounds(list(schools.values()), set(short), standard, random)


def furnish(site: DemoSchool, standard: Standard, random: np.random.Generator) -> School:
    """Return a school that reaches every limit, by margins of its own."""
    pupils = {
        "primary": site.primary_pupils,
        "junior": site.junior_pupils,
        "senior": site.senior_pupils,
    }
    teachers: dict[str, dict[str, Fraction | None]] = {
        stage: {
            name: above(standard.limits[name, stage] * pupils[stage], random)
            if pupils[stage]
            else None
            for name in TEACHERS
        }
        for stage in COMPULSORY
    }
    needs = {name: standard.need(name, pupils, site.kind) for name in SHARED}
    return School(
        school_id=site.id,
        name=site.name,
        township=site.township,
        kind=site.kind,
        ownership=site.ownership,
        pupils=pupils,
        teachers=teachers,
        shared={name: above(need, random) for name, need in needs.items()},
    )


def above(need: Fraction, random: np.random.Generator) -> Fraction:
    """Return a whole amount above `need` by a margin."""
    return Fraction(math.ceil(float(need) * (1 + random.uniform(*MARGINS))))


def find_short_school(schools: Sequence[School], shortfall: Shortfall) -> School | None:
    """Return the school a shortfall is meant for, None where the county is too small to have it."""
    alike = [
        school
        for school in schools
        if (school.kind, school.ownership) == (shortfall.kind, shortfall.ownership)
    ]
    alike.sort(key=lambda school: (-sum(school.pupils.values()), school.school_id))
    return alike[shortfall.nth] if shortfall.nth < len(alike) else None


def fall_short(school: School, shortfall: Shortfall, standard: Standard) -> School:
    """Return the school (of one section) with the shortfall's shares of the limits."""
    stage = shortfall.kind
    amounts = {
        name: short_amount(standard.limits[name, stage] * school.pupils[stage], share)
        for name, share in shortfall.shares.items()
    }
    teachers = {name: amount for name, amount in amounts.items() if name in TEACHERS}
    shared = {name: amount for name, amount in amounts.items() if name in SHARED}
    return replace(
        school,
        teachers={**school.teachers, stage: {**school.teachers[stage], **teachers}},
        shared={**school.shared, **shared},
    )


def short_amount(limit: Fraction, share: Fraction) -> Fraction:
    """Return a whole amount near `share` of the limit, on the same side of the 85 % floor."""
    exact = limit * share
    return Fraction(math.ceil(exact) if share >= FLOOR else math.floor(exact))


def widen_grounds(
    schools: Sequence[School], fixed: set[str], standard: Standard, random: np.random.Generator
) -> list[School]:
    """Return the schools with primary schools' grounds spread by as much as is wanted.

    Each gets its limit and a bit more, plus a multiple of a draw of its own; the multiple is found
    by bisection, for the spread grows with it.
    """
    movable = [s for s in schools if s.kind == "primary" and s.school_id not in fixed]
    extra = {s.school_id: float(random.lognormal(0, 1.2)) for s in movable}
    limit = float(standard.limits[GROUNDS, "primary"])

    def spread_by(multiple: float) -> list[School]:
        return [
            replace_grounds(s, limit * 1.02 + multiple * extra[s.school_id])
            if s.school_id in extra
            else s
            for s in schools
        ]

    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        too_narrow = spread_of_grounds(spread_by(middle)) < GROUNDS_SPREAD
        low, high = (middle, high) if too_narrow else (low, middle)
    return spread_by(high)


def replace_grounds(school: School, per_pupil: float) -> School:
    """Return a primary school with so many square metres of grounds per pupil."""
    amount = Fraction(math.ceil(per_pupil * school.pupils["primary"]))
    return replace(school, shared={**school.shared, GROUNDS: amount})


def spread_of_grounds(schools: Sequence[School]) -> float:
    """Return the pupil-weighted difference coefficient of primary grounds, roughly.

    Only to aim by, in floats; the engine judges.
    """
    ours = [s for s in schools if s.kind in ("primary", "nine_year")]
    pupils = np.array([s.pupils["primary"] for s in ours], dtype=float)
    whole = np.array([s.pupils["primary"] + 1.1 * s.pupils["junior"] for s in ours])
    per_pupil = np.array([float(s.shared[GROUNDS] or 0) for s in ours]) / whole
    mean = np.average(per_pupil, weights=pupils)
    variance = np.average((per_pupil - mean) ** 2, weights=pupils)
    return float(np.sqrt(variance) / mean)
