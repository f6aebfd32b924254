"""A rule set in words: the Chinese title first, the citation beside every rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from scoring.rule_parts import (
    MEASURES,
    AnswerPart,
    Condition,
    EveryPart,
    FigurePart,
    NeverFallsPart,
    Part,
    RecognisedPart,
    RoomsPart,
    RulesPart,
    SchoolSharePart,
    YearsBetweenPart,
)
from scoring.rule_set import Rule, RuleSet
from scoring.rule_set_difference import Change, KeyChange
from scoring.stages import Stage, Target

SIGNS = {"added": "+", "removed": "-", "changed": "~"}


def tell_title(rule_set: RuleSet) -> Iterator[str]:
    """Yield what a rule set is: id, both titles, since when, on top of what."""
    yield f"{rule_set.id}  {rule_set.title_zh}"
    yield f"    {rule_set.title_en}"
    base = f", extends {' > '.join(rule_set.lineage)}" if rule_set.lineage else ""
    yield f"    in force from {rule_set.in_force_from}, {len(rule_set.rules)} rules{base}"


def tell_rule_set(rule_set: RuleSet) -> Iterator[str]:
    """Yield the whole rule set: rules by aspect, targets, procedure, what it removes."""
    yield from tell_title(rule_set)
    yield f"    sha256 {rule_set.digest}"
    for aspect in rule_set.aspects:
        yield from ("", f"{aspect.title.zh} {aspect.title.en}")
        for rule in rule_set.rules:
            if rule.aspect == aspect.id:
                yield from _tell_rule(rule)
    if rule_set.targets:
        yield from ("", "分年目标 Targets by year")
    for target in rule_set.targets:
        yield from _tell_target(target)
    if rule_set.stages:
        yield from ("", "程序 Procedure")
    for stage in rule_set.stages:
        yield from _tell_stage(stage)
    for loss in rule_set.monitoring:
        yield f"  {loss.years} years in a row {loss.measure}: {loss.citation.quote}"
    for removal in rule_set.removed:
        yield f"  - {removal.id}: {removal.citation.source.number} {removal.citation.quote}"


def tell_changes(first: RuleSet, second: RuleSet, changes: Sequence[Change]) -> Iterator[str]:
    """Yield the differences of two rule sets, and how many there are."""
    yield f"{first.id}  {first.title_zh}  sha256 {first.digest}"
    yield f"{second.id}  {second.title_zh}  sha256 {second.digest}"
    for change in changes:
        yield f"{SIGNS[change.kind]} {change.section} {change.id}"
        if change.reason:
            yield f"    {change.reason}"
        yield from (f"    {_key_words(key)}" for key in change.keys)
    yield f"{len(changes)} differences" if changes else "no differences"


def tell_check(rule_set: RuleSet) -> Iterator[str]:
    """Yield that a rule set can be used, and what it leaves open."""
    yield from tell_title(rule_set)
    yield f"    sha256 {rule_set.digest}"
    yield from (f"  {line}" for line in tell_open_points(rule_set))


def tell_open_points(rule_set: RuleSet) -> Iterator[str]:
    """Yield what no text settles: rules and targets without parts, and what is marked ?."""
    for rule in rule_set.rules:
        if rule.open:
            yield f"{rule.id}: {rule.open.zh}"
        elif rule.mark == "?":
            yield f"{rule.id}: ? {rule.title_zh}"
    for target in rule_set.targets:
        if target.open:
            yield f"{target.id}: {target.open.zh}"
        elif target.citation.mark == "?":
            yield f"{target.id}: ? {target.title.zh}"


def describe_part(part: Part) -> str:
    """Return what a part measures, in the signs that a rule set is written in."""
    return f"{MEASURES[type(part)]}: {_measure_words(part)}"


def _measure_words(part: Part) -> str:  # one branch for each measure of the closed list
    if isinstance(part, FigurePart):
        return _figure_words(part)
    if isinstance(part, EveryPart):
        years = f" in {part.years_before} years before {part.before}" if part.years_before else ""
        return f"{_row_words(part.table, part.where)}{years}: {_conditions(part.checks)}"
    if isinstance(part, RoomsPart):
        rooms = f"{'/'.join(part.uses)} per {part.per_classes} classes"
        return f"{rooms}, {_conditions(part.checks) or 'any size'}"
    if isinstance(part, AnswerPart):
        return f"{' / '.join(part.options)}, must be {' or '.join(part.accepted)}"
    return _other_words(part)


def _other_words(
    part: NeverFallsPart | YearsBetweenPart | RulesPart | SchoolSharePart | RecognisedPart,
) -> str:
    if isinstance(part, NeverFallsPart):
        return f"{_ratio(part.column, part.per)}, at least {part.years} years"
    if isinstance(part, YearsBetweenPart):
        return f"{part.since} to {part.until} {part.limit.comparison} {part.limit.text}"
    if isinstance(part, RulesPart):
        return " ".join(part.rules)
    if isinstance(part, RecognisedPart):
        return part.stage
    rise = "rise of " if part.is_rise else ""
    limit = f"{part.limit.comparison} {part.limit.text}"
    return f"{rise}{part.stage or 'all'} schools with {' '.join(part.rules)} {limit}"


def _figure_words(part: FigurePart) -> str:
    value = _sum(part.plus, part.minus)
    if part.per_plus:
        value = f"({value}) / ({_sum(part.per_plus, part.per_minus)})"
    if part.limit_figure:
        return f"{value} {part.comparison} {part.limit_figure}"
    return f"{value} {part.limit.comparison} {part.limit.text}" if part.limit else f"{value}, shown"


def _sum(plus: Sequence[str], minus: Sequence[str]) -> str:
    return " + ".join(plus) + "".join(f" - {name}" for name in minus)


def _row_words(table: str, where: Sequence[Condition]) -> str:
    return f"{table} with {_conditions(where)}" if where else table


def _conditions(conditions: Sequence[Condition]) -> str:
    return " and ".join(_condition(condition) for condition in conditions)


def _condition(condition: Condition) -> str:
    column = _ratio(condition.column, condition.per)
    if condition.options:
        return f"{column} {'/'.join(condition.options)}"
    return f"{column} {condition.comparison} {condition.limit_text}"


def _ratio(column: str, per: str) -> str:
    return f"{column} / {per}" if per else column


def _tell_rule(rule: Rule) -> Iterator[str]:
    aside = "" if rule.decisive else "  (not decisive)"
    limit = f"  {rule.comparison} {rule.limit_text}" if rule.limit_text else ""
    yield f"  {rule.id}  {rule.title_zh}{limit}{aside}"
    yield f"      {rule.title_en} · {rule.source.number} {rule.article} [{rule.mark}]"
    if rule.holds_if == "any":
        yield "      any of:"
    for part in rule.parts:
        yield f"      {part.title.zh} · {describe_part(part)}"
    for reading in rule.readings:
        yield f"      ? {reading.title.zh}"
        yield from (f"          {describe_part(part)}" for part in reading.parts)
    for relief in rule.reliefs:
        change = f"+ {relief.add}" if relief.add else relief.limit_text
        yield f"      relief {relief.id}: {relief.title.zh} ({change}) [{relief.citation.mark}]"
    for words in (rule.open, rule.note):
        if words:
            yield f"      * {words.zh}"


def _tell_target(target: Target) -> Iterator[str]:
    when = f"by {target.year}" if target.year else f"each year from {target.from_year}"
    counties = f" · {' '.join(target.counties)}" if target.counties else ""
    yield f"  {target.id}  {target.title.zh} ({when}){counties}"
    for part in target.parts:
        yield f"      {part.title.zh} · {describe_part(part)}"
    if target.open:
        yield f"      * {target.open.zh}"


def _tell_stage(stage: Stage) -> Iterator[str]:
    due = f"  due {stage.due}" if stage.due else ""
    yield f"  {stage.id}  {stage.title.zh} {stage.title.en}{due}"
    for number, step in enumerate(stage.steps, start=1):
        yield f"      {number} {step.title.zh} {step.title.en}"
    for word, items in (("submits", stage.submits), ("publishes", stage.publishes)):
        if items:
            yield f"      {word}: {'、'.join(items)}"
    if stage.failure_ends:
        at = [step.title.zh for step in stage.steps if step.failure_ends]
        where = f" (at {'、'.join(at)})" if at else ""
        yield f"      the first failure ends the year for: {', '.join(stage.failure_ends)}{where}"


def _key_words(change: KeyChange) -> str:
    return f"{change.key}: {_value(change.before)} -> {_value(change.after)}"


def _value(value: object) -> str:
    return "-" if value is None else json.dumps(value, ensure_ascii=False)
