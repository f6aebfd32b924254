"""Whether the parts of a rule set fit together: names are used once, and what is named exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from sampling.problems import N_, Problem
from scoring.catalogue import check_once
from scoring.rule_parts import (
    Condition,
    EveryPart,
    Part,
    RecognisedPart,
    Relief,
    RoomsPart,
    RulesPart,
    SchoolSharePart,
)
from scoring.rules import STAGES, Rule
from scoring.school_columns import SECTIONS_OF_KIND

if TYPE_CHECKING:
    from scoring.rule_set import RuleSet


def check_names(rule_set: RuleSet, where: str) -> None:
    """Raise `Problem` for an id that stands twice among things of one sort."""
    check_once("rules", (rule.id for rule in rule_set.rules), where)
    check_once("indicators", (indicator.id for indicator in rule_set.indicators), where)
    check_once("aspects", (aspect.id for aspect in rule_set.aspects), where)
    check_once("stages", (stage.id for stage in rule_set.stages), where)
    check_once("targets", (target.id for target in rule_set.targets), where)


def check_references(rule_set: RuleSet, where: str) -> None:
    """Raise `Problem` for a part or relief that names a rule, stage or column that is not there."""
    rules = [rule.id for rule in rule_set.rules]
    stages = [stage.id for stage in rule_set.stages]
    for owner, part in _all_parts(rule_set):
        if isinstance(part, RulesPart | SchoolSharePart):
            for name in part.rules:
                _expect(any(_is_named(rule, name) for rule in rules), where, owner, name, "rules")
        if isinstance(part, RecognisedPart):
            _expect(part.stage in stages, where, owner, part.stage, "stages")
    for rule in rule_set.rules:
        for relief in rule.reliefs:
            _check_relief(rule_set, rule, relief, where)


def check_measures(rule_set: RuleSet, where: str) -> None:
    """Raise `Problem` for numbers that cannot be meant: what counts schools, divides or weighs."""
    for indicator in rule_set.indicators:
        if indicator.per_pupils <= 0:
            key = f"indicators[{indicator.id}].per_pupils"
            raise _unfit(where, key, "a number above 0", indicator.per_pupils)
    for rule in rule_set.of_kind("difference", "composite"):
        if rule.limit is not None and rule.comparison not in ("<", "<="):
            key = f"rules[{rule.id}].comparison"
            raise _unfit(where, key, "< or <=, for less of it is better", rule.comparison)
    for rule in rule_set.of_kind("school"):
        _check_school_rule(rule_set, rule, where)
    if any(indicator.shared for indicator in rule_set.indicators):
        _check_splits(rule_set, where)


def _check_school_rule(rule_set: RuleSet, rule: Rule, where: str) -> None:
    if rule.comparison != ">=":
        key = f"rules[{rule.id}].comparison"
        raise _unfit(where, key, ">=, for indicators that are met are counted", rule.comparison)
    stages = [one.stage for one in rule_set.of_kind("indicator")]
    fewest = min((stages.count(stage) for stage in set(stages)), default=0)
    limit = rule.limit or Fraction()
    if limit.denominator != 1 or limit > fewest:
        key = f"rules[{rule.id}].limit"
        raise _unfit(where, key, f"a whole number up to {fewest}", rule.limit_text)


def _check_splits(rule_set: RuleSet, where: str) -> None:
    """Raise `Problem` unless every section that shares with others has a weight above 0."""
    for kind, sections in SECTIONS_OF_KIND.items():
        if kind in rule_set.scope.kinds_out or len(sections) == 1:
            continue
        weights = rule_set.splits.get(kind, {})
        for section in sections:
            if weights.get(section, Fraction()) <= 0:
                got = weights.get(section, "none")
                raise _unfit(where, f"splits.{kind}.{section}", "a weight above 0", got)


def _unfit(where: str, key: str, expected: str, got: object) -> Problem:
    return Problem(
        N_("key {key!r}: expected {expected}, got {got!r}"),
        where=where,
        key=key,
        expected=expected,
        got=str(got),
    )


def rules_named(rules: Sequence[Rule], names: Sequence[str]) -> list[Rule]:
    """Return the rules that `names` mean: ids, or prefixes that end in a full stop."""
    return [rule for rule in rules if any(_is_named(rule.id, name) for name in names)]


def _is_named(rule_id: str, name: str) -> bool:
    return rule_id == name or (name.endswith(".") and rule_id.startswith(name))


def _all_parts(rule_set: RuleSet) -> Iterator[tuple[str, Part]]:
    for rule in rule_set.rules:
        for part in (*rule.parts, *(part for reading in rule.readings for part in reading.parts)):
            yield rule.id, part
    for target in rule_set.targets:
        for part in target.parts:
            yield target.id, part


def _expect(is_there: bool, where: str, owner: str, name: str, sort: str) -> None:
    if not is_there:
        raise Problem(
            N_("{owner}: expected one of the {sort} of this rule set, got {got!r}"),
            where=where,
            owner=owner,
            sort=sort,
            got=name,
        )


def _check_relief(rule_set: RuleSet, rule: Rule, relief: Relief, where: str) -> None:
    if relief.add:
        columns = [column.id for column in rule_set.columns_of("schools")]
        for name in _added_columns(rule_set, rule, relief):
            _expect(name in columns, where, f"{rule.id} · {relief.id}", name, "columns")
        return
    for part in rule.parts:
        if part.id in relief.parts and len(_numeric_checks(part)) != 1:
            raise Problem(
                N_("{owner}: a relief needs a part with one limit, which {part} is not"),
                where=where,
                owner=f"{rule.id} · {relief.id}",
                part=part.id,
            )


def _added_columns(rule_set: RuleSet, rule: Rule, relief: Relief) -> list[str]:
    """Return the columns that hold what a relief adds to an indicator's amount."""
    shared = any(i.shared for i in rule_set.indicators if i.id == rule.indicator)
    return [relief.add] if shared else [f"{stage}_{relief.add}" for stage in STAGES]


def _numeric_checks(part: Part) -> list[Condition]:
    if not isinstance(part, EveryPart | RoomsPart):
        return []
    return [check for check in part.checks if check.limit is not None]
