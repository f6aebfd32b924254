"""缺口: how many units a section lacks to an indicator's limit, and to the school rule's floor.

A unit is what the indicator counts: a teacher, a room, a square metre, a yuan. Every gap is a whole
number, rounded up: half a teacher is a teacher, and 0.3 m2 is one more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from sampling.problems import N_, Problem, Problems
from scoring.county_data import NOTHING, CountyData
from scoring.indicator_reliefs import ease_reading
from scoring.resource_indicators import Reading, read_indicators
from scoring.rows import Row, make_rows
from scoring.rule_set import Indicator, Rule, RuleSet
from scoring.schools import School
from scoring.sections import Section, is_in_scope, sections

Place = tuple[str, str, str]
"""Where something can be added: school, stage ("" for what its sections share), indicator."""


@dataclass(frozen=True, slots=True)
class Gap:
    """What one section lacks in one indicator.

    `amount` is what falls to the section now and `part` how much of an added unit does: 1 where
    the amount is the section's own; with a shared amount, the section's weighted pupils over those
    of the school, so that the gap is in units of the school's total. `to_limit` and `to_floor` are
    whole units from 0 up, less what reliefs let count; all three are None where the amount was not
    given. `reliefs` are the switches that were used.
    """

    section: Section
    rule: Rule
    indicator: Indicator
    part: Fraction
    amount: Fraction | None
    to_limit: int | None
    to_floor: int | None
    reliefs: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        """Where an addition closes this gap."""
        stage = "" if self.indicator.shared else self.section.stage
        return self.section.school_id, stage, self.indicator.id

    @property
    def is_choice(self) -> bool:
        """Whether it costs less to leave the section at its floor than to bring it to the limit."""
        return (self.to_limit or 0) > (self.to_floor or 0)


def find_gaps(
    schools: Sequence[School],
    rule_set: RuleSet,
    reliefs: Sequence[str] = (),
    data: CountyData = NOTHING,
) -> list[Gap]:
    """Return the gaps of all sections in scope, by school id, stage and rule, closed ones too.

    Under `reliefs`, the switches that are on, less is lacking where a school may use them; what a
    relief asks of a school may stand in `data`. Raises `Problem` for a scheme with an indicator
    that more of it does not mend (a limit from above): nothing can be said then about what to add.
    """
    _check_comparisons(rule_set)
    rows = make_rows(schools, data, rule_set).by_school if reliefs else {}
    ordered = sorted(schools, key=lambda school: school.school_id)
    return [
        gap
        for school in ordered
        if is_in_scope(school, rule_set)
        for gap in school_gaps(school, rule_set, frozenset(reliefs), rows.get(school.school_id))
    ]


def school_gaps(
    school: School,
    rule_set: RuleSet,
    reliefs: frozenset[str] = frozenset(),
    row: Row | None = None,
) -> list[Gap]:
    """Return the gaps of one school's sections, whether or not the indicators look at it.

    `row` is the school as a row (`scoring.rows`), which reliefs look at.

    With a limit of L per n pupils, P pupils, an amount a and a part p, what is lacking is
    (L P / n - a) / p, rounded up: a nine-year school of 600 and 300 pupils that is short of 100 m2
    for its primary section has to build 100 (600 + 330) / 600 = 155.
    """
    rule = school_rule(rule_set)
    floor = Fraction(1) if rule is None or rule.floor is None else rule.floor
    return [
        _gap(section, reading, _eased(reading, section, row, reliefs), floor)
        for section in sections(school, rule_set)
        for reading in read_indicators(section, rule_set)
        if reading.rule.limit is not None
    ]


def school_rule(rule_set: RuleSet) -> Rule | None:
    """Return the rule that lets some indicators stay below; None where all have to be met."""
    return next(iter(rule_set.of_kind("school")), None)


def check_measured(gaps: Sequence[Gap]) -> None:
    """Raise `Problems` naming every section and indicator that was not measured."""
    missing = [
        Problem(
            N_("{school} {name}, {stage}: {indicator} was not measured"),
            school=gap.section.school_id,
            name=gap.section.name,
            stage=gap.section.stage,
            indicator=gap.indicator.id,
        )
        for gap in gaps
        if gap.amount is None
    ]
    if missing:
        raise Problems(missing)


def _eased(reading: Reading, section: Section, row: Row | None, reliefs: frozenset[str]) -> Reading:
    return reading if row is None else ease_reading(reading, section, row, reliefs)


def _gap(section: Section, reading: Reading, eased: Reading, floor: Fraction) -> Gap:
    indicator = reading.indicator
    amount = section.amounts.get(indicator.id)
    part = section.share if indicator.shared else Fraction(1)
    target = (eased.rule.limit or Fraction()) * section.pupils / indicator.per_pupils
    counted = None if amount is None else amount + eased.added
    return Gap(
        section=section,
        rule=reading.rule,
        indicator=indicator,
        part=part,
        amount=amount,
        to_limit=None if counted is None else _units(target - counted, part),
        to_floor=None if counted is None else _units(floor * target - counted, part),
        reliefs=eased.reliefs,
    )


def _units(lacking: Fraction, part: Fraction) -> int:
    return max(0, ceil(lacking / part))


def _check_comparisons(rule_set: RuleSet) -> None:
    for rule in rule_set.of_kind("indicator", "school"):
        if rule.comparison not in ("", ">="):
            raise Problem(
                N_("rule {rule}: {comparison} is not reached by adding"),
                rule=rule.id,
                comparison=rule.comparison,
            )
