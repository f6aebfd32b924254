"""The compulsory sections of schools: which ones are looked at, and what falls to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scoring.rule_set import RuleSet
from scoring.schools import COMPULSORY, SECTIONS, School


@dataclass(frozen=True, slots=True)
class Section:
    """The primary or junior section of a school with its pupils and its own or divided amounts.

    `share` is what falls to it of anything that the school's sections share, from 0 to 1.
    """

    school_id: str
    name: str
    stage: str
    pupils: int
    amounts: Mapping[str, Fraction | None]
    share: Fraction = Fraction(1)


def is_in_scope(school: School, rule_set: RuleSet) -> bool:
    """Return whether the indicators look at the school: its kind, and the size of a 教学点."""
    scope = rule_set.scope
    if school.kind in scope.kinds_out:
        return False
    pupils = sum(school.pupils.values())
    return school.kind != "point" or pupils >= scope.point_min_pupils


def sections(school: School, rule_set: RuleSet) -> list[Section]:
    """Return the compulsory sections of a school that have pupils.

    Shared totals are divided by weighted pupils: with T the total, P, J, H the pupils and
    weights 1 : 1.1 : 1.32, primary gets T P / (P + 1.1 J + 1.32 H). 5,000 m2 for 600 + 300
    pupils of a nine-year school are 5.376 and 5.914 m2 per pupil. Weights come from the rule set.
    """
    return [_section(school, stage, rule_set) for stage in COMPULSORY if school.pupils[stage]]


def sections_in_scope(schools: Sequence[School], rule_set: RuleSet) -> list[Section]:
    """Return all sections that the indicators look at, in order of school id and stage."""
    ordered = sorted(schools, key=lambda school: school.school_id)
    return [
        section
        for school in ordered
        if is_in_scope(school, rule_set)
        for section in sections(school, rule_set)
    ]


def _section(school: School, stage: str, rule_set: RuleSet) -> Section:
    share = _share(school, stage, rule_set)
    divided = {n: None if total is None else total * share for n, total in school.shared.items()}
    return Section(
        school_id=school.school_id,
        name=school.name,
        stage=stage,
        pupils=school.pupils[stage],
        amounts={**school.teachers[stage], **divided},
        share=share,
    )


def _share(school: School, stage: str, rule_set: RuleSet) -> Fraction:
    """Return the stage's share of what the school's sections share, by weighted pupils."""
    weights = rule_set.splits.get(school.kind, {stage: Fraction(1)})
    weighted = {s: weights.get(s, Fraction()) * school.pupils[s] for s in SECTIONS}
    return weighted[stage] / sum(weighted.values())
